using Soket.Cli.CommandLine;

namespace Soket.Cli.Completion;

/// <summary>An option as a shell completes it.</summary>
/// <param name="Names">Its long and short names.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Placeholder">How its value is called; null for a switch.</param>
/// <param name="Repeats">Whether it may be given again.</param>
/// <param name="Values">What can be offered for its value.</param>
internal sealed record CompletedOption(IReadOnlyList<string> Names, string Description, string? Placeholder, bool Repeats, OfferedValues Values);

/// <summary>A verb as a shell completes it.</summary>
internal sealed record CompletedVerb(string Name, string Summary, IReadOnlyList<CompletedOption> Options, IReadOnlyList<CompletedPositional> Positionals);

/// <summary>A positional argument as a shell completes it; one that may be given several times is the last.</summary>
internal sealed record CompletedPositional(string Name, bool Many, OfferedValues Values);

/// <summary>What a shell can offer for a value: words, or files.</summary>
internal sealed record OfferedValues(IReadOnlyList<string> Words, bool Files)
{
    private static readonly string[] Schemes = ["tcp://", "udp://", "unix:", "unixgram:", "tls://", "ws://", "wss://", "localhost:"];

    /// <summary>The choices a flag or an argument names itself; else the small words of its placeholder (<c>TIME|off</c>); else files for FILE.</summary>
    public static OfferedValues Of(string placeholder, Func<IEnumerable<string>>? choices)
    {
        if (choices is not null)
            return new([.. choices().Select(Plain)], Files: false);
        if (placeholder is "ENDPOINT" or "A" or "B")
            return new(Schemes, Files: false);
        string[] words = placeholder.Contains('|', StringComparison.Ordinal) ? placeholder.Split('|') : [];
        return new([.. words.Where(word => word.Length > 0 && !word.Any(char.IsAsciiLetterUpper)).Select(Plain)], Files: placeholder is "FILE" or "PATH" or "FOLDER");
    }

    // The scripts quote descriptions, which may hold anything, but not these: a word that a shell would read otherwise is a mistake in the tables.
    private static string Plain(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/' or '+' or '=' or '@' or ',' or '%')
            ? word
            : throw new ArgumentException($"'{word}' cannot be offered by a shell.", nameof(word));
}
