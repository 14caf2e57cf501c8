using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Middleware.Proxy;

/// <summary>Makes of a connection to a proxy one to the target behind it: CONNECT (RFC 9110 9.3.6), SOCKS 4A, SOCKS 5 (RFC 1928, 1929).</summary>
/// <remarks>
/// Nothing is put on the connection: once the proxy has agreed, its bytes are the target's, and TLS or WebSocket go on from there. In the event stream
/// the dialogue is the connection's own sends and receives and one <see cref="SocketCall.ProxyHandshake"/>; where there is a login the bytes are counted
/// and not shown.
/// </remarks>
public static class ProxyMiddleware
{
    /// <summary>Asks the proxy for a connection to the target.</summary>
    /// <param name="connection">A connection of Soket's to the proxy, fresh.</param>
    /// <param name="target">Where to. Its name goes to the proxy as it is, and is not resolved here.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="timeout">How long it may take, the proxy's own connecting included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// There is no connection to the target; the one to the proxy is still to be disposed by the caller. <c>PROXY_LOGIN</c>, <c>PROXY_REFUSED</c>,
    /// <c>PROXY_TARGET</c>, <c>PROXY_NOT_PROXY</c>, <c>PROXY_PROTOCOL</c>, or a time-out.
    /// </exception>
    /// <exception cref="NotSupportedException">The target is not reached over TCP, or the proxy cannot be told of it (IPv6 in SOCKS 4).</exception>
    public static async Task ConnectAsync(ConnectionContext connection, SocketUri target, ProxyEndpoint proxy, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (!CanReach(target, proxy))
            throw new NotSupportedException($"{target} cannot be reached through {proxy}.");
        var exchange = new ProxyExchange(connection, target, proxy);
        await exchange.RunAsync(
            timeout,
            proxy.Kind switch
            {
                ProxyKind.Http => token => HttpTunnel.OpenAsync(exchange, token),
                ProxyKind.Socks4a => token => Socks4Tunnel.OpenAsync(exchange, token),
                _ => token => Socks5Tunnel.OpenAsync(exchange, token),
            },
            cancellationToken).ConfigureAwait(false);
        connection.Features.Set<IProxyFeature>(new Through(proxy));
    }

    /// <summary>Whether a proxy can be asked for a target: TCP, and no IPv6 address by SOCKS 4.</summary>
    /// <param name="target">The target.</param>
    /// <param name="proxy">The proxy.</param>
    public static bool CanReach(SocketUri target, ProxyEndpoint proxy) =>
        !target.IsDatagram && !target.IsUnix && target.Port > 0 && target.Host != SocketUri.AnyHost
        && (proxy.Kind != ProxyKind.Socks4a || !target.Host.Contains(':', StringComparison.Ordinal));

    private sealed record Through(ProxyEndpoint Proxy) : IProxyFeature;
}
