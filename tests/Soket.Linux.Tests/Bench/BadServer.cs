using System.Net;
using System.Net.Sockets;

namespace Soket.Linux.Tests.Bench;

/// <summary>An echo of messages of 64 bytes, one thread a connection, that does something wrong with every fifth: another wrong each time.</summary>
internal sealed class BadServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _open = [];
    private int _messages;

    public BadServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public string Endpoint => $"tcp://{_listener.LocalEndPoint}";

    public void Dispose()
    {
        _listener.Dispose();
        lock (_open)
            _open.ForEach(socket => socket.Dispose());
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.Accept();
                lock (_open)
                    _open.Add(socket);
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }

    private void Serve(Socket socket)
    {
        var message = new byte[64];
        try
        {
            while (true)
            {
                for (int at = 0; at < message.Length;)
                {
                    int received = socket.Receive(message.AsSpan(at));
                    if (received == 0)
                        return;
                    at += received;
                }

                switch (Interlocked.Increment(ref _messages) % 25)
                {
                    case 5:
                        message[10] ^= 0x20;
                        socket.Send(message);
                        break;
                    case 10: // one byte is missing
                        socket.Send(message.AsSpan(1));
                        break;
                    case 15:
                        socket.Dispose();
                        return;
                    case 20:
                        socket.LingerState = new LingerOption(true, 0);
                        socket.Dispose();
                        return;
                    case 24: // one byte too many
                        socket.Send([.. message, 0x21]);
                        break;
                    default:
                        socket.Send(message);
                        break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The generator gave it up, or the test is over.
        }
    }
}
