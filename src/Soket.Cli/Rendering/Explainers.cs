using Soket.Explain;
using Soket.Linux;

namespace Soket.Cli.Rendering;

/// <summary>The explainer of this machine: it looks with what the platform offers.</summary>
internal static class Explainers
{
    public static Explainer Here { get; } = new(OperatingSystem.IsLinux() ? new LinuxSystemFacts() : new PortableSystemFacts());
}
