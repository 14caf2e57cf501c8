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
    // A process out of descriptors: when one of its connections ends the next accept succeeds, and nobody tells when another process gives one back.
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(100);

    private readonly SocketServerOptions _options;
    private readonly TlsServerSettings? _webSocketTls; // one for all: what is prepared for a handshake is kept by it
    private readonly Admission _admission;
    private readonly SpareDescriptors _spare = new();
    private readonly ServerCounters _counters;
    private readonly List<BoundEndpoint> _endpoints = [];           // written while starting only
    private readonly List<IConnectionListener> _listeners = [];     // written while starting only
    private readonly List<IDatagramSocket> _datagrams = [];         // written while starting only
    private readonly List<Task> _loops = [];                        // written while starting only; none of them faults
    private readonly ConcurrentDictionary<long, ServedConnection> _connections = new();
    private readonly CancellationTokenSource _stopping = new();     // never disposed: it has no timer, and connections ask for its token to the last
    private readonly Action<ServerNotice>? _notice;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _connectionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously); // replaced whenever it fires
    private long _lastConnection;
    private int _disposing;

    private SocketServer(SocketServerOptions options, Action<ServerNotice>? notice, TimeProvider time)
    {
        _options = options;
        _notice = notice;
        _time = time;
        _admission = new Admission(options.Limits);
        _webSocketTls = options.Tls is { ApplicationProtocols.Count: 0 } tls ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] } : options.Tls;
        _counters = new ServerCounters(Math.Max(options.Limits.MaxBuffered, 4L * options.Framing.MaxMessage));
    }

    /// <summary>What is served, and where it really is. An endpoint that means two addresses stands here twice.</summary>
    public IReadOnlyList<BoundEndpoint> Endpoints => _endpoints;

    /// <summary>What it has done so far.</summary>
    public ServerTotals Totals
    {
        get
        {
            ServerTotals totals = _counters.Snapshot(_connections.Count);
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
        LoadWhatExhaustionNeeds();
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
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (IConnectionListener listener in _listeners)
            await listener.UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        foreach (ServedConnection connection in _connections.Values)
            connection.RequestClose("drain");

        try
        {
            // What was accepted last is among the connections when the loops have ended; a datagram's sender learns at once that nobody listens.
            await Task.WhenAll(_loops).WaitAsync(deadline.Token).ConfigureAwait(false);
            await CloseDatagramsAsync().ConfigureAwait(false);
            while (!_connections.IsEmpty)
            {
                Task ended = Volatile.Read(ref _connectionEnded).Task;
                if (!_connections.IsEmpty)
                    await ended.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is up; what is left is reset below.
        }

        int reset = 0;
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

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (IConnectionListener listener in _listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
        await CloseDatagramsAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);

        // Only now: what the loops took last is among them.
        foreach (ServedConnection connection in _connections.Values)
            connection.Context.Abort(new ConnectionAbortedException("The server stopped."));
        await Task.WhenAll(_connections.Values.Select(connection => connection.Ended)).ConfigureAwait(false);
        _spare.Dispose();
        _disposed.TrySetResult();
    }

    // With no descriptor left no assembly can be loaded either, and then not even the failure could be told.
    private static void LoadWhatExhaustionNeeds() =>
        _ = SocketFailure.From(SocketCall.Accept, new SocketException((int)SocketError.TooManyOpenSockets)).ToString();

    private static SocketFailure OutOfDescriptors(BoundEndpoint bound) => new(
        SocketCall.Accept, new SystemError("EMFILE", Errno.Number("EMFILE"), Errno.Text("EMFILE")!), new FailureContext { Endpoint = bound.Actual.ToString(), Transport = bound.Actual.SchemeName });

    private async ValueTask CloseDatagramsAsync()
    {
        foreach (IDatagramSocket socket in _datagrams)
            await socket.DisposeAsync().ConfigureAwait(false);
    }

    private async Task BindStreamAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        ConnectionHandler handler = served.Service.Stream
            ?? (endpoint.IsWebSocket ? new WebSocketMessageLoop(served.Service.Messages!, _counters) : new MessageStreamHandler(served.Service.Messages!, _options.Framing, _counters));
        var transport = new ManagedTransport(_options.Transport with { Endpoint = endpoint.ToString() });
        List<IConnectionListener> listeners = served.Socket is { } handed ? [transport.Adopt(handed)] : await EndpointBinder.BindAsync(
            endpoint, address => transport.BindAsync(address, cancellationToken), listener => listener.EndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IConnectionListener listener in listeners)
        {
            _listeners.Add(listener);
            var bound = new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, listener.EndPoint).WithPathOf(endpoint), served.Service);
            _endpoints.Add(bound);
            serve.Add(() => AcceptAsync(listener, bound, handler));
        }
    }

    private async Task BindDatagramsAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        ManagedTransportOptions options = _options.Transport with { Endpoint = endpoint.ToString() };
        List<IDatagramSocket> sockets = served.Socket is { } handed ? [ManagedDatagrams.Adopt(handed, options)] : await EndpointBinder.BindAsync(
            endpoint, address => ValueTask.FromResult(ManagedDatagrams.Bind(address, options)), socket => socket.LocalEndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IDatagramSocket socket in sockets)
        {
            _datagrams.Add(socket);
            var bound = new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, socket.LocalEndPoint), served.Service);
            _endpoints.Add(bound);
            serve.Add(() => ServeDatagramsAsync(socket, bound));
        }
    }

    private Action<EndPoint, SocketFailure> Missing(SocketUri endpoint) =>
        (address, failure) => _notice?.Invoke(new ServerNotice("family-missing", SocketUri.FromEndPoint(endpoint.Scheme, address), failure));

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
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await loop.ServeAsync(socket, _stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return; // Asked to end, or the socket went first.
            }
            catch (Exception e)
            {
                // One datagram that a service fails on must not silence the endpoint for everybody else.
                _counters.Failed();
                SocketFailure failure = ServiceFailed(e, socket.Scope, bound, remote: null);
                _notice?.Invoke(new ServerNotice("service-restarted", bound.Actual, failure));
                await Task.Delay(BackOff, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AcceptAsync(IConnectionListener listener, BoundEndpoint bound, ConnectionHandler handler)
    {
        bool paused = false;
        while (!_stopping.IsCancellationRequested)
        {
            // Asked for before the accept: what ends while the accept fails is not waited for once more.
            Task room = Volatile.Read(ref _connectionEnded).Task;
            try
            {
                if (!_spare.TryHold(_admission.Total))
                    throw OutOfDescriptors(bound);
                ConnectionContext? connection = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                if (connection is null)
                    return;
                if (paused)
                    _notice?.Invoke(new ServerNotice("accept-resumed", bound.Actual, null));
                paused = false;
                await TakeAsync(connection, bound, handler).ConfigureAwait(false);
                _spare.Check(_admission.Total);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of descriptors or memory (accept(2)): those that are connected go on, those that wait stay in the backlog.
                if (SocketFailure.Find(e)?.Error.Name is "EMFILE" or "ENFILE")
                    _spare.Release(_admission.Total);
                if (!paused)
                    _notice?.Invoke(new ServerNotice("accept-paused", bound.Actual, SocketFailure.Find(e) ?? ServiceFailed(e, null, bound, remote: null)));
                paused = true;
                await Task.WhenAny(room, Task.Delay(BackOff, _time, _stopping.Token)).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask TakeAsync(ConnectionContext connection, BoundEndpoint bound, ConnectionHandler handler)
    {
        EndPoint? peer = connection.RemoteEndPoint;
        if (_admission.Enter(peer) is { } refusal)
        {
            _counters.Refused();
            SocketScope? scope = connection.Features.Get<ISoketConnectionFeature>()?.Scope;
            scope?.Failed(SocketCall.Accept, SocketScope.Now, new SocketFailure(
                SocketCall.Accept,
                SystemError.Own(refusal == "denied" ? "SOKET_DENIED" : "SOKET_LIMIT", refusal),
                new FailureContext { Endpoint = bound.Actual.ToString(), Local = connection.LocalEndPoint, Remote = peer, Facts = new Dictionary<string, string> { ["limit"] = refusal } }), refusal);
            connection.Abort(new ConnectionAbortedException(refusal));
            await connection.DisposeAsync().ConfigureAwait(false);
            return;
        }

        _counters.Accepted();
        var served = new ServedConnection(connection, peer, _time.GetTimestamp()) { CountsBytes = bound.Service.Stream is not null };
        long id = Interlocked.Increment(ref _lastConnection);
        _connections[id] = served;
        if (_stopping.IsCancellationRequested)
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
                    await TlsMiddleware.AuthenticateAsServerAsync(connection, bound.Requested.IsWebSocket ? _webSocketTls! : _options.Tls!, _stopping.Token).ConfigureAwait(false);
                if (bound.Requested.IsWebSocket)
                    await UpgradeAsync(connection, bound).ConfigureAwait(false);
                await handler.OnConnectedAsync(connection).ConfigureAwait(false);
                await LingeringClose.FinishAsync(connection, _time).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (served.IsEnding || _stopping.IsCancellationRequested)
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
                ServiceFailed(e, served.Scope, bound, served.Peer);
        }
        finally
        {
            _admission.Leave(served.Peer);
            _connections.TryRemove(id, out _);
            if (served.CountsBytes)
                _counters.Moved(served.BytesReceived, served.BytesSent);
            served.SetEnded();
            Interlocked.Exchange(ref _connectionEnded, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private async Task UpgradeAsync(ConnectionContext connection, BoundEndpoint bound)
    {
        // The name is the one asked for, the port the real one: that is how clients name it.
        SocketUri named = bound.Requested.Host == SocketUri.AnyHost ? bound.Actual : bound.Requested.WithPort(bound.Actual.Port);
        IWebSocketFeature socket = await WebSocketMiddleware.AcceptAsync(connection, named, _options.WebSocket, _stopping.Token).ConfigureAwait(false);
        socket.StreamIsText = bound.Service.StreamIsText;
        socket.TryHold = _counters.TryHold;
    }

    private static SocketFailure ServiceFailed(Exception e, SocketScope? scope, BoundEndpoint bound, EndPoint? remote)
    {
        var failure = new SocketFailure(
            SocketCall.None, SystemError.Own("SOKET_SERVICE", e.Message), new FailureContext { Endpoint = bound.Actual.ToString(), Remote = remote, Facts = new Dictionary<string, string> { ["service"] = bound.Service.Name, ["exception"] = e.GetType().Name } }, e);
        scope?.Failed(SocketCall.None, SocketScope.Now, failure);
        return failure;
    }

    private async Task WatchIdleAsync(TimeSpan timeout)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds / 4, 10, 1000));
        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
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
