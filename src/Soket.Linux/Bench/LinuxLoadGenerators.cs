using System.Runtime.Versioning;
using Soket.Bench;

namespace Soket.Linux.Bench;

/// <summary>The load generators of Linux, the fastest first.</summary>
[SupportedOSPlatform("linux")]
public static class LinuxLoadGenerators
{
    /// <summary>
    /// All of them: <see cref="LoopLoadGenerator"/> for what is plain, and <see cref="PipeLoadGenerator"/> for the rest, whose open loop keeps its times to some
    /// microseconds here.
    /// </summary>
    public static IReadOnlyList<ILoadGenerator> All { get; } = [new LoopLoadGenerator(), new PipeLoadGenerator(static ring => new PoolAlarm(ring), LinuxConnectFacts.Read)];
}
