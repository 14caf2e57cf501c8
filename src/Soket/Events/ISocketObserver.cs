using System.Buffers;

namespace Soket.Events;

/// <summary>Sees what sockets do.</summary>
public interface ISocketObserver
{
    /// <summary>Whether it looks at the bytes that calls move. Where nobody does, bytes may pass without being seen: events then tell how many.</summary>
    bool NeedsBytes => true;

    /// <summary>
    /// Called for each event, one at a time and in order, on the thread that made the call. It must neither block nor throw: a sink that is slow
    /// keeps a bounded queue and counts what it drops. What it throws is counted (<see cref="SocketEvents.ObserverFailures"/>) and goes no further.
    /// </summary>
    /// <param name="e">The event.</param>
    /// <param name="bytes">The bytes the call moved, lent for the time of the call only; empty when it moved none or they are not at hand.</param>
    void On(in SocketEvent e, in ReadOnlySequence<byte> bytes);
}
