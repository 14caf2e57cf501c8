using System.Buffers;
using System.Net;
using Soket.Explain;

namespace Soket.Relay;

/// <summary>Is told what a relay does. Called from any thread, several at a time; it must neither block nor throw.</summary>
public interface IRelayObserver
{
    /// <summary>Whether it looks at what passes. Where nobody does, bytes may pass without <see cref="DataAsync"/> being called for them.</summary>
    bool NeedsData => true;

    /// <summary>A client is joined to the target.</summary>
    /// <param name="session">The session.</param>
    void Connected(RelaySession session);

    /// <summary>The target could not be connected to, and the client is reset; or, once a session, it refuses its datagrams.</summary>
    /// <param name="session">The session.</param>
    /// <param name="failure">Why.</param>
    void NotConnected(RelaySession session, SocketFailure failure);

    /// <summary>Bytes on their way, in order within a direction, which goes on when this has ended: nothing is dropped for a slow observer.</summary>
    /// <param name="session">The session.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">The bytes, lent until then; a datagram or a WebSocket message is one call.</param>
    ValueTask DataAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes);

    /// <summary>It is over.</summary>
    /// <param name="session">The session.</param>
    /// <param name="end">How.</param>
    void Closed(RelaySession session, RelayEnd end);

    /// <summary>A datagram was not handed on; told when sender or reason differ from those of the last one; <see cref="RelayTotals.Dropped"/> counts them all.</summary>
    /// <param name="client">The sender.</param>
    /// <param name="reason">A stable key: <c>denied</c>, <c>max-sessions</c>, <c>too-fast</c>, <c>too-long</c>.</param>
    void Dropped(EndPoint? client, string reason);
}
