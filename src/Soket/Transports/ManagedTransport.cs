using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports.Internal;

namespace Soket.Transports;

/// <summary>TCP and Unix streams on .NET's own sockets: works wherever .NET does.</summary>
public sealed class ManagedTransport : ITransport
{
    private readonly ManagedTransportOptions _options;

    /// <summary>Creates the transport.</summary>
    /// <param name="options">How it makes its sockets.</param>
    public ManagedTransport(ManagedTransportOptions? options = null)
    {
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Backlog, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.ReceiveSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.ReceiveSize, 16 * 1024 * 1024, nameof(options));
    }

    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public TransportSupport Probe()
    {
        if (Socket.OSSupportsIPv4 || Socket.OSSupportsIPv6)
            return new(true, "");
        return new(false, "no-ip");
    }

    /// <summary>Binds and listens.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="cancellationToken">Not used: binding does not wait.</param>
    /// <returns>The listener; its end point carries the real port when 0 was asked for.</returns>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(SocketListener.Bind(endpoint, _options));

    /// <summary>Connects to one address.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; names are resolved above, where every address is tried.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="SocketFailure">Refused, unreachable, timed out ...</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        SocketScope? scope = _options.Events?.Open(SocketRole.Client, Sockets.TransportName(endpoint));
        var context = new FailureContext { Endpoint = _options.Endpoint, Remote = endpoint, Transport = Sockets.TransportName(endpoint) };
        Socket socket = Sockets.CreateStream(endpoint, scope, context);
        long started = SocketScope.Now;
        SocketCall call = SocketCall.Connect;
        try
        {
            Sockets.Apply(socket, _options.Options, scope, context);
            if (_options.Source is { } source)
            {
                call = SocketCall.Bind;
                socket.Bind(source);
                scope?.Local = socket.LocalEndPoint;
                scope?.Called(SocketCall.Bind, started);
                call = SocketCall.Connect;
                started = SocketScope.Now;
            }

            scope?.Remote = endpoint;
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            scope?.Local = socket.LocalEndPoint;
            scope?.Called(SocketCall.Connect, started);
            Sockets.ReadBack(socket, _options.Options, scope);
            return new SocketConnection(socket, scope, _options);
        }
        catch (SocketException e)
        {
            var failure = SocketFailure.From(call, e, context with { Local = call == SocketCall.Bind ? _options.Source : null, Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started) });
            scope?.Failed(call, started, failure);
            socket.Dispose();
            throw failure;
        }
        catch (Exception)
        {
            scope?.Called(SocketCall.Close, SocketScope.Now, "given-up");
            socket.Dispose();
            throw;
        }
    }
}
