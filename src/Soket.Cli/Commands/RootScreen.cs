using System.Text;
using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands;

/// <summary>What <c>soket</c> alone shows: the verbs in groups, each as a command to type and what it is for. It fits a small terminal.</summary>
internal static class RootScreen
{
    public static string Render(IReadOnlyList<Verb> verbs, CliIo io)
    {
        var text = new StringBuilder();
        foreach (string line in io.FitOut(io.Text("root.title", ("version", CommandLineApp.VersionText)), indent: ""))
            text.Append(line).Append('\n');
        int width = verbs.Max(verb => Example(verb, io).Length) + 2;
        foreach (IGrouping<string, Verb> group in verbs.GroupBy(verb => verb.Group))
        {
            text.Append(io.Text(group.Key)).Append('\n');
            foreach (Verb verb in group)
            {
                foreach (string line in io.FitOut("  " + Example(verb, io).PadRight(width) + io.Text(verb.Name + ".brief"), indent: new string(' ', width + 2)))
                    text.Append(line).Append('\n');
            }
        }

        text.Append('\n');
        foreach (string line in io.FitOut(io.Text("root.more"), indent: ""))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    // The first of the verb's examples, without what stands behind it.
    private static string Example(Verb verb, CliIo io) => io.Text(verb.Name + ".examples").Split('\n')[0].Split("  #")[0].Split(" > ")[0].TrimEnd();
}
