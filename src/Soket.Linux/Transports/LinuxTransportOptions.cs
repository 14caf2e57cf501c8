using Soket.Linux.Engine;
using Soket.Transports;

namespace Soket.Linux.Transports;

/// <summary>How a <see cref="LinuxTransport"/> carries connections.</summary>
public sealed record LinuxTransportOptions
{
    /// <summary>How its sockets are made; <see cref="ManagedTransportOptions.Native"/> is not needed here.</summary>
    public ManagedTransportOptions Sockets { get; init; } = new();

    /// <summary>The loops its connections live on; null uses <see cref="LoopGroup.Default"/>. They are not disposed of with the transport.</summary>
    public LoopGroup? Loops { get; init; }

    /// <summary>
    /// Whether whoever waits for bytes, or for room, goes on upon the loop's own thread, at once, instead of upon the thread pool. It saves a hop between threads a
    /// message, and it is dangerous: while such code runs, no other connection of its loop is served, and code that blocks (a lock, <c>Task.Wait</c>, a file, a
    /// long computation) stops all of them, for ever where it waits for one of them. Only for code that never blocks. Off unless asked for.
    /// </summary>
    public bool InlineScheduling { get; init; }
}
