using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Cli.Tests.Interop;

/// <summary>A server on 127.0.0.1 that answers every HTTP request with the same page, and keeps what it was asked: a proxy, or who is behind none.</summary>
internal sealed class ToldRequests : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public ToldRequests()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The heads of the requests, in their order.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop(); // not before: whoever accepts from a stopped listener is told that it never began
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                string head = "";
                int read;
                while (!head.Contains("\r\n\r\n", StringComparison.Ordinal) && (read = await client.ReceiveAsync(buffer, _stop.Token)) > 0)
                    head += Encoding.Latin1.GetString(buffer, 0, read);
                Heads.Enqueue(head);
                // A tunnel is refused: what matters is that it was asked for.
                string answer = head.StartsWith("CONNECT ", StringComparison.Ordinal) ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
                await client.SendAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
                client.Shutdown(SocketShutdown.Send);
                while (await client.ReceiveAsync(buffer, _stop.Token) > 0)
                    continue;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
