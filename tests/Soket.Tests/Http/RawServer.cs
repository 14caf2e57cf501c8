using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Tests.Http;

/// <summary>A server that says exactly what it is told to, byte for byte, to one connection after another; and keeps what it was asked.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, byte[]> _answer;

    private readonly bool _closes;

    /// <param name="answer">The answer to each request, by its number from 0; an empty one is silence until the end of the test.</param>
    /// <param name="closes">Whether an empty answer closes instead.</param>
    public RawServer(Func<int, byte[]> answer, bool closes = false)
    {
        _answer = answer;
        _closes = closes;
        _listener.Start();
        _serving = ServeAsync();
    }

    public RawServer(params string[] answers)
        : this(number => Encoding.Latin1.GetBytes(answers[number]))
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            for (int number = 0; ; number++)
            {
                using Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                byte[] buffer = new byte[64 * 1024];
                string request = "";
                while (!request.Contains("\r\n\r\n", StringComparison.Ordinal) || (request.Contains("chunked", StringComparison.Ordinal) && !request.EndsWith("0\r\n\r\n", StringComparison.Ordinal)))
                {
                    int read = await client.ReceiveAsync(buffer, _stop.Token);
                    if (read == 0)
                        break;
                    request += Encoding.Latin1.GetString(buffer, 0, read);
                }

                Requests.Enqueue(request);
                byte[] answer = _answer(number);
                if (answer.Length == 0 && !_closes)
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                await client.SendAsync(answer, _stop.Token);
                client.Shutdown(SocketShutdown.Send);
                while (await client.ReceiveAsync(buffer, _stop.Token) > 0)
                    continue;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over, or its client went away.
        }
    }
}
