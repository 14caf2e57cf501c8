using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>A connection that waits to be accepted.</summary>
internal sealed record MemoryOffer(MemoryLink Link, EndPoint Peer);

/// <summary>The welcoming end of an in-memory transport.</summary>
internal sealed class MemoryListener(MemoryNetwork network, EndPoint endpoint, SocketScope? scope, ManagedTransportOptions options) : IConnectionListener
{
    private readonly Channel<MemoryOffer> _backlog = Channel.CreateBounded<MemoryOffer>(options.Backlog);
    private int _closed;

    public EndPoint EndPoint => endpoint;

    /// <summary>Queues a connection, as connect(2) does; false when the listener has gone.</summary>
    public async ValueTask<bool> OfferAsync(MemoryOffer offer, CancellationToken cancellationToken)
    {
        try
        {
            await _backlog.Writer.WriteAsync(offer, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        long started = SocketScope.Now;
        MemoryOffer offer;
        try
        {
            offer = await _backlog.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return null;
        }

        SocketScope? accepted = options.Events?.Open(SocketRole.Server, MemoryConnection.TransportName, scope);
        accepted?.Local = endpoint;
        accepted?.Remote = offer.Peer;
        accepted?.Called(SocketCall.Accept, started);
        return new MemoryConnection(offer.Link, accepted, endpoint, offer.Peer, options);
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            long started = SocketScope.Now;
            network.Remove(this);
            _backlog.Writer.Complete();

            // What the system does with connections nobody accepted: they are reset.
            while (_backlog.Reader.TryRead(out MemoryOffer? offer))
                offer.Link.Reset();
            scope?.Called(SocketCall.Close, started);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
