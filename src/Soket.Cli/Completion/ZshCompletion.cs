using System.Text;

namespace Soket.Cli.Completion;

/// <summary>The function for zsh, as <c>_arguments</c> of zshcompsys(1) takes it.</summary>
internal static class ZshCompletion
{
    public static string Render(IReadOnlyList<CompletedVerb> verbs, IReadOnlyList<CompletedOption> everywhere)
    {
        var text = new StringBuilder();
        text.Append("#compdef soket\n# Completion of soket for zsh. Made by: soket completions zsh\n\n_soket() {\n");
        text.Append("    local curcontext=$curcontext state line\n    typeset -A opt_args\n    local -a verbs\n    verbs=(\n");
        foreach (CompletedVerb verb in verbs)
            text.Append("        ").Append(Quote($"{verb.Name}:{verb.Summary}")).Append('\n');
        text.Append("    )\n    _arguments -C");
        Options(text, everywhere.Append(new CompletedOption(["--version"], "", null, false, new([], Files: false))), "        ");
        text.Append(" \\\n        '1: :->verb' \\\n        '*:: :->rest'\n    case $state in\n        verb) _describe -t verbs verb verbs ;;\n        rest)\n            case $words[1] in\n");
        foreach (CompletedVerb verb in verbs)
        {
            text.Append("                ").Append(verb.Name).Append(") _arguments -s");
            Options(text, verb.Options, "                    ");
            for (int i = 0; i < verb.Positionals.Count; i++)
            {
                CompletedPositional positional = verb.Positionals[i];
                string place = positional.Many ? "*" : (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
                text.Append(" \\\n                    ").Append(Quote($"{place}:{Message(positional.Name)}:{Action(positional.Values)}"));
            }

            text.Append(" ;;\n");
        }

        text.Append("            esac ;;\n    esac\n}\n\n");
        // Read by compinit from a folder of fpath it is the function's body; sourced from .zshrc it must say what it is for.
        text.Append("if [ \"$funcstack[1]\" = _soket ]; then\n    _soket \"$@\"\nelse\n    compdef _soket soket\nfi\n");
        return text.ToString();
    }

    private static void Options(StringBuilder text, IEnumerable<CompletedOption> options, string indent)
    {
        foreach (CompletedOption option in options)
        {
            string description = $"[{Escape(option.Description)}]";
            string value = option.Placeholder is null ? "" : $":{Message(option.Placeholder)}:{Action(option.Values)}";
            foreach (string name in option.Names)
            {
                // One name given, the other is not offered again.
                string others = option.Repeats ? "*" : option.Names.Count > 1 ? $"({string.Join(' ', option.Names)})" : "";
                // A long name takes its value after = too.
                string equals = option.Placeholder is not null && name.StartsWith("--", StringComparison.Ordinal) ? "=" : "";
                text.Append(" \\\n").Append(indent).Append(Quote(others + name + equals + description + value));
            }
        }
    }

    private static string Action(OfferedValues values) =>
        values.Files ? "_files"
        : values.Words.Any(word => word[^1] is ':' or '/') ? $"compadd -S \"\" -- {string.Join(' ', values.Words)}".Replace(":", "\\:", StringComparison.Ordinal)
        : values.Words.Count > 0 ? $"({string.Join(' ', values.Words).Replace(":", "\\:", StringComparison.Ordinal)})"
        : " ";

    private static string Message(string placeholder) => Escape(placeholder.Replace(":", "\\:", StringComparison.Ordinal));

    private static string Escape(string text) => text.Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
