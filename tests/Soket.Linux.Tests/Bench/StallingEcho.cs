using System.Net;
using System.Net.Sockets;

namespace Soket.Linux.Tests.Bench;

/// <summary>An echo for one connection that now and then answers nothing for a while.</summary>
internal sealed class StallingEcho : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Thread _thread;
    private Socket? _open;

    public StallingEcho(int every, TimeSpan pause)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _thread = new Thread(() => Serve(every, pause)) { IsBackground = true };
        _thread.Start();
    }

    public string Endpoint => $"tcp://{_listener.LocalEndPoint}";

    public void Dispose()
    {
        _listener.Dispose();
        _open?.Dispose();
        _thread.Join();
    }

    private void Serve(int every, TimeSpan pause)
    {
        var buffer = new byte[64];
        try
        {
            _open = _listener.Accept();
            _open.NoDelay = true;
            for (int messages = 1; ; messages++)
            {
                for (int at = 0; at < buffer.Length;)
                {
                    int received = _open.Receive(buffer.AsSpan(at));
                    if (received == 0)
                        return;
                    at += received;
                }

                if (messages % every == 0)
                    Thread.Sleep(pause); // the stall itself, not a wait for something
                _open.Send(buffer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }
}
