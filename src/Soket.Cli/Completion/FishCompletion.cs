using System.Text;

namespace Soket.Cli.Completion;

/// <summary>The commands for fish, 3.0 on.</summary>
internal static class FishCompletion
{
    public static string Render(IReadOnlyList<CompletedVerb> verbs, IReadOnlyList<CompletedOption> everywhere)
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Completion of soket for fish. Made by: soket completions fish

            # __soket_at VERB [PLACE...]: whether the verb stands there, and its next argument has one of these places
            function __soket_at
                set -l verb ''
                set -l place 0
                set -l skip 0
                for word in (commandline -opc)[2..-1]
                    if test $skip = 1
                        set skip 0
                        continue
                    end
                    switch "$verb $word"
                        case '* --*=*'

            """);
        foreach ((string name, IEnumerable<CompletedOption> options) in verbs.Select(verb => (verb.Name, (IEnumerable<CompletedOption>)verb.Options)).Prepend(("", everywhere)))
        {
            string[] takes = [.. options.Where(option => option.Placeholder is not null).SelectMany(option => option.Names)];
            if (takes.Length > 0)
                text.Append("            case ").Append(string.Join(' ', takes.Select(take => $"'{name} {take}'"))).Append("\n                set skip 1\n");
        }

        text.Append(
            """
                        case '* -*'
                        case '*'
                            if test -z "$verb"
                                set verb $word
                            else
                                set place (math $place + 1)
                            end
                    end
                end
                test "$verb" = "$argv[1]"; or return 1
                test (count $argv) = 1; and return 0
                contains -- $place $argv[2..-1]; and return 0
                contains -- many $argv; and test $place -ge $argv[2]
            end

            complete -c soket -f

            """);
        foreach (CompletedVerb verb in verbs)
            text.Append($"complete -c soket -n \"__soket_at ''\" -a {verb.Name} -d {Quote(verb.Summary)}\n");
        Options(text, "''", everywhere);
        text.Append("complete -c soket -n \"__soket_at ''\" -l version\n");
        foreach (CompletedVerb verb in verbs)
        {
            Options(text, verb.Name, verb.Options);
            for (int i = 0; i < verb.Positionals.Count; i++)
            {
                CompletedPositional positional = verb.Positionals[i];
                string condition = $"\"__soket_at {verb.Name} {i}{(positional.Many ? " many" : "")}\"";
                if (positional.Values.Files)
                    text.Append($"complete -c soket -n {condition} -F\n");
                else if (positional.Values.Words.Count > 0)
                    text.Append($"complete -c soket -n {condition} -a {Quote(string.Join(' ', positional.Values.Words))} -d {Quote(positional.Name)}\n");
            }
        }

        return text.ToString();
    }

    private static void Options(StringBuilder text, string verb, IEnumerable<CompletedOption> options)
    {
        foreach (CompletedOption option in options)
        {
            text.Append($"complete -c soket -n \"__soket_at {verb}\"");
            foreach (string name in option.Names)
                text.Append(name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : name.Length == 2 ? $" -s {name[1..]}" : $" -o {name[1..]}");
            if (option.Placeholder is not null)
                text.Append(option.Values.Files ? " -r -F" : " -x");
            if (option.Values.Words.Count > 0)
                text.Append(" -a ").Append(Quote(string.Join(' ', option.Values.Words)));
            text.Append(" -d ").Append(Quote(option.Description)).Append('\n');
        }
    }

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
