using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;
using Soket.Explain;

namespace Soket.Cli.Manual;

/// <summary>soket(1), made from the same verbs and texts as the help.</summary>
internal static class ManualPage
{
    public static string Render(IReadOnlyList<Verb> verbs, CliIo io)
    {
        var page = new Roff();
        page.Comment("Made by: soket manual");
        // No date: the same sources give the same page. The version stands in the footer.
        page.Request("TH", "SOKET", "1", "", "soket " + CommandLineApp.VersionText, io.Text("man.volume"));
        page.Request("nh"); // Words are parted by the rules of English in every language.
        page.Request("SH", io.Text("man.name")).Line("soket \\- " + Roff.Escape(io.Text("man.purpose")));
        page.Request("SH", io.Text("man.synopsis"));
        foreach (Verb verb in verbs)
            page.Line(Usage(verb, io)).Request("br");
        page.Line($"{Roff.Bold("soket")} {Roff.Bold("--version")}");
        page.Request("SH", io.Text("man.description")).Paragraphs(io.Text("man.about"));
        page.Request("SH", io.Text("man.endpoints")).Paragraphs(io.Text("man.endpoints-about"));
        foreach (string line in io.Text("man.endpoints-list").Split('\n'))
        {
            string[] parts = line.Split(" = ", 2);
            page.Entry(Roff.Bold(parts[0]), parts[1]);
        }

        // What several verbs have and say alike stands once.
        HashSet<(string Name, string Description)> shared =
        [
            .. verbs.SelectMany(verb => verb.Flags.Select(flag => (flag.Name, HelpScreen.Describe(verb, flag, io))))
                .GroupBy(option => option).Where(group => group.Count() > 1).Select(group => group.Key),
        ];
        page.Request("SH", io.Text("man.verbs"));
        foreach (Verb verb in verbs)
            WriteVerb(page, verb, shared, io);

        page.Request("SH", io.Text("man.shared")).Request("PP").Text(io.Text("man.shared-about"));
        IEnumerable<(Verb Verb, Flag Flag)> common = verbs.SelectMany(verb => verb.Flags.Select(flag => (Verb: verb, Flag: flag)))
            .Where(option => shared.Contains((option.Flag.Name, HelpScreen.Describe(option.Verb, option.Flag, io))))
            .DistinctBy(option => option.Flag.Name)
            .Concat(CommonFlags.Everywhere.Select(flag => (verbs[0], flag)));
        foreach (IGrouping<string, (Verb Verb, Flag Flag)> group in common.GroupBy(option => option.Flag.Group))
            WriteOptions(page, group.Key, group, io);

        page.Request("SH", io.Text("man.exit"));
        foreach ((int number, string _) in ExitCodes.All)
            page.Entry(Roff.Bold(number.ToString(CultureInfo.InvariantCulture)), ExitCodes.Describe(number, io.Language));
        page.Request("SH", io.Text("man.environment")).Paragraphs(io.Text("man.environment-about"));
        page.Entry(Roff.Bold(EffectiveSettings.Switch), io.Text("man.environment-settings"));
        page.Entry($"{Roff.Bold("NO_COLOR")}, {Roff.Bold("TERM")}, {Roff.Bold("COLUMNS")}", io.Text("man.environment-terminal"));
        page.Entry($"{Roff.Bold("LC_ALL")}, {Roff.Bold("LC_MESSAGES")}, {Roff.Bold("LANG")}", io.Text("man.environment-locale"));
        page.Request("SH", io.Text("man.files"));
        page.Entry(Roff.Italic(SettingsPlaces.ProjectFileName), io.Text("man.files-project"));
        page.Entry(Roff.Italic("$XDG_CONFIG_HOME/soket/settings.json"), io.Text("man.files-user"));
        page.Request("SH", io.Text("man.see-also")).Line(string.Join(", ", SeeAlso.Select(entry => $"{Roff.Bold(entry)}(1)")) + ", \\fBsocket\\fR(7), \\fBtcp\\fR(7), \\fBudp\\fR(7), \\fBunix\\fR(7)");
        return page.ToString();
    }

    private static readonly string[] SeeAlso = ["nc", "ncat", "socat", "openssl"];

    private static void WriteVerb(Roff page, Verb verb, HashSet<(string Name, string Description)> shared, CliIo io)
    {
        page.Request("SS", "soket " + verb.Name).Request("PP").Line(Usage(verb, io));
        page.Request("PP").Text(io.Text(verb.Name + ".summary")).Paragraphs(io.Text(verb.Name + ".about"));
        (Verb Verb, Flag Flag)[] own = [.. verb.Flags.Where(flag => !shared.Contains((flag.Name, HelpScreen.Describe(verb, flag, io)))).Select(flag => (verb, flag))];
        foreach (IGrouping<string, (Verb Verb, Flag Flag)> group in own.GroupBy(option => option.Flag.Group))
            WriteOptions(page, group.Key, group, io);
        string[] others = [.. verb.Flags.Where(flag => own.All(option => option.Flag != flag)).Select(flag => Roff.Bold(flag.Name))];
        if (others.Length > 0)
            page.Request("PP").Text(io.Text("man.also")).Line(string.Join(", ", others) + ".");
        page.Request("PP").Text(io.Text("help.examples")).Example(io.Text(verb.Name + ".examples"));
    }

    private static void WriteOptions(Roff page, string group, IEnumerable<(Verb Verb, Flag Flag)> options, CliIo io)
    {
        page.Request("PP").Text(io.Text(group));
        foreach ((Verb verb, Flag flag) in options)
        {
            string names = flag.Short is null ? Roff.Bold(flag.Name) : $"{Roff.Bold(flag.Short)}, {Roff.Bold(flag.Name)}";
            page.Entry(flag.Placeholder is null ? names : $"{names} {Roff.Italic(HelpScreen.Placeholder(flag.Placeholder, io))}", HelpScreen.Describe(verb, flag, io));
        }
    }

    private static string Usage(Verb verb, CliIo io)
    {
        IEnumerable<string> positionals = verb.Positionals.Select(positional => positional.Written(Roff.Italic(HelpScreen.Placeholder(positional.Name, io))));
        return string.Join(' ', positionals.Prepend($"{Roff.Bold("soket")} {Roff.Bold(verb.Name)}").Append($"[{Roff.Italic(io.Text("help.options"))}]"));
    }
}
