using System.Collections.Concurrent;

namespace Soket.Chat.Internal;

/// <summary>
/// Wakes those who wait to be told something, one after the other on one thread of the pool: a room of a hundred is not told by a hundred threads' turns. Where
/// many wait, more threads take part.
/// </summary>
internal sealed class ChatPump : IThreadPoolWorkItem
{
    private const int Share = 128; // as many as one thread does before another one is asked

    private readonly ConcurrentQueue<ChatSignal> _woken = new();
    private int _waiting;
    private int _running;

    /// <summary>Has somebody woken.</summary>
    public void Add(ChatSignal signal)
    {
        _woken.Enqueue(signal);
        int wanted = 1 + (Interlocked.Increment(ref _waiting) / Share);
        int running = Volatile.Read(ref _running);
        if (running < Math.Min(wanted, Environment.ProcessorCount) && Interlocked.CompareExchange(ref _running, running + 1, running) == running)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        do
        {
            while (_woken.TryDequeue(out ChatSignal? signal))
            {
                Interlocked.Decrement(ref _waiting);
                signal.Wake();
            }

            Interlocked.Decrement(ref _running);
        }
        while (!_woken.IsEmpty && Interlocked.CompareExchange(ref _running, 1, 0) == 0); // whoever came in between saw this one at work
    }
}
