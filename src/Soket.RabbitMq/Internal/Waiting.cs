namespace Soket.RabbitMq.Internal;

/// <summary>A record on its way to a log.</summary>
internal sealed record WaitingRecord(string Log, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Records that the broker has not confirmed, in the order they came: on each connection all of them are sent again from the first on. Bounded. Any thread; one
/// sender.
/// </summary>
internal sealed class Waiting(int most, long mostBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingRecord> _records = [];   // under _lock
    private readonly SemaphoreSlim _something = new(0, 1);      // one place: whether there is something, not how much
    private LinkedListNode<WaitingRecord>? _next;               // under _lock; the first that is not sent on this connection
    private long _bytes;                                        // under _lock
    private TaskCompletionSource? _empty;                       // under _lock

    public bool TryAdd(string log, ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_records.Count >= most || _bytes + bytes.Length > mostBytes)
                return false;
            LinkedListNode<WaitingRecord> node = _records.AddLast(new WaitingRecord(log, bytes));
            _next ??= node;
            _bytes += bytes.Length;
        }

        Signal();
        return true;
    }

    /// <summary>A connection begins: everything is to be sent.</summary>
    public void Begin()
    {
        lock (_lock)
            _next = _records.First;
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
            if (_next == node)
                _next = node.Next;
            _records.Remove(node);
            _bytes -= node.Value.Bytes.Length;
            if (_records.Count == 0)
                _empty?.TrySetResult();
        }
    }

    /// <summary>Waits until the broker has everything.</summary>
    public Task EmptyAsync()
    {
        lock (_lock)
            return _records.Count == 0 ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    public void Dispose() => _something.Dispose();

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
