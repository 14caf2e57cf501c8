using Soket.Cli.CommandLine;

namespace Soket.Cli.Completion;

/// <summary>What there is to complete, made from the verbs themselves.</summary>
internal static class CompletionTable
{
    /// <summary>Every verb with its options and arguments.</summary>
    public static IReadOnlyList<CompletedVerb> Verbs(IReadOnlyList<Verb> verbs, CliIo io) =>
    [
        .. verbs.Select(verb => new CompletedVerb(
            verb.Name,
            io.Text(verb.Name + ".summary"),
            [.. verb.Flags.Concat(CommonFlags.Everywhere).Select(flag => Option(verb, flag, io))],
            [.. verb.Positionals.Select(positional => new CompletedPositional(positional.Name, positional.Many, OfferedValues.Of(positional.Name, positional.Choices)))])),
    ];

    /// <summary>The options that may stand before a verb.</summary>
    public static IReadOnlyList<CompletedOption> Everywhere(IReadOnlyList<Verb> verbs, CliIo io) => [.. CommonFlags.Everywhere.Select(flag => Option(verbs[0], flag, io))];

    private static CompletedOption Option(Verb verb, Flag flag, CliIo io) => new(
        flag.Short is null ? [flag.Name] : [flag.Name, flag.Short],
        HelpScreen.FirstSentence(HelpScreen.Describe(verb, flag, io)),
        flag.TakesValue ? flag.Placeholder ?? "VALUE" : null,
        flag.Kind == FlagKind.Many || flag == CommonFlags.Verbose,
        flag.TakesValue ? OfferedValues.Of(flag.Placeholder ?? "", flag.Choices) : new([], Files: false));
}
