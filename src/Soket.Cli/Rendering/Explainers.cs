using Soket.Explain;
using Soket.Linux;
using Soket.SocketTable;

namespace Soket.Cli.Rendering;

/// <summary>The explainer of this machine: it looks with what the platform offers.</summary>
internal static class Explainers
{
    /// <summary>What can be asked of this machine.</summary>
    public static ISystemFacts Facts { get; } = OperatingSystem.IsLinux() ? new LinuxSystemFacts() : OperatingSystem.IsWindows() ? new WindowsSystemFacts() : new PortableSystemFacts();

    public static Explainer Here { get; } = new(Facts);
}
