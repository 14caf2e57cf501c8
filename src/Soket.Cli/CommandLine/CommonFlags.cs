namespace Soket.Cli.CommandLine;

/// <summary>The flags that several verbs, or all, have.</summary>
internal static class CommonFlags
{
    public static Flag Help { get; } = new("--help", FlagKind.Switch, "flags.general");

    public static Flag ShortHelp { get; } = new("-h", FlagKind.Switch, "flags.general") { TextKey = "flag.short-help" };

    public static Flag Language { get; } = new("--lang", FlagKind.Value, "flags.general", "en|id");

    public static Flag Colour { get; } = new("--color", FlagKind.Value, "flags.general", "auto|always|never");

    public static Flag Json { get; } = new("--json", FlagKind.Switch, "flags.output");

    public static Flag Events { get; } = new("--events", FlagKind.Value, "flags.output", "FILE");

    public static Flag RecordHex { get; } = new("--record-hex", FlagKind.Value, "flags.output", "FILE");

    /// <summary>Lets what a verb writes into a file take the place of one that is there.</summary>
    public static Flag Force { get; } = new("--force", FlagKind.Switch, "flags.output");

    public static Flag Otlp { get; } = new("--otlp", FlagKind.Value, "flags.output", "URL");

    public static Flag Quiet { get; } = new("--quiet", FlagKind.Switch, "flags.output", Short: "-q");

    public static Flag Verbose { get; } = new("--verbose", FlagKind.Switch, "flags.output", Short: "-v");

    public static Flag Framing { get; } = new("--framing", FlagKind.Value, "flags.messages", "FRAMING")
    {
        Choices = static () => ["chunk", "line", "line:crlf", "length:2", "length:4", "length:4:le", "delimiter:", "fixed:"],
    };

    public static Flag Payload { get; } = new("--payload", FlagKind.Value, "flags.messages", "SIZE");

    public static Flag MaxMessage { get; } = new("--max-message", FlagKind.Value, "flags.messages", "SIZE");

    /// <summary>What every verb has.</summary>
    public static IReadOnlyList<Flag> Everywhere { get; } = [Language, Colour, ShortHelp, Help];
}
