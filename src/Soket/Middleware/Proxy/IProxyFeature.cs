namespace Soket.Middleware.Proxy;

/// <summary>What a connection through a proxy tells of it; found among the connection's features.</summary>
public interface IProxyFeature
{
    /// <summary>The proxy. The connection's own remote address is the proxy's; the target's address only the proxy knows.</summary>
    ProxyEndpoint Proxy { get; }
}
