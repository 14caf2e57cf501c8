using System.Buffers;
using System.Text;
using Soket.Cli.Commands.Fetch;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData(SocketCall.Send, "GET /x?a=1&token=SECRET&b=2 HTTP/1.1\r\nX-Api-Key: SECRET\r\nAccept: */*\r\n", "GET /x?a=1&token=******&b=2 HTTP/1.1\r\nX-Api-Key: ******\r\nAccept: */*\r\n")]
    [InlineData(SocketCall.Send, "GET /x?token=SECRET HTTP/1.1\r\n", "GET /x?token=****** HTTP/1.1\r\n")]
    [InlineData(SocketCall.Send, "\r\nuser=ani&password=SECRET", "\r\nuser=ani&password=******")]
    [InlineData(SocketCall.Send, "password=SECRET&user=ani", "password=******&user=ani")]
    [InlineData(SocketCall.Receive, "Location: /y?sig=SE?RET\r\nset-cookie: a=SECRET; Path=/\r\n\r\nkey=plain", "Location: /y?sig=******\r\nset-cookie: ********* ******\r\n\r\nkey=plain")]
    public void What_is_secret_is_covered_however_it_is_cut(SocketCall call, string sent, string shown)
    {
        foreach (int size in (int[])[1, 7, sent.Length])
        {
            var seen = new Seen();
            var mask = new SecretMask(seen);
            byte[] bytes = Encoding.ASCII.GetBytes(sent);
            for (int at = 0; at < bytes.Length; at += size)
            {
                var e = new SocketEvent { Call = call, Connection = 1 };
                var piece = new ReadOnlySequence<byte>(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
                mask.On(in e, in piece);
            }

            Assert.Equal(shown, seen.Text.ToString());
        }
    }

    private sealed class Seen : ISocketObserver
    {
        public StringBuilder Text { get; } = new();

        public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => Text.Append(Encoding.ASCII.GetString(bytes));
    }
}
