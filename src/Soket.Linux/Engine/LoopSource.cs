using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>Something a loop watches: a descriptor, what is told when it is ready, and at most one timer.</summary>
[SupportedOSPlatform("linux")]
public abstract class LoopSource
{
    private EventLoop? _loop; // written once, before any thread but its writer's can see the source

    internal LoopSource()
    {
    }

    /// <summary>The loop on whose thread it is called.</summary>
    /// <exception cref="InvalidOperationException">It was not given to a loop yet.</exception>
    public EventLoop Loop => _loop ?? throw new InvalidOperationException("No loop has it yet.");

    /// <summary>The loop, or null before there is one.</summary>
    internal EventLoop? LoopOrNull => _loop;

    /// <summary>Its descriptor; -1 when it has none yet, or none any more. Loop's thread only.</summary>
    internal int Descriptor { get; set; } = -1;

    /// <summary>Its place in the loop's table; -1 when it has none. Loop's thread only.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>The descriptor is ready.</summary>
    /// <param name="events">EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP.</param>
    internal abstract void OnReady(uint events);

    /// <summary>The time set for it has come.</summary>
    internal abstract void OnTimer();

    /// <summary>The loop ends: the descriptor is to be closed now.</summary>
    internal abstract void OnLoopEnded();

    /// <summary>Gives it to a loop, for good.</summary>
    /// <exception cref="InvalidOperationException">Another loop has it, or had it: a source is used once.</exception>
    internal void Attach(EventLoop loop)
    {
        if (Interlocked.CompareExchange(ref _loop, loop, null) is not null)
            throw new InvalidOperationException("A loop has it already.");
    }
}
