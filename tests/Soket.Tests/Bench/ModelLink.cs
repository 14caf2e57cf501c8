using Soket.Bench.Internal;
using Soket.Explain;

namespace Soket.Tests.Bench;

/// <summary>A connection in a simulation.</summary>
internal sealed class ModelLink(Simulation simulation, ModelServer server, BenchPeer peer) : IBenchChannel
{
    private const int Room = 256 * 1024; // of the socket's buffers

    private int _unread;
    private bool _isBlocked;
    private long _read; // when the server has read what was sent so far
    private long _last; // when what the server sent last arrives: what it sends later does not overtake it

    public bool KeepsMessages => server is ModelDatagrams;

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    public bool IsOpen { get; private set; } = true;

    /// <summary>How many messages came, where the test counts them.</summary>
    public int Messages { get; set; }

    /// <summary>The time from the beginning, ns.</summary>
    public long Elapsed => simulation.Elapsed;

    public bool Send(ReadOnlySpan<byte> bytes)
    {
        BytesSent += bytes.Length;
        byte[] sent = bytes.ToArray();
        if (!IsOpen)
            return true;
        _unread += sent.Length;
        _read = Math.Max(_read, simulation.Elapsed) + (sent.Length / 10); // 10 bytes a nanosecond, one send after the other
        simulation.At(_read - simulation.Elapsed, () => Read(sent));
        return !(_isBlocked = _unread > Room);
    }

    public void Flush()
    {
    }

    public void ShutdownSend() => simulation.At(Math.Max(0, _read - simulation.Elapsed), () => server.Ended(this));

    public void Close() => Closed(null);

    public void Abort() => Closed(null);

    /// <summary>The server sends.</summary>
    /// <param name="bytes">What.</param>
    /// <param name="delay">How long it takes, ns.</param>
    public void Reply(ReadOnlyMemory<byte> bytes, long delay)
    {
        long due = simulation.Elapsed + delay;
        if (!KeepsMessages)
            _last = due = Math.Max(_last, due);
        simulation.At(due - simulation.Elapsed, () =>
        {
            if (!IsOpen)
                return;
            BytesReceived += bytes.Length;
            peer.OnReceived(bytes);
        });
    }

    /// <summary>The server ends its side.</summary>
    public void End(long delay) => simulation.At(Math.Max(delay, _last - simulation.Elapsed), () =>
    {
        if (IsOpen)
            peer.OnEnd();
    });

    /// <summary>The server resets the connection.</summary>
    public void Reset(long delay) => simulation.At(delay, () => Closed(new SocketFailure(SocketCall.Receive, new SystemError("ECONNRESET", 104, "Connection reset by peer"))));

    private void Read(byte[] sent)
    {
        server.Received(this, sent);
        _unread -= sent.Length;
        if (!IsOpen || !_isBlocked || _unread > 0)
            return;
        _isBlocked = false;
        peer.OnDrained();
    }

    private void Closed(SocketFailure? failure)
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        simulation.At(server.ClosingTime, () => peer.OnClosed(failure));
    }
}
