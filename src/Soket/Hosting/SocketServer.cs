using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Services;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>Serves services on endpoints, within limits, until it is drained.</summary>
public sealed class SocketServer : IAsyncDisposable
{
    private readonly SocketServerOptions _options;
    private readonly TlsServerSettings? _webSocketTls; // one for all: what is prepared for a handshake is kept by it
    private readonly ServerDoor _door;
    private readonly ServerCounters _counters;
    private readonly List<BoundEndpoint> _endpoints = [];           // written while starting only
    private readonly List<IConnectionListener> _listeners = [];     // written while starting only
    private readonly List<MessageHost> _inline = [];                // written while starting only; their transport answers the messages
    private readonly List<IDatagramSocket> _datagrams = [];         // written while starting only
    private readonly List<Task> _loops = [];                        // written while starting only; none of them faults
    private readonly ConcurrentDictionary<long, ServedConnection> _connections = new();
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastConnection;
    private int _disposing;

    private SocketServer(SocketServerOptions options, Action<ServerNotice>? notice, TimeProvider time)
    {
        _options = options;
        _time = time;
        _door = new ServerDoor(options, notice, time);
        _counters = _door.Counters;
        _webSocketTls = options.Tls is { ApplicationProtocols.Count: 0 } tls ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] } : options.Tls;
    }

    /// <summary>What is served, and where it really is. An endpoint that means two addresses stands here twice.</summary>
    public IReadOnlyList<BoundEndpoint> Endpoints => _endpoints;

    /// <summary>What it has done so far.</summary>
    public ServerTotals Totals
    {
        get
        {
            ServerTotals totals = _counters.Snapshot(_connections.Count);
            foreach (MessageHost host in _inline)
                totals = totals.With(host.Listener.Totals, host.Listener.Active);
            foreach ((_, ServedConnection connection) in _connections)
            {
                if (connection.CountsBytes)
                    totals = totals with { BytesReceived = totals.BytesReceived + connection.BytesReceived, BytesSent = totals.BytesSent + connection.BytesSent };
            }

            return totals;
        }
    }

    /// <summary>Binds every endpoint and begins to serve.</summary>
    /// <param name="options">What, and how.</param>
    /// <param name="notice">Told of what a person should know and that is no failure. Called from any thread; it must neither block nor throw.</param>
    /// <param name="time">The clock of idle time-outs and of the drain.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">An endpoint could not be bound; none is served then.</exception>
    /// <exception cref="ArgumentException">The options contradict themselves: no endpoint, no certificate for TLS, nothing in a service that could answer.</exception>
    public static async Task<SocketServer> StartAsync(SocketServerOptions options, Action<ServerNotice>? notice = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        ServerDoor.LoadWhatExhaustionNeeds();
        var server = new SocketServer(options, notice, time ?? TimeProvider.System);
        try
        {
            // Everything is bound before anything is served: a client that was told of one endpoint may try the next at once.
            var serve = new List<Func<Task>>();
            foreach (ServedEndpoint served in options.Endpoints)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (served.Endpoint.IsDatagram)
                    await server.BindDatagramsAsync(served, serve, cancellationToken).ConfigureAwait(false);
                else
                    await server.BindStreamAsync(served, serve, cancellationToken).ConfigureAwait(false);
            }

            // Not on this thread: a backlog that is full already would keep it.
            foreach (Func<Task> loop in serve)
                server._loops.Add(Task.Run(loop, CancellationToken.None));
            if (options.Limits.IdleTimeout > TimeSpan.Zero)
                server._loops.Add(server.WatchIdleAsync(options.Limits.IdleTimeout));
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops in order: takes nothing new, lets every connection finish the message it is at, and resets what has not ended in time.
    /// </summary>
    /// <param name="limit">How long connections may take; zero for no time at all.</param>
    /// <param name="cancellationToken">Waits no longer: what has not ended is reset now.</param>
    /// <returns>How many connections had to be reset.</returns>
    public async Task<int> DrainAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using CancellationTokenRegistration link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        await _door.StopAsync().ConfigureAwait(false);
        foreach (IConnectionListener listener in _listeners)
            await listener.UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        foreach (MessageHost host in _inline)
        {
            await host.Listener.UnbindAsync().ConfigureAwait(false);
            host.Listener.RequestClose("drain");
        }

        foreach (ServedConnection connection in _connections.Values)
            connection.RequestClose("drain");

        try
        {
            // What was accepted last is among the connections when the loops have ended; a datagram's sender learns at once that nobody listens.
            await Task.WhenAll(_loops).WaitAsync(deadline.Token).ConfigureAwait(false);
            await CloseDatagramsAsync().ConfigureAwait(false);
            while (HasConnections)
            {
                Task ended = _door.ConnectionEnded;
                if (HasConnections)
                    await ended.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is up; what is left is reset below.
        }

        int reset = 0;
        foreach (MessageHost host in _inline)
            reset += await host.Listener.AbortAsync().ConfigureAwait(false);
        foreach (ServedConnection connection in _connections.Values)
        {
            reset++;
            connection.Context.Abort(new ConnectionAbortedException("drain"));
        }

        await DisposeAsync().ConfigureAwait(false);
        return reset;
    }

    /// <summary>Stops at once: resets every connection. Ends when the last service has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposing, 1) != 0)
        {
            await _disposed.Task.ConfigureAwait(false);
            return;
        }

        await _door.StopAsync().ConfigureAwait(false);
        foreach (IConnectionListener listener in _listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
        foreach (MessageHost host in _inline)
            await host.DisposeAsync().ConfigureAwait(false);
        await CloseDatagramsAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);

        // Only now: what the loops took last is among them.
        foreach (ServedConnection connection in _connections.Values)
            connection.Context.Abort(new ConnectionAbortedException("The server stopped."));
        await Task.WhenAll(_connections.Values.Select(connection => connection.Ended)).ConfigureAwait(false);
        _door.Dispose();
        _disposed.TrySetResult();
    }

    private bool HasConnections => !_connections.IsEmpty || _inline.Exists(static host => host.Listener.Active > 0);

    private async ValueTask CloseDatagramsAsync()
    {
        foreach (IDatagramSocket socket in _datagrams)
            await socket.DisposeAsync().ConfigureAwait(false);
    }

    private async Task BindStreamAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        ManagedTransportOptions options = _options.Transport with { Endpoint = endpoint.ToString(), NeverBlocks = served.Service.NeverBlocks && !endpoint.IsSecure };
        ITransport transport = options.CreateTransport();
        if (transport is IMessageTransport inline && AnswersInline(served, inline))
        {
            await BindMessagesAsync(served, inline, serve, cancellationToken).ConfigureAwait(false);
            return;
        }

        ConnectionHandler handler = served.Service.Stream
            ?? (endpoint.IsWebSocket ? new WebSocketMessageLoop(served.Service.Messages!, _counters) : new MessageStreamHandler(served.Service.Messages!, _options.Framing, _counters));
        List<IConnectionListener> listeners = served.Socket is { } handed ? [(transport as ISocketAdopter ?? new ManagedTransport(options)).Adopt(handed)] : await EndpointBinder.BindAsync(
            endpoint, address => transport.BindAsync(address, cancellationToken), listener => listener.EndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IConnectionListener listener in listeners)
        {
            _listeners.Add(listener);
            var bound = new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, listener.EndPoint).WithPathOf(endpoint), served.Service);
            _endpoints.Add(bound);
            serve.Add(() => AcceptAsync(listener, bound, handler));
        }
    }

    // The clock of a loop is the system's.
    private bool AnswersInline(ServedEndpoint served, IMessageTransport transport) =>
        served.Service is { Stream: null, Messages.AnswersAtOnce: true } && served.Endpoint is { IsSecure: false, IsWebSocket: false } && _time == TimeProvider.System && transport.CanAnswer(_options.Framing);

    private async Task BindMessagesAsync(ServedEndpoint served, IMessageTransport transport, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        List<MessageHost> hosts = served.Socket is { LocalEndPoint: { } bound } ? [MessageHost.Bind(transport, bound, _door, _options, served)] : await EndpointBinder.BindAsync(
            served.Endpoint, address => ValueTask.FromResult(MessageHost.Bind(transport, address, _door, _options, served)), host => host.Listener.EndPoint, Missing(served.Endpoint), cancellationToken).ConfigureAwait(false);
        foreach (MessageHost host in hosts)
        {
            _inline.Add(host);
            _endpoints.Add(host.Bound);
            serve.Add(host.AcceptAsync);
        }
    }

    private async Task BindDatagramsAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        ManagedTransportOptions options = _options.Transport with { Endpoint = endpoint.ToString() };
        var own = options.CreateTransport() as IDatagramTransport;
        List<IDatagramSocket> sockets = served.Socket is { } handed ? [ManagedDatagrams.Adopt(handed, options)] : await EndpointBinder.BindAsync(
            endpoint, address => ValueTask.FromResult(own?.BindDatagrams(address) ?? ManagedDatagrams.Bind(address, options)), socket => socket.LocalEndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IDatagramSocket socket in sockets)
        {
            _datagrams.Add(socket);
            var bound = new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, socket.LocalEndPoint), served.Service);
            _endpoints.Add(bound);
            serve.Add(() => ServeDatagramsAsync(socket, bound));
        }
    }

    private Action<EndPoint, SocketFailure> Missing(SocketUri endpoint) =>
        (address, failure) => _door.Tell("family-missing", SocketUri.FromEndPoint(endpoint.Scheme, address), failure);

    private async Task ServeDatagramsAsync(IDatagramSocket socket, BoundEndpoint bound)
    {
        var rules = new DatagramRules
        {
            MaxDatagram = _options.MaxDatagram,
            Admits = _options.Limits.Admits,
            Own = [.. _datagrams.Select(own => own.LocalEndPoint)],
            RefuseLoops = bound.Service.CanLoop,
        };
        IDatagramService loop = bound.Service.Datagrams ?? new DatagramMessageLoop(bound.Service.Messages!, rules, _counters);
        while (!_door.IsStopping)
        {
            try
            {
                await loop.ServeAsync(socket, _door.Stopping).ConfigureAwait(false);
                return;
            }
            catch (Exception) when (_door.IsStopping)
            {
                return; // Asked to end, or the socket went first.
            }
            catch (Exception e)
            {
                // One datagram that a service fails on must not silence the endpoint for everybody else.
                _counters.Failed();
                _door.Tell("service-restarted", bound.Actual, ServerDoor.TellServiceFailed(e, socket.Scope, bound, remote: null));
                await _door.RestAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task AcceptAsync(IConnectionListener listener, BoundEndpoint bound, ConnectionHandler handler)
    {
        bool paused = false;
        while (!_door.IsStopping)
        {
            // Asked for before the accept: what ends while the accept fails is not waited for once more.
            Task room = _door.ConnectionEnded;
            try
            {
                if (!_door.HasRoom())
                    throw ServerDoor.OutOfDescriptors(bound);
                ConnectionContext? connection = await listener.AcceptAsync(_door.Stopping).ConfigureAwait(false);
                if (connection is null)
                    return;
                if (paused)
                    _door.Tell("accept-resumed", bound.Actual, null);
                paused = false;
                await TakeAsync(connection, bound, handler).ConfigureAwait(false);
                _door.Accepted();
            }
            catch (OperationCanceledException) when (_door.IsStopping)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of descriptors or memory (accept(2)): those that are connected go on, those that wait stay in the backlog.
                SocketFailure? failure = SocketFailure.Find(e);
                _door.AcceptFailed(failure);
                if (!paused)
                    _door.Tell("accept-paused", bound.Actual, failure ?? ServerDoor.TellServiceFailed(e, null, bound, remote: null));
                paused = true;
                await _door.RestAsync(room).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask TakeAsync(ConnectionContext connection, BoundEndpoint bound, ConnectionHandler handler)
    {
        EndPoint? peer = connection.RemoteEndPoint;
        if (_door.Enter(peer) is { } refusal)
        {
            ServerDoor.TellRefusal(connection.Features.Get<ISoketConnectionFeature>()?.Scope, refusal, bound, connection.LocalEndPoint, peer);
            connection.Abort(new ConnectionAbortedException(refusal));
            await connection.DisposeAsync().ConfigureAwait(false);
            return;
        }

        var served = new ServedConnection(connection, peer, _time.GetTimestamp()) { CountsBytes = bound.Service.Stream is not null };
        long id = Interlocked.Increment(ref _lastConnection);
        _connections[id] = served;
        if (_door.IsStopping)
            served.RequestClose("drain");
        // Off the accept loop: a service that answers at once must not keep the next connection waiting.
        _ = Task.Run(() => ServeAsync(id, served, bound, handler)); // never faults; served.Ended tells its end
    }

    private async Task ServeAsync(long id, ServedConnection served, BoundEndpoint bound, ConnectionHandler handler)
    {
        ConnectionContext connection = served.Context;
        try
        {
            try
            {
                if (bound.Requested.IsSecure)
                    await TlsMiddleware.AuthenticateAsServerAsync(connection, bound.Requested.IsWebSocket ? _webSocketTls! : _options.Tls!, _door.Stopping).ConfigureAwait(false);
                if (!bound.Requested.IsWebSocket || await UpgradeAsync(connection, bound).ConfigureAwait(false))
                    await handler.OnConnectedAsync(connection).ConfigureAwait(false);
                else
                    await bound.Service.Page!.OnConnectedAsync(connection).ConfigureAwait(false);
                await LingeringClose.FinishAsync(connection, _time).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (served.IsEnding || _door.IsStopping)
            {
                // Ended by this end (an idle time-out, the drain), or the service watched the connection's end. Asked before it is disposed, which
                // ends every connection.
            }
            finally
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (ConnectionAbortedException)
        {
            // Given up by this end while it closed.
        }
        catch (Exception e)
        {
            // A reset or a failed handshake was told by the transport; what nobody told is a fault of the service.
            _counters.Failed();
            if (SocketFailure.Find(e) is null)
                ServerDoor.TellServiceFailed(e, served.Scope, bound, served.Peer);
        }
        finally
        {
            _connections.TryRemove(id, out _);
            if (served.CountsBytes)
                _counters.Moved(served.BytesReceived, served.BytesSent);
            _door.Leave(served.Peer);
            served.SetEnded();
        }
    }

    // False where no WebSocket is asked for and the service has a page.
    private async Task<bool> UpgradeAsync(ConnectionContext connection, BoundEndpoint bound)
    {
        // The name is the one asked for, the port the real one: that is how clients name it.
        SocketUri named = bound.Requested.Host == SocketUri.AnyHost ? bound.Actual : bound.Requested.WithPort(bound.Actual.Port);
        WebSocketServerSettings settings = _options.WebSocket;
        if (bound.Service.Page is not null)
        {
            long started = _time.GetTimestamp();
            if (!await WebSocketMiddleware.IsAskedForAsync(connection, settings, _door.Stopping).ConfigureAwait(false))
            {
                connection.Features.Set<IServedEndpointFeature>(new PlacedConnection(named));
                return false;
            }

            settings = settings with { HasPage = true };
            TimeSpan left = settings.HandshakeTimeout - _time.GetElapsedTime(started);
            if (settings.HandshakeTimeout != Timeout.InfiniteTimeSpan)
                settings = settings with { HandshakeTimeout = left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1) };
        }

        IWebSocketFeature socket = await WebSocketMiddleware.AcceptAsync(connection, named, settings, _door.Stopping).ConfigureAwait(false);
        socket.StreamIsText = bound.Service.StreamIsText;
        socket.TryHold = _counters.TryHold;
        return true;
    }

    private sealed record PlacedConnection(SocketUri Endpoint) : IServedEndpointFeature;

    private async Task WatchIdleAsync(TimeSpan timeout)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds / 4, 10, 1000));
        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_door.Stopping).ConfigureAwait(false))
            {
                long now = _time.GetTimestamp();
                foreach (ServedConnection connection in _connections.Values)
                    connection.CheckIdle(now, timeout, _time);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
