using System.Diagnostics;

namespace Soket.RabbitMq.Internal;

/// <summary>The records that were sent on one channel and are not confirmed. A confirmation may be for all up to a number (RabbitMQ's publisher confirms). Any thread.</summary>
internal sealed class Flight(Waiting waiting, int most) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<Sent> _sent = new();             // under _lock; by number
    private readonly SemaphoreSlim _room = new(most, most);

    private sealed class Sent(ulong number, LinkedListNode<WaitingRecord> record)
    {
        public ulong Number { get; } = number;

        public LinkedListNode<WaitingRecord> Record { get; } = record;

        public long At { get; } = Stopwatch.GetTimestamp();

        public bool IsDone { get; set; }
    }

    /// <summary>How long the oldest waits.</summary>
    public TimeSpan Oldest
    {
        get
        {
            lock (_lock)
                return _sent.TryPeek(out Sent? oldest) ? Stopwatch.GetElapsedTime(oldest.At) : TimeSpan.Zero;
        }
    }

    public Task RoomAsync(CancellationToken cancellationToken) => _room.WaitAsync(cancellationToken);

    public void Add(ulong number, LinkedListNode<WaitingRecord> record)
    {
        lock (_lock)
            _sent.Enqueue(new Sent(number, record));
    }

    /// <summary>The broker has it, and with <paramref name="upTo"/> all before it.</summary>
    public void Confirm(ulong number, bool upTo)
    {
        int done = 0;
        lock (_lock)
        {
            foreach (Sent sent in _sent)
            {
                if (sent.Number > number)
                    break;
                if (!upTo && sent.Number != number)
                    continue;
                sent.IsDone = true;
                waiting.Done(sent.Record);
            }

            while (_sent.TryPeek(out Sent? first) && first.IsDone)
            {
                _sent.Dequeue();
                done++;
            }
        }

        if (done > 0)
            _room.Release(done);
    }

    public void Dispose() => _room.Dispose();
}
