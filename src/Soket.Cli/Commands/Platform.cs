using Soket.Linux;
using Soket.Options;
using Soket.Programs;

namespace Soket.Cli.Commands;

/// <summary>What this platform's own assembly supplies.</summary>
internal static class Platform
{
    /// <summary>The system's own bind and setsockopt; null where .NET's do.</summary>
    public static INativeSockets? Sockets { get; } = OperatingSystem.IsLinux() ? new LinuxSockets() : null;

    /// <summary>Starts programs.</summary>
    public static IProgramStarter Programs { get; } = OperatingSystem.IsLinux() ? new LinuxPrograms() : new ManagedPrograms();
}
