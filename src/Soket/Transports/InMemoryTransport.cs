using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports.Internal;

namespace Soket.Transports;

/// <summary>A place of an <see cref="InMemoryTransport"/>: a name, and a port so that 0 can ask for a free one.</summary>
/// <param name="Name">The name; compared exactly.</param>
/// <param name="Port">The port, 0 to 65535.</param>
public sealed record MemoryAddress(string Name, int Port);

/// <summary>The end point of a <see cref="MemoryAddress"/>.</summary>
/// <param name="name">The name; compared exactly.</param>
/// <param name="port">The port; 0 asks for a free one when listening.</param>
public sealed class MemoryEndPoint(string name, int port = 0) : EndPoint, IEquatable<MemoryEndPoint>
{
    /// <summary>Its name and port.</summary>
    public MemoryAddress Address { get; } = new(name, port);

    /// <inheritdoc/>
    public bool Equals(MemoryEndPoint? other) => Address == other?.Address;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MemoryEndPoint);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"{Address.Name}:{Address.Port}";
}

/// <summary>
/// Connections within the process, over pipes: for tests, and for a service used by its own process. Closing, failing and telling are those of
/// sockets.
/// </summary>
/// <remarks>
/// Listeners and connectors find each other within one instance and whatever <see cref="With"/> made of it. Any <see cref="EndPoint"/> is an
/// address, compared by equality; port 0 of an <see cref="IPEndPoint"/> or a <see cref="MemoryEndPoint"/> gives a free one. Of the options, those
/// that belong to kernel sockets (<see cref="ManagedTransportOptions.Options"/>) have no effect.
/// </remarks>
public sealed class InMemoryTransport : ITransport
{
    private readonly ManagedTransportOptions _options;
    private readonly MemoryNetwork _network;

    /// <summary>Creates a transport with an address space of its own.</summary>
    /// <param name="options">Backlog, receive size, source, events.</param>
    public InMemoryTransport(ManagedTransportOptions? options = null)
        : this(options ?? new(), new MemoryNetwork())
    {
    }

    private InMemoryTransport(ManagedTransportOptions options, MemoryNetwork network)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Backlog, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReceiveSize, 1, nameof(options));
        _options = options;
        _network = network;
    }

    /// <inheritdoc/>
    public string Name => "memory";

    /// <summary>The same address space with other options: another event stream for the other end, say.</summary>
    /// <param name="options">The options.</param>
    public InMemoryTransport With(ManagedTransportOptions options) => new(options, _network);

    /// <inheritdoc/>
    public TransportSupport Probe() => new(true, "");

    /// <summary>Listens.</summary>
    /// <param name="endpoint">Any end point; port 0 gives a free one.</param>
    /// <param name="cancellationToken">Not used: binding does not wait.</param>
    /// <exception cref="SocketFailure">The address is in use.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        SocketScope? scope = _options.Events?.Open(SocketRole.Listener, MemoryConnection.TransportName);
        scope?.Called(SocketCall.Socket, SocketScope.Now, value: MemoryConnection.TransportName);
        long started = SocketScope.Now;
        MemoryListener? listener = _network.Listen(endpoint, address => new MemoryListener(_network, address, scope, _options));
        if (listener is null)
        {
            var failure = SocketFailure.From(SocketCall.Bind, new SocketException((int)SocketError.AddressAlreadyInUse), Context(local: endpoint));
            scope?.Failed(SocketCall.Bind, started, failure);
            throw failure;
        }

        scope?.Local = listener.EndPoint;
        scope?.Called(SocketCall.Bind, started);
        scope?.Called(SocketCall.Listen, started, value: $"backlog {_options.Backlog}");
        return ValueTask.FromResult<IConnectionListener>(listener);
    }

    /// <summary>Connects to a listener of the same address space; waits while its queue is full.</summary>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">Nobody listens there (ECONNREFUSED).</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SocketScope? scope = _options.Events?.Open(SocketRole.Client, MemoryConnection.TransportName);
        scope?.Called(SocketCall.Socket, SocketScope.Now, value: MemoryConnection.TransportName);
        long started = SocketScope.Now;
        EndPoint local = _options.Source ?? _network.OwnAddress(endpoint);
        scope?.Local = local;
        scope?.Remote = endpoint;

        (MemoryLink mine, MemoryLink theirs) = MemoryLink.Pair();
        try
        {
            if (_network.Find(endpoint) is not { } listener || !await listener.OfferAsync(new MemoryOffer(theirs, local), cancellationToken).ConfigureAwait(false))
            {
                var failure = SocketFailure.From(SocketCall.Connect, new SocketException((int)SocketError.ConnectionRefused), Context(remote: endpoint));
                scope?.Failed(SocketCall.Connect, started, failure);
                throw failure;
            }
        }
        catch (OperationCanceledException)
        {
            scope?.Called(SocketCall.Close, SocketScope.Now, "given-up");
            throw;
        }

        scope?.Called(SocketCall.Connect, started);
        return new MemoryConnection(mine, scope, local, endpoint, _options);
    }

    private FailureContext Context(EndPoint? local = null, EndPoint? remote = null) =>
        new() { Endpoint = _options.Endpoint, Local = local, Remote = remote, Transport = MemoryConnection.TransportName };
}
