using System.Text;
using System.Text.RegularExpressions;
using Soket.Cli.Rendering;

namespace Soket.Cli.CommandLine;

/// <summary>The help of a verb: <c>-h</c> is short, <c>--help</c> is full, examples first.</summary>
internal static partial class HelpScreen
{
    public static string Short(Verb verb, CliIo io)
    {
        var text = new StringBuilder();
        text.Append(io.Text(verb.Name + ".summary")).Append("\n\n  ").Append(Usage(verb, io)).Append("\n\n");
        Examples(text, verb, io, 3);
        foreach (Flag flag in verb.Flags.Where(flag => flag.Option is null))
            Entry(text, Label(flag, io), FirstSentence(Describe(verb, flag, io)), io.Width);
        if (verb.Flags.Any(flag => flag.Option is not null))
            Entry(text, "--no-delay ...", io.Text("help.socket-options"), io.Width);
        text.Append('\n').Append(io.Text("help.more", ("verb", verb.Name))).Append('\n');
        return text.ToString();
    }

    public static string Full(Verb verb, CliIo io)
    {
        var text = new StringBuilder();
        foreach (string line in TextWidth.Wrap($"soket {verb.Name}: {io.Text(verb.Name + ".summary")}", io.Width - 1, indent: ""))
            text.Append(line).Append('\n');
        text.Append('\n');
        text.Append(io.Text("help.examples")).Append('\n');
        Examples(text, verb, io, int.MaxValue);
        text.Append(io.Text("help.usage")).Append("\n  ").Append(Usage(verb, io)).Append("\n\n");
        foreach (string paragraph in io.Text(verb.Name + ".about").Split('\n'))
        {
            foreach (string line in TextWidth.Wrap(paragraph, io.Width - 1, indent: ""))
                text.Append(line).Append('\n');
        }

        foreach (IGrouping<string, Flag> group in verb.Flags.Concat(CommonFlags.Everywhere).GroupBy(flag => flag.Group))
        {
            text.Append('\n').Append(io.Text(group.Key)).Append('\n');
            foreach (Flag flag in group)
                Entry(text, Label(flag, io), Describe(verb, flag, io), io.Width);
        }

        text.Append('\n');
        foreach (string line in TextWidth.Wrap(io.Text("help.variables", ("example", "SOKET_LANG=id")), io.Width - 1, indent: ""))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    public static string Label(Flag flag, CliIo io) =>
        (flag.Short is null ? flag.Name : $"{flag.Short}, {flag.Name}") + (flag.Placeholder is null ? "" : " " + Placeholder(flag.Placeholder, io));

    /// <summary>What stands for a value, in the language of the texts that speak of it: <c>FILE</c>, <c>TIME|always|never</c>. A word without a text of its own is the same in all.</summary>
    public static string Placeholder(string written, CliIo io) =>
        Words().Replace(written, word => CliIo.HasText("placeholder." + word.Value) ? io.Text("placeholder." + word.Value) : word.Value);

    [GeneratedRegex("[A-Z]+")]
    private static partial Regex Words();

    public static string Describe(Verb verb, Flag flag, CliIo io)
    {
        string name = flag.Name.TrimStart('-');
        string own = $"{verb.Name}.flag.{name}";
        if (flag.Option is { } option)
            return $"{option.Name}: {option.Summary(io.Language)}" + (option.IsHere ? "" : " " + io.Text("help.option-missing"));
        if (CliIo.HasText(own))
            return io.Text(own);
        if (flag.Twin is { } twin)
            return io.Text(CliIo.HasText("connect.flag." + twin.Key) ? "connect.flag." + twin.Key : "flag." + twin.Key);
        return io.Text(flag.TextKey ?? "flag." + name);
    }

    public static string Usage(Verb verb, CliIo io)
    {
        IEnumerable<string> positionals = verb.Positionals.Select(positional => positional.Written(Placeholder(positional.Name, io)));
        return $"soket {verb.Name} {string.Join(' ', positionals)} [{io.Text("help.options")}]".Replace("  ", " ", StringComparison.Ordinal);
    }

    private static void Examples(StringBuilder text, Verb verb, CliIo io, int most)
    {
        foreach (string line in io.Text(verb.Name + ".examples").Split('\n').Take(most).SelectMany(line => Example("  " + line, io.MostOut)))
            text.Append(line).Append('\n');
        text.Append('\n');
    }

    /// <summary>An example as it fits: what it is good for stands under the command where there is no room beside it; the command itself is for copying, and stays whole.</summary>
    /// <param name="line">The command, and its comment after two spaces and a <c>#</c>.</param>
    /// <param name="most">The most columns of a line; null where nothing has to fit.</param>
    public static IEnumerable<string> Example(string line, int? most)
    {
        int comment = line.IndexOf("  # ", StringComparison.Ordinal);
        return most is not { } limit || comment < 0 || TextWidth.Of(line) <= limit ? [line]
            : [line[..comment].TrimEnd(), .. TextWidth.Wrap("      " + line[comment..].TrimStart(), limit, indent: "      # ")];
    }

    private static void Entry(StringBuilder text, string label, string description, int width)
    {
        const int Column = 30;
        text.Append("  ").Append(label);
        bool first = true;
        if (label.Length > Column - 4)
            text.Append('\n');
        foreach (string line in TextWidth.Wrap(description, Math.Max(30, width - Column - 1), indent: ""))
        {
            int pad = first && label.Length <= Column - 4 ? Column - 2 - label.Length : Column;
            text.Append(' ', pad).Append(line).Append('\n');
            first = false;
        }
    }

    public static string FirstSentence(string text)
    {
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }
}
