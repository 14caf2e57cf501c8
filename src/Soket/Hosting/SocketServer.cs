using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Services;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>Something to know about a server that started all the same.</summary>
/// <param name="Key">What, as a stable key: <c>family-missing</c>, <c>accept-paused</c>, <c>accept-resumed</c>.</param>
/// <param name="Endpoint">Where.</param>
/// <param name="Failure">What the system said; null when nothing failed.</param>
public sealed record ServerNotice(string Key, SocketUri Endpoint, SocketFailure? Failure);

/// <summary>Serves services on endpoints, within limits, until it is drained.</summary>
public sealed class SocketServer : IAsyncDisposable
{
    // A service that has spoken closes; a peer that is still sending would make that close a reset (RFC 2525 2.17), and lose what was said.
    private static readonly TimeSpan LingeringClose = TimeSpan.FromSeconds(2);
    private const long LingeringBytes = 1024 * 1024;

    // A process out of descriptors: when one is given back the next accept succeeds, and nobody tells when another process gives one back.
    private static readonly TimeSpan AcceptBackOff = TimeSpan.FromMilliseconds(100);

    private readonly SocketServerOptions _options;
    private readonly Admission _admission;
    private readonly ServerCounters _counters = new();
    private readonly List<BoundEndpoint> _endpoints = [];           // written while starting only
    private readonly List<IAsyncDisposable> _sockets = [];          // written while starting only
    private readonly List<Task> _loops = [];                        // written while starting only
    private readonly ConcurrentDictionary<long, ServedConnection> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Action<ServerNotice>? _notice;
    private readonly TimeProvider _time;
    private TaskCompletionSource _connectionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously); // replaced whenever it fires
    private long _lastConnection;
    private int _disposed;

    private SocketServer(SocketServerOptions options, Action<ServerNotice>? notice, TimeProvider time)
    {
        _options = options;
        _notice = notice;
        _time = time;
        _admission = new Admission(options.Limits);
    }

    /// <summary>What is served, and where it really is. An endpoint that means two addresses stands here twice.</summary>
    public IReadOnlyList<BoundEndpoint> Endpoints => _endpoints;

    /// <summary>What it has done so far.</summary>
    public ServerTotals Totals => _counters.Snapshot(_connections.Count);

    /// <summary>Binds every endpoint and begins to serve.</summary>
    /// <param name="options">What, and how.</param>
    /// <param name="notice">Told of what a person should know and that is no failure. Called from any thread.</param>
    /// <param name="time">The clock of idle time-outs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">An endpoint could not be bound; none is served then.</exception>
    public static async Task<SocketServer> StartAsync(SocketServerOptions options, Action<ServerNotice>? notice = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count, nameof(options));
        var server = new SocketServer(options, notice, time ?? TimeProvider.System);
        try
        {
            // Everything is bound before anything is served: a client that was told of one endpoint may try the next at once.
            var serve = new List<Func<Task>>();
            foreach (ServedEndpoint served in options.Endpoints)
            {
                if (served.Endpoint.IsDatagram)
                    await server.BindDatagramsAsync(served, serve, cancellationToken).ConfigureAwait(false);
                else
                    await server.BindStreamAsync(served, serve, cancellationToken).ConfigureAwait(false);
            }

            foreach (Func<Task> loop in serve)
                server._loops.Add(loop());
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
    /// <param name="limit">How long connections may take.</param>
    /// <returns>How many connections had to be reset.</returns>
    public async Task<int> DrainAsync(TimeSpan limit)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (IAsyncDisposable socket in _sockets)
        {
            if (socket is IConnectionListener listener)
                await listener.UnbindAsync().ConfigureAwait(false);
        }

        foreach (ServedConnection connection in _connections.Values)
            connection.RequestClose("drain");

        using var deadline = new CancellationTokenSource(limit, _time);
        try
        {
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

    /// <summary>Stops at once: resets every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (IAsyncDisposable socket in _sockets)
            await socket.DisposeAsync().ConfigureAwait(false);
        foreach (ServedConnection connection in _connections.Values)
            connection.Context.Abort(new ConnectionAbortedException("The server stopped."));
        await Task.WhenAll(_loops).ConfigureAwait(false);
        await Task.WhenAll(_connections.Values.Select(connection => connection.Ended)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task BindStreamAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        if (endpoint.Scheme is SocketScheme.Ws or SocketScheme.Wss)
            throw new SocketFailure(SocketCall.Socket, new SystemError("EPROTONOSUPPORT", Errno.Number("EPROTONOSUPPORT"), "WebSocket endpoints are not served yet"), new FailureContext { Endpoint = endpoint.ToString(), Transport = endpoint.SchemeName });
        if (endpoint.IsSecure && _options.Tls is null)
            throw new ArgumentException($"{endpoint} needs a certificate.", nameof(served));

        ConnectionHandler handler = served.Service.Stream
            ?? new MessageStreamHandler(served.Service.Messages ?? throw new ArgumentException($"The service {served.Service.Name} has nothing for streams.", nameof(served)), _options.Framing, _counters);
        var transport = new ManagedTransport(_options.Transport with { Endpoint = endpoint.ToString() });
        List<IConnectionListener> listeners = await EndpointBinder.BindAsync(
            endpoint, address => transport.BindAsync(address, cancellationToken), listener => listener.EndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IConnectionListener listener in listeners)
        {
            _sockets.Add(listener);
            var bound = new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, listener.EndPoint), served.Service);
            _endpoints.Add(bound);
            serve.Add(() => AcceptAsync(listener, bound, handler));
        }
    }

    private async Task BindDatagramsAsync(ServedEndpoint served, List<Func<Task>> serve, CancellationToken cancellationToken)
    {
        SocketUri endpoint = served.Endpoint;
        ManagedTransportOptions options = _options.Transport with { Endpoint = endpoint.ToString() };
        List<IDatagramSocket> sockets = await EndpointBinder.BindAsync(
            endpoint, address => ValueTask.FromResult(ManagedDatagrams.Bind(address, options)), socket => socket.LocalEndPoint, Missing(endpoint), cancellationToken).ConfigureAwait(false);
        foreach (IDatagramSocket socket in sockets)
        {
            _sockets.Add(socket);
            _endpoints.Add(new BoundEndpoint(endpoint, SocketUri.FromEndPoint(endpoint.Scheme, socket.LocalEndPoint), served.Service));
            serve.Add(() => ServeDatagramsAsync(socket, served.Service));
        }
    }

    private Action<EndPoint, SocketFailure> Missing(SocketUri endpoint) =>
        (address, failure) => _notice?.Invoke(new ServerNotice("family-missing", SocketUri.FromEndPoint(endpoint.Scheme, address), failure));

    private async Task ServeDatagramsAsync(IDatagramSocket socket, SocketService service)
    {
        var rules = new DatagramRules
        {
            MaxDatagram = _options.MaxDatagram,
            Admits = _options.Limits.Admits,
            Own = [.. _sockets.OfType<IDatagramSocket>().Select(own => own.LocalEndPoint)],
        };
        IDatagramService loop = service.Datagrams
            ?? new DatagramMessageLoop(service.Messages ?? throw new InvalidOperationException($"The service {service.Name} has nothing for datagrams."), rules, _counters);
        try
        {
            await loop.ServeAsync(socket, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to end.
        }
        catch (ObjectDisposedException) when (_stopping.IsCancellationRequested)
        {
            // The socket went first.
        }
    }

    private async Task AcceptAsync(IConnectionListener listener, BoundEndpoint bound, ConnectionHandler handler)
    {
        bool paused = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                ConnectionContext? connection = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                if (connection is null)
                    return;
                if (paused)
                {
                    paused = false;
                    _notice?.Invoke(new ServerNotice("accept-resumed", bound.Actual, null));
                }

                await TakeAsync(connection, bound, handler).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketFailure failure)
            {
                // Out of descriptors or memory (accept(2)): those that are connected go on, those that wait stay in the backlog.
                if (!paused)
                    _notice?.Invoke(new ServerNotice("accept-paused", bound.Actual, failure));
                paused = true;
                await Task.WhenAny(Volatile.Read(ref _connectionEnded).Task, Task.Delay(AcceptBackOff, _time, _stopping.Token)).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask TakeAsync(ConnectionContext connection, BoundEndpoint bound, ConnectionHandler handler)
    {
        if (_admission.Enter(connection.RemoteEndPoint) is { } refusal)
        {
            _counters.Refused();
            SocketScope? scope = connection.Features.Get<ISoketConnectionFeature>()?.Scope;
            scope?.Failed(SocketCall.Accept, SocketScope.Now, new SocketFailure(
                SocketCall.Accept,
                SystemError.Own(refusal == "denied" ? "SOKET_DENIED" : "SOKET_LIMIT", refusal),
                new FailureContext { Endpoint = bound.Actual.ToString(), Local = connection.LocalEndPoint, Remote = connection.RemoteEndPoint, Facts = new Dictionary<string, string> { ["limit"] = refusal } }), refusal);
            connection.Abort(new ConnectionAbortedException(refusal));
            await connection.DisposeAsync().ConfigureAwait(false);
            return;
        }

        _counters.Accepted();
        var served = new ServedConnection(connection, _time.GetTimestamp());
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
                    await Middleware.Tls.TlsMiddleware.AuthenticateAsServerAsync(connection, _options.Tls!, _stopping.Token).ConfigureAwait(false);
                await handler.OnConnectedAsync(connection).ConfigureAwait(false);
                await LingerAsync(connection).ConfigureAwait(false);
            }
            finally
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Aborted by this end: an idle time-out, the drain.
        }
        catch (Exception e)
        {
            // A reset or a failed handshake was told by the transport; what nobody told is a fault of the service.
            _counters.Failed();
            if (SocketFailure.Find(e) is null)
            {
                served.Scope?.Failed(SocketCall.None, SocketScope.Now, new SocketFailure(
                    SocketCall.None, SystemError.Own("SOKET_SERVICE", e.Message), new FailureContext { Endpoint = bound.Actual.ToString(), Remote = connection.RemoteEndPoint }, e));
            }
        }
        finally
        {
            _admission.Leave(connection.RemoteEndPoint);
            _connections.TryRemove(id, out _);
            served.SetEnded();
            Interlocked.Exchange(ref _connectionEnded, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    /// <summary>Says that this end has finished, and reads on for a while so that closing is no reset.</summary>
    private async Task LingerAsync(ConnectionContext connection)
    {
        await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        deadline.CancelAfter(LingeringClose);
        try
        {
            long thrown = 0;
            while (thrown < LingeringBytes)
            {
                System.IO.Pipelines.ReadResult result = await connection.Transport.Input.ReadAsync(deadline.Token).ConfigureAwait(false);
                thrown += result.Buffer.Length;
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // Long enough.
        }
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
