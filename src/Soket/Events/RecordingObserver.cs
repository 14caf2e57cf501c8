using System.Buffers;

namespace Soket.Events;

/// <summary>An event that was kept.</summary>
/// <param name="Event">The event.</param>
/// <param name="Bytes">The first of the bytes it moved, a copy.</param>
/// <param name="Omitted">How many of the bytes it moved are not in <paramref name="Bytes"/>.</param>
public readonly record struct RecordedEvent(SocketEvent Event, ReadOnlyMemory<byte> Bytes, long Omitted);

/// <summary>Keeps the last events, each with the first of its bytes: for diagrams, reports and tests. Safe for use by any thread.</summary>
public sealed class RecordingObserver : ISocketObserver
{
    private readonly Lock _lock = new();
    private readonly Queue<RecordedEvent> _events = new(); // under the lock
    private readonly int _capacity;
    private readonly int _bytesPerEvent;
    private long _dropped; // under the lock

    /// <summary>Creates a recorder.</summary>
    /// <param name="capacity">How many events it keeps; 1 or more. The oldest goes first.</param>
    /// <param name="bytesPerEvent">How many of an event's bytes it keeps; 0 or more.</param>
    public RecordingObserver(int capacity = 4096, int bytesPerEvent = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerEvent);
        _capacity = capacity;
        _bytesPerEvent = bytesPerEvent;
    }

    /// <summary>How many events are no longer kept because newer ones came.</summary>
    public long Dropped
    {
        get
        {
            lock (_lock)
                return _dropped;
        }
    }

    /// <inheritdoc/>
    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte> kept = bytes.Length > _bytesPerEvent ? bytes.Slice(0, _bytesPerEvent) : bytes;
        var recorded = new RecordedEvent(e, kept.IsEmpty ? default : kept.ToArray(), bytes.Length - kept.Length);
        lock (_lock)
        {
            if (_events.Count == _capacity)
            {
                _events.Dequeue();
                _dropped++;
            }

            _events.Enqueue(recorded);
        }
    }

    /// <summary>What is kept now, in order.</summary>
    public IReadOnlyList<RecordedEvent> Snapshot()
    {
        lock (_lock)
            return _events.ToArray();
    }

    /// <summary>Forgets what is kept, and how much was dropped.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _events.Clear();
            _dropped = 0;
        }
    }
}
