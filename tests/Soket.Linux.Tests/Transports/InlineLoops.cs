using Soket.Linux.Engine;

namespace Soket.Linux.Tests.Transports;

/// <summary>Loops of their own for tests that go on inline: a test that keeps one of them busy keeps no other class waiting.</summary>
internal static class InlineLoops
{
    public static LoopGroup Group { get; } = new(new LoopGroupOptions { Loops = 2 });

    /// <summary>Ends upon the thread pool, wherever it was called.</summary>
    public static async Task LeaveAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
