using System.Net;
using System.Net.Sockets;

namespace Soket.Linux.Tests.Bench;

/// <summary>A UDP echo behind a network that loses one of ten datagrams, doubles one, and lets one be overtaken by the next.</summary>
internal sealed class LossyEcho : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _thread;

    public LossyEcho()
    {
        _socket.ReceiveBufferSize = 1 << 20;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string Endpoint => $"udp://{_socket.LocalEndPoint}";

    public int Received { get; private set; }

    /// <summary>Datagrams answered twice.</summary>
    public int Doubled { get; private set; }

    /// <summary>Datagrams answered after the one that came next.</summary>
    public int Overtaken { get; private set; }

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        var buffer = new byte[65_536];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        byte[]? held = null;
        try
        {
            while (true)
            {
                int length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
                int kind = Received++ % 10;
                if (kind == 3)
                    continue;
                if (kind == 7)
                {
                    held = buffer[..length];
                    continue;
                }

                for (int i = 0; i < (kind == 5 ? 2 : 1); i++)
                    _socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, from);
                Doubled += kind == 5 ? 1 : 0;
                if (held is null)
                    continue;
                _socket.SendTo(held, SocketFlags.None, from);
                held = null;
                Overtaken++;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }
}
