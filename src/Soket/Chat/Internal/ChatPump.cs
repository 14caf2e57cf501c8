using System.Collections.Concurrent;

namespace Soket.Chat.Internal;

/// <summary>
/// Wakes those who wait to be told something, one after the other on one thread: a room of a hundred is not told by a hundred threads' turns. Whose words they are
/// has it done on his own thread, when he has done what he is at; otherwise a thread of the pool does it. Where many wait, more threads take part.
/// </summary>
internal sealed class ChatPump : IThreadPoolWorkItem
{
    private const int Share = 128; // as many as one thread does before another one is asked

    [ThreadStatic]
    private static ChatPump? t_held; // this thread wakes by itself whom it has woken

    private readonly ConcurrentQueue<ChatSignal> _woken = new();
    private int _waiting;
    private int _running;

    /// <summary>From here on this thread collects whom it has woken, and wakes them when what is returned is disposed of. It must not wait in between.</summary>
    public Held Hold()
    {
        t_held = this;
        return new Held(this);
    }

    /// <summary>Has somebody woken.</summary>
    public void Add(ChatSignal signal)
    {
        _woken.Enqueue(signal);
        int wanted = (Interlocked.Increment(ref _waiting) / Share) + (t_held == this ? 0 : 1);
        int running = Volatile.Read(ref _running);
        if (running < Math.Min(wanted, Environment.ProcessorCount) && Interlocked.CompareExchange(ref _running, running + 1, running) == running)
            GoOn();
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

    private void GoOn() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    // No more than its share: the thread has other work, which waits.
    private void Release()
    {
        t_held = null;
        if (_woken.IsEmpty)
            return;
        Interlocked.Increment(ref _running);
        for (int i = 0; i < Share && _woken.TryDequeue(out ChatSignal? signal); i++)
        {
            Interlocked.Decrement(ref _waiting);
            signal.Wake();
        }

        Interlocked.Decrement(ref _running);
        if (!_woken.IsEmpty && Interlocked.CompareExchange(ref _running, 1, 0) == 0)
            GoOn();
    }

    /// <summary>As long as a thread collects.</summary>
    public readonly struct Held(ChatPump pump) : IDisposable
    {
        /// <summary>Wakes whom it has collected.</summary>
        public void Dispose() => pump.Release();
    }
}
