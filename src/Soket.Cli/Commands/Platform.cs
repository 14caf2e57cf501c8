using System.Net;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Languages;
using Soket.Linux;
using Soket.Linux.Capture;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Programs;
using Soket.SocketTable;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary>What this platform's own assembly supplies.</summary>
internal static class Platform
{
    /// <summary>The system's own bind and setsockopt; null where .NET's do.</summary>
    public static INativeSockets? Sockets { get; } = OperatingSystem.IsLinux() ? new LinuxSockets() : null;

    /// <summary>Whether streams can be carried by this platform's own loops, and if not, why.</summary>
    public static TransportSupport LoopSupport => OperatingSystem.IsLinux() ? new LinuxTransport().Probe() : new(false, "not-linux");

    /// <summary>Carries streams on this platform's own loops; only where <see cref="LoopSupport"/> says that they work.</summary>
    public static ITransport Loops(ManagedTransportOptions options) => OperatingSystem.IsLinux() ? new LinuxTransport(options) : new ManagedTransport(options);

    /// <summary>Starts programs.</summary>
    public static IProgramStarter Programs { get; } = OperatingSystem.IsLinux() ? new LinuxPrograms() : new ManagedPrograms();

    /// <summary>What can be asked of this machine.</summary>
    public static ISystemFacts Facts => Explainers.Facts;

    /// <summary>Captures what a filter wants, where it passes: at the loopback device for its addresses, at the interface towards a single address elsewhere, else at all.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <returns>The capture; null where this platform has none.</returns>
    /// <exception cref="SocketFailure">It is not permitted ...</exception>
    public static IPacketCapture? Capture(CaptureFilter filter)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        // To an address of this machine's own card packets come by that card and by the loopback device.
        bool one = filter.Hosts.Count > 0 && (filter.Hosts.All(IPAddress.IsLoopback) || (filter.Hosts is [var only] && Facts.OwnAddresses?.Contains(only) != true));
        return LinuxPacketCapture.Open(one ? LinuxPacketCapture.InterfaceTowards(filter.Hosts[0]) : null, filter);
    }

    /// <summary>A network namespace that was asked for, by the name ip-netns(8) knows it by or the path of its file, is there.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void CheckNamespace(string? name, CliIo io)
    {
        if (name is not null && !File.Exists(name.Contains('/', StringComparison.Ordinal) ? name : "/run/netns/" + name))
            throw io.Wrong("sockets.wrong.no-netns", ("name", TerminalText.Safe(name)));
    }

    /// <summary>The system's table of sockets.</summary>
    /// <param name="networkNamespace">Linux: another network namespace than this process's.</param>
    public static ISocketTable SocketTable(string? networkNamespace = null) =>
        OperatingSystem.IsLinux() ? new LinuxSocketTable(networkNamespace) : OperatingSystem.IsWindows() ? new WindowsSocketTable() : new PortableSocketTable();

    /// <summary>How long the loops of this process have waited for a processor so far, or where it has none all its threads, summed up; null where the system does not tell.</summary>
    public static TimeSpan? ReadWaiting() => OperatingSystem.IsLinux() ? SchedulerWaits.Read("soket loop") : null;
}
