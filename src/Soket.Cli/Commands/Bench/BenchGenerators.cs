using Soket.Bench;
using Soket.Linux.Bench;

namespace Soket.Cli.Commands.Bench;

/// <summary>Who can make the traffic, the fastest first.</summary>
internal static class BenchGenerators
{
    /// <summary>The one for a plan; null where none can do it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="managed">Whether .NET's own sockets were asked for.</param>
    public static ILoadGenerator? For(BenchPlan plan, bool managed) =>
        (OperatingSystem.IsLinux() ? LinuxLoadGenerators.All : [new PipeLoadGenerator()]).FirstOrDefault(generator => generator.Supports(plan) && !(managed && IsLoops(generator)));

    private static bool IsLoops(ILoadGenerator generator) => OperatingSystem.IsLinux() && generator is LoopLoadGenerator;
}
