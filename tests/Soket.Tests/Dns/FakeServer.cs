using System.Net;
using System.Net.Sockets;
using Soket.Dns;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;
using Xunit;

namespace Soket.Tests.Dns;

/// <summary>A name server on a plain socket, which replies to a query what a test says.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Task _serving;

    public FakeServer(Func<DnsMessage, DnsMessage, IReadOnlyList<DnsMessage>> replies, Func<DnsMessage, byte[]>? raw = null)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serving = ServeAsync(replies, raw); // receives from now on: started on the pool it would stand behind what the test beside it does there
    }

    public Socket? From { get; init; }

    public DnsServer Server => new(DnsTransport.Udp, "127.0.0.1", ((IPEndPoint)_socket.LocalEndPoint!).Port);

    public void Dispose()
    {
        _socket.Dispose();
        Assert.True(_serving.Wait(TimeSpan.FromSeconds(30), CancellationToken.None));
    }

    private async Task ServeAsync(Func<DnsMessage, DnsMessage, IReadOnlyList<DnsMessage>> replies, Func<DnsMessage, byte[]>? raw)
    {
        byte[] room = new byte[4096];
        try
        {
            while (true)
            {
                SocketReceiveFromResult got = await _socket.ReceiveFromAsync(room, new IPEndPoint(IPAddress.Any, 0));
                if (!DnsMessage.TryParse(room.AsSpan(0, got.ReceivedBytes), out DnsMessage? query, out _))
                    continue;
                DnsMessage answer = query with
                {
                    Flags = DnsHeaderBits.Response | DnsHeaderBits.RecursionDesired | DnsHeaderBits.RecursionAvailable,
                    Answers = [new(query.Questions[0].Name, DnsType.A, DnsClass.In, 60, new AddressData(IPAddress.Parse("192.0.2.1")))],
                };
                foreach (byte[] bytes in replies(query, answer).Select(reply => reply.ToBytes()).Concat(raw is null ? [] : [raw(query)]))
                    await (From ?? _socket).SendToAsync(bytes, got.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return; // disposed
        }
    }
}
