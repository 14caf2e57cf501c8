namespace Soket.Middleware.Proxy;

/// <summary>What is wrong with the text of a proxy.</summary>
public enum ProxyTextError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It does not begin with <c>http://</c>, <c>socks4a://</c> or <c>socks5://</c>.</summary>
    Scheme,

    /// <summary>It is <c>socks4://</c>, where names would be resolved on this machine.</summary>
    Socks4,

    /// <summary>It is <c>https://</c>: TLS to the proxy itself is not spoken.</summary>
    Https,

    /// <summary>Host and port are missing or wrong.</summary>
    Place,

    /// <summary>The name or the password cannot be sent.</summary>
    Credentials,
}
