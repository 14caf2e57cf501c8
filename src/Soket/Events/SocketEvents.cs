using System.Buffers;
using Soket.Explain;

namespace Soket.Events;

/// <summary>The event stream: numbers what sockets do and passes it to its observers. Safe for use by any thread.</summary>
/// <remarks>
/// <para>
/// Each observer sees every event, one at a time and in the order of <see cref="SocketEvent.Sequence"/>: numbering and telling happen under one
/// lock, so that a log reads in order, the states of a socket never run backwards, and a sink needs no lock against its own stream. That is why an
/// observer must not block: while it runs, no other socket of the stream can tell anything. With no observer nothing is locked and nothing is numbered.
/// </para>
/// <para>
/// The order says when calls were told, which is just after they ended. Calls of two threads that end together may be told in either order: a receive
/// may come before the send whose bytes it returned. <see cref="SocketEvent.Timestamp"/> and <see cref="SocketEvent.StreamOffset"/> say more.
/// </para>
/// </remarks>
public sealed class SocketEvents
{
    private readonly ISocketObserver[] _observers; // written once
    private ISocketObserver[] _watchers = [];      // replaced as a whole, under the gate
    private long _sequence;                        // under the gate
    private long _sockets;
    private long _calls;
    private long _observerFailures;                // written under the gate
    private Exception? _observerFailure;           // written once, under the gate

    /// <summary>Creates a stream.</summary>
    /// <param name="observers">Who looks.</param>
    public SocketEvents(params ReadOnlySpan<ISocketObserver> observers)
    {
        _observers = observers.ToArray();
        NeedsBytes = Array.Exists(_observers, static observer => observer.NeedsBytes);
    }

    /// <summary>Whether an observer looks at the bytes that calls move.</summary>
    public bool NeedsBytes { get; }

    /// <summary>
    /// How many times an observer threw. It must not; when it does all the same, the connection it watched and the other observers go on as if it had
    /// not, it is told the next event again, and this is counted.
    /// </summary>
    public long ObserverFailures => Interlocked.Read(ref _observerFailures);

    /// <summary>What the first observer that threw threw; null when none did.</summary>
    public Exception? FirstObserverFailure => Volatile.Read(ref _observerFailure);

    /// <summary>Held while a state is concluded and told. An observer that makes events of its own enters it again on the same thread.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Starts telling about one socket.</summary>
    /// <param name="role">The part it plays.</param>
    /// <param name="transport">What carries it: <c>tcp</c> ...</param>
    /// <param name="parent">The listener that accepted it, if one did; for <c>tls</c> the connection it stands on.</param>
    public SocketScope Open(SocketRole role, string transport, SocketScope? parent = null) =>
        new(this, Interlocked.Increment(ref _sockets), role, transport, parent?.Id ?? 0);

    /// <summary>Has one more look at the events, until what is returned is disposed of: for who measures what it does itself. It must need no bytes.</summary>
    internal IDisposable Watch(ISocketObserver watcher)
    {
        lock (Gate)
            Volatile.Write(ref _watchers, [.. _watchers, watcher]);
        return new Watching(this, watcher);
    }

    /// <summary>Whether somebody who measures looks.</summary>
    internal bool IsWatched => Volatile.Read(ref _watchers).Length > 0;

    internal long NextCall() => Interlocked.Increment(ref _calls);

    internal void Publish(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (_observers.Length == 0 && Volatile.Read(ref _watchers).Length == 0)
            return;

        lock (Gate)
        {
            SocketEvent numbered = e with { Sequence = ++_sequence };
            Tell(_observers, in numbered, in bytes);
            Tell(_watchers, in numbered, in bytes);
        }
    }

    private void Tell(ISocketObserver[] observers, in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        foreach (ISocketObserver observer in observers)
        {
            try
            {
                observer.On(in e, in bytes);
            }
            catch (Exception failure)
            {
                Interlocked.Increment(ref _observerFailures);
                _observerFailure ??= failure;
            }
        }
    }

    private sealed class Watching(SocketEvents events, ISocketObserver watcher) : IDisposable
    {
        public void Dispose()
        {
            lock (events.Gate)
                Volatile.Write(ref events._watchers, [.. events._watchers.Where(other => !ReferenceEquals(other, watcher))]);
        }
    }
}
