using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>Says in a few lines what a server serves.</summary>
/// <example><code>
/// await using SocketServer server = await new SocketServerBuilder()
///     .Listen("tcp://localhost:8080", new EchoService())
///     .StartAsync();
/// </code></example>
public sealed class SocketServerBuilder
{
    private readonly List<ServedEndpoint> _endpoints = [];
    private readonly List<ISocketObserver> _observers = [];
    private Framing _framing = new ChunkFraming(64 * 1024);
    private ServerLimits _limits = new();
    private ManagedTransportOptions _transport = new();
    private TlsServerSettings? _tls;
    private WebSocketServerSettings _webSocket = new();
    private int _maxDatagram = 65_535;
    private Action<SocketServer>? _started;
    private Action<ServerNotice>? _notice;
    private TimeProvider? _time;

    internal TimeSpan DrainLimit { get; private set; } = TimeSpan.FromSeconds(10);

    /// <summary>Serves a service on an endpoint.</summary>
    /// <param name="endpoint">The endpoint, as <see cref="SocketUri"/> reads it.</param>
    /// <param name="service">What answers there.</param>
    /// <exception cref="FormatException">It is no endpoint.</exception>
    public SocketServerBuilder Listen(string endpoint, SocketService service)
    {
        _endpoints.Add(new ServedEndpoint(SocketUri.Parse(endpoint), service));
        return this;
    }

    /// <summary>Serves a message service on an endpoint.</summary>
    /// <inheritdoc cref="Listen(string, SocketService)"/>
    public SocketServerBuilder Listen(string endpoint, IMessageService service) =>
        Listen(endpoint, new SocketService { Name = service.GetType().Name, Messages = service });

    /// <summary>Serves connections with a handler of ASP.NET's kind.</summary>
    /// <inheritdoc cref="Listen(string, SocketService)"/>
    public SocketServerBuilder Listen(string endpoint, ConnectionHandler service) =>
        Listen(endpoint, new SocketService { Name = service.GetType().Name, Stream = service });

    /// <summary>How messages are cut from streams; <see cref="ChunkFraming"/> when not said.</summary>
    public SocketServerBuilder WithFraming(Framing framing)
    {
        _framing = framing;
        return this;
    }

    /// <summary>What the server takes on.</summary>
    public SocketServerBuilder WithLimits(ServerLimits limits)
    {
        _limits = limits;
        return this;
    }

    /// <summary>How its sockets are made.</summary>
    public SocketServerBuilder WithTransport(ManagedTransportOptions transport)
    {
        _transport = transport;
        return this;
    }

    /// <summary>How it speaks TLS.</summary>
    public SocketServerBuilder WithTls(TlsServerSettings tls)
    {
        _tls = tls;
        return this;
    }

    /// <summary>How it speaks WebSocket.</summary>
    public SocketServerBuilder WithWebSocket(WebSocketServerSettings webSocket)
    {
        _webSocket = webSocket;
        return this;
    }

    /// <summary>Lets somebody see what the sockets do.</summary>
    public SocketServerBuilder Observe(ISocketObserver observer)
    {
        _observers.Add(observer);
        return this;
    }

    /// <summary>The longest datagram taken, bytes, 1 to 65,535.</summary>
    public SocketServerBuilder WithMaxDatagram(int bytes)
    {
        _maxDatagram = bytes;
        return this;
    }

    /// <summary>How long the drain may take when the application stops.</summary>
    public SocketServerBuilder WithDrainLimit(TimeSpan limit)
    {
        DrainLimit = limit;
        return this;
    }

    /// <summary>Told once every endpoint is bound and served: where port 0 came to, for one.</summary>
    public SocketServerBuilder OnStarted(Action<SocketServer> started)
    {
        _started += started;
        return this;
    }

    /// <summary>Told of what a person should know and that is no failure. Called from any thread; it must neither block nor throw.</summary>
    public SocketServerBuilder OnNotice(Action<ServerNotice> notice)
    {
        _notice += notice;
        return this;
    }

    /// <summary>The clock of idle time-outs and of the drain; the system's when not said.</summary>
    public SocketServerBuilder WithTime(TimeProvider time)
    {
        _time = time;
        return this;
    }

    /// <summary>What has been said, as options.</summary>
    /// <exception cref="InvalidOperationException">Observers were added, and the transport tells its events to somebody else.</exception>
    public SocketServerOptions Build() => new()
    {
        Endpoints = [.. _endpoints],
        Framing = _framing,
        Limits = _limits,
        Tls = _tls,
        WebSocket = _webSocket,
        Transport = _observers.Count == 0 ? _transport
            : _transport.Events is null ? _transport with { Events = new SocketEvents([.. _observers]) }
            : throw new InvalidOperationException("The transport has an event stream of its own: add the observers there."),
        MaxDatagram = _maxDatagram,
        DrainLimit = DrainLimit,
    };

    /// <summary>Binds and begins to serve.</summary>
    /// <inheritdoc cref="SocketServer.StartAsync"/>
    public async Task<SocketServer> StartAsync(CancellationToken cancellationToken = default)
    {
        SocketServer server = await SocketServer.StartAsync(Build(), _notice, _time, cancellationToken).ConfigureAwait(false);
        _started?.Invoke(server);
        return server;
    }
}
