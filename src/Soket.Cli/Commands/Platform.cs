using Soket.Linux;
using Soket.Options;
using Soket.Programs;
using Soket.SocketTable;

namespace Soket.Cli.Commands;

/// <summary>What this platform's own assembly supplies.</summary>
internal static class Platform
{
    /// <summary>The system's own bind and setsockopt; null where .NET's do.</summary>
    public static INativeSockets? Sockets { get; } = OperatingSystem.IsLinux() ? new LinuxSockets() : null;

    /// <summary>Starts programs.</summary>
    public static IProgramStarter Programs { get; } = OperatingSystem.IsLinux() ? new LinuxPrograms() : new ManagedPrograms();

    /// <summary>The system's table of sockets.</summary>
    /// <param name="networkNamespace">Linux: another network namespace than this process's.</param>
    public static ISocketTable SocketTable(string? networkNamespace = null) => OperatingSystem.IsLinux() ? new LinuxSocketTable(networkNamespace) : new PortableSocketTable();
}
