using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Endpoints;

namespace Soket.Tests.Clients;

/// <summary>A server made of answers, each said after something has come. A null closes this direction.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Task _serving;
    private readonly MemoryStream _heard = new();

    public ScriptedServer(params byte[]?[] answers)
    {
        _listener.Start();
        _serving = ServeAsync(answers);
    }

    /// <summary>Bytes said without waiting for anything.</summary>
    public byte[] AtOnce { get; init; } = [];

    /// <summary>Whether the last answer is its last word.</summary>
    public bool ClosesAfter { get; init; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public SocketUri Endpoint => SocketUri.Create(SocketScheme.Tcp, "127.0.0.1", Port);

    public byte[] Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToArray();
        }
    }

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task ServeAsync(byte[]?[] answers)
    {
        using Socket socket = await _listener.AcceptSocketAsync(_over.Token);
        if (AtOnce.Length > 0)
            await socket.SendAsync(AtOnce, _over.Token);
        byte[] buffer = new byte[64 * 1024];
        foreach (byte[]? answer in answers)
        {
            int read = await socket.ReceiveAsync(buffer, _over.Token);
            lock (_heard)
                _heard.Write(buffer, 0, read);
            if (answer is null)
            {
                socket.Shutdown(SocketShutdown.Send);
                break;
            }

            await socket.SendAsync(answer, _over.Token);
        }

        if (ClosesAfter)
            socket.Shutdown(SocketShutdown.Send);

        // What else comes is heard to the end, so that closing is no reset.
        while (await socket.ReceiveAsync(buffer, _over.Token) is > 0 and int more)
        {
            lock (_heard)
                _heard.Write(buffer, 0, more);
        }
    }
}
