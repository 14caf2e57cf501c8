using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>Something another thread wants done on the loop: bytes to be sent, or a call to be made.</summary>
[SupportedOSPlatform("linux")]
internal readonly record struct LoopWork(Action<object?>? Action, object? State, byte[]? Buffer, int Length, bool Waits)
{
    public void Run()
    {
        if (Buffer is not null)
            ((LoopStream)State!).SendPosted(Buffer, Length, Waits);
        else
            Action!(State);
    }
}

/// <summary>
/// What other threads want of a loop, in the order they asked. Two lists that change places: the loop takes a whole batch at once, and only the first of a batch
/// wakes it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopQueue(EventLoop loop)
{
    private readonly Lock _lock = new();
    private List<LoopWork> _waiting = []; // under _lock
    private List<LoopWork> _taken = [];   // loop's thread only
    private bool _closed;                 // under _lock

    /// <summary>Adds one; any thread. False: the loop has ended.</summary>
    public bool Add(in LoopWork work)
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            _waiting.Add(work);
            if (_waiting.Count == 1)
                loop.Wake(); // under the lock: once it is closed, the descriptor may be somebody else's
            return true;
        }
    }

    /// <summary>Takes those that wait, until it is called again. Loop's thread only, after the signal was cleared: what is added from now on raises it again.</summary>
    public ReadOnlySpan<LoopWork> Take()
    {
        _taken.Clear();
        if (_taken.Capacity > 4096)
            _taken = []; // a burst is over; its memory need not stay
        lock (_lock)
            (_waiting, _taken) = (_taken, _waiting);
        return CollectionsMarshal.AsSpan(_taken);
    }

    /// <summary>Takes no more. Loop's thread only.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }
}
