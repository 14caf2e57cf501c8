using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Middleware.Proxy;
using Soket.Middleware.StartTls;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Protocols.StartTls;
using Soket.Transports;

namespace Soket.Clients;

/// <summary>How a client connects.</summary>
public sealed record SocketClientOptions
{
    /// <summary>How its sockets are made; its <see cref="ManagedTransportOptions.Endpoint"/> is set by the client.</summary>
    public ManagedTransportOptions Transport { get; init; } = new();

    /// <summary>How it speaks TLS; null verifies against the system's roots.</summary>
    public TlsClientSettings? Tls { get; init; }

    /// <summary>How it speaks WebSocket, where the endpoint asks for it.</summary>
    public WebSocketClientSettings WebSocket { get; init; } = new();

    /// <summary>The proxy it connects through; null for none. It is for streams over TCP: tcp, tls, ws and wss.</summary>
    public ProxyEndpoint? Proxy { get; init; }

    /// <summary>The plain dialogue that comes before TLS, on a tls endpoint; null where TLS begins at once. It may take <see cref="ConnectTimeout"/> again.</summary>
    public StartTlsProtocol? StartTls { get; init; }

    /// <summary>Only this address family; null for both. With a proxy, of the way to the proxy.</summary>
    public AddressFamily? Family { get; init; }

    /// <summary>
    /// How long resolving and connecting together may take; null for as long as the system tries. 10 s. The dialogue with a proxy has as long again.
    /// </summary>
    public TimeSpan? ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Connects to an endpoint, whatever carries it.</summary>
public static class SocketClient
{
    /// <summary>
    /// Connects a stream: tcp, unix, tls, ws or wss. Every address of a name is tried (RFC 8305). A WebSocket's messages are found with
    /// <see cref="IWebSocketFeature"/> among the connection's features.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection; disposing it closes it in order.</returns>
    /// <exception cref="SocketFailure">The name is not known, nobody answered, the certificate is not trusted ...</exception>
    /// <exception cref="NotSupportedException">The endpoint is no stream, or no proxy can be asked for it.</exception>
    public static async Task<ConnectionContext> ConnectAsync(SocketUri endpoint, SocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        if (endpoint.IsDatagram)
            throw new NotSupportedException($"{endpoint} is not a stream that can be connected to here.");

        if (options.StartTls is not null && endpoint.Scheme != SocketScheme.Tls)
            throw new NotSupportedException($"{endpoint} does not begin in plain text and go on with TLS.");
        if (options.Proxy is { } given && !ProxyMiddleware.CanReach(endpoint, given))
            throw new NotSupportedException($"{endpoint} cannot be reached through {given}.");

        ConnectionContext connection = await ReachAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.Proxy is { } proxy)
                await ProxyMiddleware.ConnectAsync(connection, endpoint, proxy, options.ConnectTimeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            if (options.StartTls is { } protocol)
                await StartTlsMiddleware.AskAsync(connection, endpoint, protocol, options.ConnectTimeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            if (endpoint.IsSecure)
                await TlsMiddleware.AuthenticateAsClientAsync(connection, TlsOf(endpoint, options), cancellationToken).ConfigureAwait(false);
            if (endpoint.IsWebSocket)
                await WebSocketMiddleware.ConnectAsync(connection, endpoint, options.WebSocket, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (SocketFailure e) when (options.Proxy is { } proxy)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw proxy.Mark(e);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects to the endpoint, or to the proxy before it.</summary>
    private static async Task<ConnectionContext> ReachAsync(SocketUri endpoint, SocketClientOptions options, CancellationToken cancellationToken)
    {
        SocketUri first = options.Proxy?.Place ?? endpoint;
        var context = new FailureContext { Endpoint = first.ToString(), Host = first.IsUnix ? null : first.Host, Transport = first.SchemeName };
        ITransport transport = (options.Transport with { Endpoint = endpoint.ToString() }).CreateTransport();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.ConnectTimeout is { } timeout)
            limit.CancelAfter(timeout);
        long started = SocketScope.Now;
        try
        {
            IReadOnlyList<EndPoint> addresses;
            try
            {
                addresses = await ResolveAsync(first, options, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new SocketFailure(SocketCall.Resolve, SystemError.Timeout, context with { Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started) });
            }

            TimeSpan? left = options.ConnectTimeout - System.Diagnostics.Stopwatch.GetElapsedTime(started);
            return await HappyEyeballs.ConnectAsync(transport, addresses, context, HappyEyeballs.DefaultDelay, left < TimeSpan.Zero ? TimeSpan.Zero : left, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure e) when (options.Proxy is { } proxy && e.Call is SocketCall.Connect or SocketCall.Resolve)
        {
            throw proxy.Unreachable(e, endpoint);
        }
    }

    // A server that speaks HTTP/2 as well must not choose it: WebSocket begins with HTTP/1.1 here.
    private static TlsClientSettings TlsOf(SocketUri endpoint, SocketClientOptions options)
    {
        TlsClientSettings tls = options.Tls ?? new TlsClientSettings { TargetHost = endpoint.Host };
        return endpoint.IsWebSocket && tls.ApplicationProtocols.Count == 0 ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] } : tls;
    }

    /// <summary>The addresses of an endpoint, in the order to try them; a look-up is told in a scope of its own, with the transport <c>resolver</c>.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="options">How; the family of a source address rules out the other one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">The name is not known, or has no address of the family.</exception>
    public static ValueTask<IReadOnlyList<EndPoint>> ResolveAsync(SocketUri endpoint, SocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        AddressFamily? family = options.Family ?? (options.Transport.Source as IPEndPoint)?.AddressFamily;
        SocketScope? scope = AddressResolver.NeedsLookup(endpoint) ? options.Transport.Events?.Open(SocketRole.Client, "resolver") : null;
        return AddressResolver.ResolveAsync(endpoint, family, scope, cancellationToken);
    }

    /// <summary>Opens a datagram socket towards an endpoint.</summary>
    /// <remarks>
    /// Connecting a datagram socket sends nothing; whether an address is the right one shows only in an answer, or in ECONNREFUSED. So, where the
    /// name has several addresses, the socket moves on to the next one when the one before refuses before anything was received, and sends there
    /// again what had been sent: its <see cref="IDatagramSocket.RemoteEndPoint"/> and <see cref="IDatagramSocket.Scope"/> change with it. The last
    /// refusal is thrown, and carries all attempts.
    /// </remarks>
    /// <param name="endpoint">A udp or unixgram endpoint.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">The name is not known, the path does not exist ...</exception>
    public static async Task<IDatagramSocket> ConnectDatagramAsync(SocketUri endpoint, SocketClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        if (!endpoint.IsDatagram)
            throw new NotSupportedException($"{endpoint} does not carry datagrams.");
        ManagedTransportOptions transport = options.Transport with { Endpoint = endpoint.ToString() };
        IReadOnlyList<EndPoint> addresses = await ResolveAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        return addresses.Count == 1 ? ManagedDatagrams.Connect(addresses[0], transport) : new FallbackDatagramSocket(addresses, transport);
    }
}
