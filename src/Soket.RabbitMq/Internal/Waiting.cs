namespace Soket.RabbitMq.Internal;

/// <summary>
/// Records until the broker has confirmed them and they have come back out of their log, in the order they came. What has not come back is sent again on each
/// connection, confirmed or not: a confirmation is worth no more than the log that it was given for, which may be lost. Bounded. Any thread; one sender.
/// </summary>
internal sealed class Waiting(int most, long mostBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingRecord> _records = [];   // under _lock; not confirmed
    private readonly Dictionary<string, UnreadRecords> _unread = new(StringComparer.Ordinal); // under _lock; by log, not come back
    private readonly SemaphoreSlim _something = new(0, 1);      // one place: whether there is something, not how much
    private LinkedListNode<WaitingRecord>? _next;               // under _lock; the first that is not sent on this connection
    private int _count;                                         // under _lock; not confirmed, or not come back
    private long _bytes;                                        // under _lock; theirs
    private TaskCompletionSource? _empty;                       // under _lock

    public bool TryAdd(string log, ReadOnlyMemory<byte> bytes)
    {
        var record = new WaitingRecord(log, bytes);
        lock (_lock)
        {
            if (_count >= most || _bytes + bytes.Length > mostBytes)
                return false;
            LinkedListNode<WaitingRecord> node = _records.AddLast(record);
            _next ??= node;
            _count++;
            _bytes += bytes.Length;
            if (!_unread.TryGetValue(log, out UnreadRecords? unread))
                _unread[log] = unread = new UnreadRecords();
            unread.Add(record);
        }

        Signal();
        return true;
    }

    /// <summary>A connection begins: everything is to be sent.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            foreach (UnreadRecords unread in _unread.Values)
                PutBack(unread);
            _next = _records.First;
        }

        Signal();
    }

    /// <summary>Waits for what is to be sent next.</summary>
    public async Task<LinkedListNode<WaitingRecord>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_next is { } next)
                {
                    _next = next.Next;
                    return next;
                }
            }

            await _something.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The broker has it.</summary>
    public void Done(LinkedListNode<WaitingRecord> node)
    {
        lock (_lock)
        {
            if (node.List is null)
                return;
            Settle(node);
        }
    }

    /// <summary>A record has come out of a log, whoever's it is.</summary>
    public void Read(string log, UInt128 key)
    {
        lock (_lock)
        {
            foreach (WaitingRecord record in _unread.GetValueOrDefault(log)?.TakeTo(key) ?? [])
            {
                record.IsRead = true;
                Settle(record);
            }
        }
    }

    /// <summary>A log is lost, and begins again: what it was given and did not give back is sent again, before anything else. What it gave back has been told.</summary>
    public void Again(string log)
    {
        lock (_lock)
        {
            for (LinkedListNode<WaitingRecord>? node = _records.First; node is not null;)
            {
                LinkedListNode<WaitingRecord>? after = node.Next;
                if (node.Value.IsRead && node.Value.Log == log)
                    Settle(node);
                node = after;
            }

            if (_unread.TryGetValue(log, out UnreadRecords? unread))
                PutBack(unread);
            _next = _records.First;
        }

        Signal();
    }

    /// <summary>Waits until the broker has everything.</summary>
    public Task EmptyAsync()
    {
        lock (_lock)
            return _records.Count == 0 ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    public void Dispose() => _something.Dispose();

    private void PutBack(UnreadRecords unread)
    {
        foreach (WaitingRecord record in unread.All.Reverse().Where(record => record.IsConfirmed))
        {
            record.IsConfirmed = false;
            _records.AddFirst(record);
        }
    }

    // It is not to be sent any more.
    private void Settle(LinkedListNode<WaitingRecord> node)
    {
        if (_next == node)
            _next = node.Next;
        _records.Remove(node);
        node.Value.IsConfirmed = true;
        Settle(node.Value);
        if (_records.Count == 0)
            _empty?.TrySetResult();
    }

    private void Settle(WaitingRecord record)
    {
        if (!record.IsConfirmed || !record.IsRead)
            return;
        _count--;
        _bytes -= record.Bytes.Length;
    }

    private void Signal()
    {
        try
        {
            _something.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was signalled already.
        }
        catch (ObjectDisposedException)
        {
            // It is over.
        }
    }
}
