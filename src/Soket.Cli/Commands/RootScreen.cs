using System.Text;
using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands;

/// <summary>What <c>soket</c> alone shows: the verbs in groups, one example each.</summary>
internal static class RootScreen
{
    public static string Render(IReadOnlyList<Verb> verbs, CliIo io)
    {
        var text = new StringBuilder();
        foreach (string line in io.FitOut(io.Text("root.title", ("version", CommandLineApp.VersionText)), indent: ""))
            text.Append(line).Append('\n');
        text.Append('\n');
        foreach (IGrouping<string, Verb> group in verbs.GroupBy(verb => verb.Group))
        {
            text.Append(io.Text(group.Key)).Append('\n');
            foreach (Verb verb in group)
            {
                foreach (string line in io.FitOut("  " + verb.Name.PadRight(10) + io.Text(verb.Name + ".summary"), indent: new string(' ', 12)))
                    text.Append(line).Append('\n');
                text.Append(' ', 12).Append("$ ").Append(io.Text(verb.Name + ".examples").Split('\n')[0].Split("  #")[0].TrimEnd()).Append('\n');
            }

            text.Append('\n');
        }

        foreach (string line in io.FitOut(io.Text("root.more"), indent: ""))
            text.Append(line).Append('\n');
        return text.ToString();
    }
}
