namespace Soket.Middleware.Proxy;

/// <summary>What a proxy speaks.</summary>
public enum ProxyKind
{
    /// <summary>HTTP/1.1, the method CONNECT (RFC 9110 9.3.6): <c>http://</c>.</summary>
    Http,

    /// <summary>SOCKS 4 with names: <c>socks4a://</c>.</summary>
    Socks4a,

    /// <summary>SOCKS 5 (RFC 1928): <c>socks5://</c>.</summary>
    Socks5,
}
