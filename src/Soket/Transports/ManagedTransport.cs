using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Options;
using Soket.Transports.Internal;

namespace Soket.Transports;

/// <summary>TCP and Unix streams on .NET's own sockets: works wherever .NET does.</summary>
public sealed class ManagedTransport : ITransport, ISocketAdopter
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
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

    /// <inheritdoc/>
    public IConnectionListener Adopt(Socket socket) => SocketListener.Adopt(socket, _options);

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
            Sockets.Apply(socket, SocketOptionRoles.Client, _options, scope, context);
            if (_options.Source is { } source)
            {
                call = SocketCall.Bind;
                started = SocketScope.Now;
                socket = Sockets.Bind(socket, source, _options, scope, context);
                call = SocketCall.Connect;
                started = SocketScope.Now;
            }

            scope?.Remote = endpoint;
            TimeSpan pause = TimeSpan.FromMilliseconds(1);
            while (!await TryConnectAsync(socket, endpoint, cancellationToken).ConfigureAwait(false))
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
                pause = pause < LongestPause ? pause * 2 : LongestPause;
                socket.Dispose();
                socket = Sockets.CreateStream(endpoint, null, context);
                Sockets.Apply(socket, SocketOptionRoles.Client, _options, null, context);
                if (_options.Source is { } again)
                    socket = Sockets.Bind(socket, again, _options, null, context);
            }

            scope?.Local = socket.LocalEndPoint;
            scope?.Called(SocketCall.Connect, started);
            Sockets.Apply(socket, SocketOptionRoles.Client, _options, scope, context, connected: true);
            Sockets.ReadBack(socket, [.. _options.Options.Where(setting => (setting.Option.Roles & SocketOptionRoles.Client) != 0)], scope);
            var connection = new SocketConnection(socket, scope, context.Transport, _options, endpoint);
            if (endpoint is UnixDomainSocketEndPoint)
                connection.RemoteEndPoint = endpoint; // by the path that was asked for, not as the server wrote it
            return connection;
        }
        catch (SocketException e)
        {
            var failure = Sockets.Failure(call, e, call == SocketCall.Bind ? _options.Source : endpoint, context with { Local = call == SocketCall.Bind ? _options.Source : null, Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started) });
            scope?.Failed(call, started, failure);
            socket.Dispose();
            throw failure;
        }
        catch (SocketFailure e) when (e.Call == SocketCall.Bind)
        {
            SocketFailure failure = e.With(context with { Local = _options.Source });
            scope?.Failed(SocketCall.Bind, started, failure);
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

    // A blocking connect(2) waits while a Unix listener's queue is full; a non-blocking one says EAGAIN (unix(7)) and is to be tried again.
    private static async ValueTask<bool> TryConnectAsync(Socket socket, EndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock && endpoint is UnixDomainSocketEndPoint)
        {
            return false;
        }
    }
}
