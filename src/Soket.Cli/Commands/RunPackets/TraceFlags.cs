using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>The flags of a verb whose packets can be drawn and written.</summary>
internal static class TraceFlags
{
    public static Flag Trace { get; } = new("--trace", FlagKind.Switch, "flags.output");

    public static Flag Write { get; } = new("--write", FlagKind.Value, "flags.output", "FILE.pcapng");

    public static Flag NoCapture { get; } = new("--no-capture", FlagKind.Switch, "flags.output");

    public static IReadOnlyList<Flag> All { get; } = [Trace, Write, CommonFlags.Force, NoCapture];
}
