namespace Soket.Explain;

/// <summary>What a socket was asked to do: the names of the socket interface (POSIX), and the few steps that go beyond it.</summary>
public enum SocketCall
{
    /// <summary>No call: a fact about the socket, a state that changed.</summary>
    None,

    /// <summary>A name was turned into addresses, getaddrinfo(3).</summary>
    Resolve,

    /// <summary>socket(2).</summary>
    Socket,

    /// <summary>setsockopt(2).</summary>
    SetOption,

    /// <summary>getsockopt(2).</summary>
    GetOption,

    /// <summary>bind(2).</summary>
    Bind,

    /// <summary>listen(2).</summary>
    Listen,

    /// <summary>accept(2).</summary>
    Accept,

    /// <summary>connect(2).</summary>
    Connect,

    /// <summary>send(2).</summary>
    Send,

    /// <summary>sendto(2).</summary>
    SendTo,

    /// <summary>recv(2).</summary>
    Receive,

    /// <summary>recvfrom(2).</summary>
    ReceiveFrom,

    /// <summary>shutdown(2).</summary>
    Shutdown,

    /// <summary>close(2).</summary>
    Close,

    /// <summary>The connection was given up with a reset (RST).</summary>
    Abort,

    /// <summary>The TLS handshake (RFC 8446).</summary>
    TlsHandshake,

    /// <summary>The WebSocket handshake (RFC 6455 4).</summary>
    WebSocketHandshake,

    /// <summary>A proxy was asked for a connection to the target: CONNECT (RFC 9110 9.3.6) or SOCKS (RFC 1928).</summary>
    ProxyHandshake,

    /// <summary>A line or a reply of the plain dialogue that ends in TLS (STARTTLS: RFC 3207, 2595, 4217).</summary>
    StartTls,
    /// <summary>An HTTP request and its answer (RFC 9110).</summary>
    Http,

    /// <summary>A WebSocket frame was sent.</summary>
    SendFrame,

    /// <summary>A WebSocket frame was received.</summary>
    ReceiveFrame,

    /// <summary>A message was cut from, or put on, a stream; or refused by a limit.</summary>
    Message,
}

/// <summary>The names of calls as the system's manual writes them.</summary>
public static class SocketCallNames
{
    /// <summary>The call's name as its manual page has it: <c>setsockopt</c>, <c>recvfrom</c>. The same in every language.</summary>
    public static string Name(this SocketCall call) => call switch
    {
        SocketCall.None => "state",
        SocketCall.Resolve => "getaddrinfo",
        SocketCall.Socket => "socket",
        SocketCall.SetOption => "setsockopt",
        SocketCall.GetOption => "getsockopt",
        SocketCall.Bind => "bind",
        SocketCall.Listen => "listen",
        SocketCall.Accept => "accept",
        SocketCall.Connect => "connect",
        SocketCall.Send => "send",
        SocketCall.SendTo => "sendto",
        SocketCall.Receive => "recv",
        SocketCall.ReceiveFrom => "recvfrom",
        SocketCall.Shutdown => "shutdown",
        SocketCall.Close => "close",
        SocketCall.Abort => "abort",
        SocketCall.TlsHandshake => "tls-handshake",
        SocketCall.WebSocketHandshake => "ws-handshake",
        SocketCall.ProxyHandshake => "proxy-handshake",
        SocketCall.StartTls => "starttls",
        SocketCall.Http => "http",
        SocketCall.SendFrame => "send-frame",
        SocketCall.ReceiveFrame => "recv-frame",
        SocketCall.Message => "message",
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, null),
    };
}
