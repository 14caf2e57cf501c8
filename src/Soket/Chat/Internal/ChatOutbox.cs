namespace Soket.Chat.Internal;

/// <summary>
/// What a client has to say, in order: messages with a count stay until they are accepted or refused, the others until they are sent. After a lost
/// connection, and after a refusal that passes, everything from there on is sent again. Any thread; one sender.
/// </summary>
internal sealed class ChatOutbox(int most) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Item> _items = [];          // under _lock
    private readonly SemaphoreSlim _room = new(most, most); // how many more may wait
    private readonly SemaphoreSlim _something = new(0);     // released whenever there may be something to send
    private LinkedListNode<Item>? _next;                    // under _lock; the first that is not sent on this connection
    private DateTime _notBefore;                            // under _lock
    private TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously); // under _lock
    private long _last;                                     // under _lock
    private bool _numbers = true;                           // under _lock

    internal sealed record Item(long Id, string Line, ChatRequest Request);

    public int Count
    {
        get
        {
            lock (_lock)
                return _items.Count;
        }
    }

    public async Task AddAsync(string line, string? room, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            Item item = Make(line, room);
            LinkedListNode<Item> node = _items.AddLast(item);
            _next ??= node;
            if (_empty.Task.IsCompleted)
                _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _something.Release();
    }

    public Task EmptyAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _items.Count == 0 ? Task.CompletedTask : _empty.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A connection begins: what was not accepted is to be sent on it.</summary>
    public void Begin(bool numbers)
    {
        lock (_lock)
            (_next, _numbers) = (_items.First, numbers);
        _something.Release();
    }

    /// <summary>Waits for what is to be sent next.</summary>
    public async Task<Item> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_lock)
            {
                wait = _notBefore - DateTime.UtcNow;
                if (_next is { } next && wait <= TimeSpan.Zero)
                {
                    _next = next.Next;
                    return next.Value;
                }
            }

            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            else
                await _something.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>It was sent.</summary>
    public void Sent(Item item)
    {
        lock (_lock)
        {
            if (item.Id == 0 || !_numbers)
                Remove(item);
        }
    }

    /// <summary>It was accepted, or refused for good.</summary>
    public void Done(long id)
    {
        lock (_lock)
        {
            if (_items.FirstOrDefault(item => item.Id == id && id > 0) is { } item)
                Remove(item);
        }
    }

    /// <summary>It was refused for now: it and all after it are sent again.</summary>
    public void Again(long id, TimeSpan after)
    {
        lock (_lock)
        {
            LinkedListNode<Item>? node = _items.First;
            while (node is not null && node.Value.Id != id)
                node = node.Next;
            if (node is null)
                return;
            _next = node;
            _notBefore = DateTime.UtcNow + after;
        }

        _something.Release();
    }

    public void Dispose()
    {
        _room.Dispose();
        _something.Dispose();
    }

    private void Remove(Item item)
    {
        LinkedListNode<Item>? node = _items.Find(item);
        if (node is null)
            return;
        if (_next == node)
            _next = node.Next;
        _items.Remove(node);
        _room.Release();
        if (_items.Count == 0)
            _empty.TrySetResult();
    }

    // What must not get lost has a count; commands that only ask have none.
    private Item Make(string line, string? room)
    {
        string[] words = line.Split(' ', 3);
        if (words is ["/msg", var to, var text])
            return new Item(++_last, line, new ChatWhisperRequest(to, text, _last));
        if (words is ["/me", _, ..])
            return new Item(++_last, line, new ChatSayRequest(room, line[4..], true, _last));
        if (line.StartsWith('/') && !line.StartsWith("//", StringComparison.Ordinal))
            return new Item(0, line, new ChatLineRequest(line));
        return new Item(++_last, line, new ChatSayRequest(room, line.StartsWith('/') ? line[1..] : line, false, _last));
    }
}
