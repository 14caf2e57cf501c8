namespace Soket.Endpoints;

/// <summary>What a <see cref="SocketUri"/> names: which sockets carry it, and what is spoken on them first.</summary>
public enum SocketScheme
{
    /// <summary>A TCP stream, <c>tcp://host:port</c>.</summary>
    Tcp,

    /// <summary>UDP datagrams, <c>udp://host:port</c>.</summary>
    Udp,

    /// <summary>A Unix stream, <c>unix:/path</c>.</summary>
    Unix,

    /// <summary>Unix datagrams, <c>unixgram:/path</c>.</summary>
    UnixDatagram,

    /// <summary>TLS on a TCP stream, <c>tls://host:port</c>.</summary>
    Tls,

    /// <summary>WebSocket (RFC 6455) on a TCP stream, <c>ws://host/path</c>.</summary>
    Ws,

    /// <summary>WebSocket on TLS, <c>wss://host/path</c>.</summary>
    Wss,
}
