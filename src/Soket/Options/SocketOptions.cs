namespace Soket.Options;

/// <summary>Every option Soket knows. A new one is one more row here, and its texts.</summary>
public static class SocketOptions
{
    // SOL_SOCKET is 1 on Linux and 0xffff where BSD's numbers rule; IPPROTO_TCP is 6 everywhere.
    private const int Linux = 1;
    private const int Bsd = 0xffff;
    private const int Tcp = 6;

    /// <summary>SO_REUSEADDR, socket(7): bind while old connections of the port are in TIME_WAIT.</summary>
    public static SocketOption ReuseAddress { get; } = new("SO_REUSEADDR", "reuse-address", SocketOptionKind.Flag, true, true, false, new(Linux, 2), new(Bsd, 4), new(Bsd, 4));

    /// <summary>SO_KEEPALIVE, socket(7): probe a silent peer.</summary>
    public static SocketOption KeepAlive { get; } = new("SO_KEEPALIVE", "keep-alive", SocketOptionKind.Flag, true, false, true, new(Linux, 9), new(Bsd, 8), new(Bsd, 8));

    /// <summary>SO_RCVTIMEO, socket(7): how long a receive waits.</summary>
    public static SocketOption ReceiveTimeout { get; } = new("SO_RCVTIMEO", "receive-timeout", SocketOptionKind.Timeout, true, true, false, new(Linux, 20), new(Bsd, 0x1006), new(Bsd, 0x1006));

    /// <summary>TCP_NODELAY, tcp(7): Nagle's algorithm off.</summary>
    public static SocketOption NoDelay { get; } = new("TCP_NODELAY", "no-delay", SocketOptionKind.Flag, true, false, true, new(Tcp, 1), new(Tcp, 1), new(Tcp, 1));

    /// <summary>SO_LINGER, socket(7): what close does with bytes not yet sent.</summary>
    public static SocketOption Linger { get; } = new("SO_LINGER", "linger", SocketOptionKind.Linger, true, false, true, new(Linux, 13), new(Bsd, 0x1080), new(Bsd, 0x80));

    /// <summary>SO_RCVBUF, socket(7): the size of the receive buffer. Linux doubles the value set.</summary>
    public static SocketOption ReceiveBuffer { get; } = new("SO_RCVBUF", "receive-buffer", SocketOptionKind.Bytes, true, true, false, new(Linux, 8), new(Bsd, 0x1002), new(Bsd, 0x1002));

    /// <summary>SO_SNDBUF, socket(7): the size of the send buffer. Linux doubles the value set.</summary>
    public static SocketOption SendBuffer { get; } = new("SO_SNDBUF", "send-buffer", SocketOptionKind.Bytes, true, true, false, new(Linux, 7), new(Bsd, 0x1001), new(Bsd, 0x1001));

    /// <summary>All of them, in the order people meet them.</summary>
    public static IReadOnlyList<SocketOption> All { get; } = [ReuseAddress, KeepAlive, ReceiveTimeout, NoDelay, Linger, ReceiveBuffer, SendBuffer];

    /// <summary>The option of a system name or a flag, in any case; null when there is none.</summary>
    public static SocketOption? Find(string name) =>
        All.FirstOrDefault(option => option.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || option.Flag.Equals(name, StringComparison.OrdinalIgnoreCase));
}
