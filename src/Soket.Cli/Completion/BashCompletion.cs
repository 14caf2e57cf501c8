using System.Text;

namespace Soket.Cli.Completion;

/// <summary>The script for bash, 3.2 (macOS) on. bash shows no descriptions.</summary>
internal static class BashCompletion
{
    public static string Render(IReadOnlyList<CompletedVerb> verbs, IReadOnlyList<CompletedOption> everywhere)
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Completion of soket for bash. Made by: soket completions bash

            # _soket_takes VERB OPTION: whether the next word is the option's value
            _soket_takes() {
                case "$1 $2" in

            """);
        Takes(text, "", everywhere);
        foreach (CompletedVerb verb in verbs)
            Takes(text, verb.Name, verb.Options);
        text.Append(
            """
                    *) return 1 ;;
                esac
            }

            _soket() {
                local line=${COMP_LINE:0:COMP_POINT} words cur prev verb= place=0 skip= i last given= files= offer= broken
                # The line itself: bash cuts words at : and =, which endpoints and framings are full of.
                read -r -a words <<<"$line"
                case $line in *[[:space:]]) words+=("") ;; esac
                last=$((${#words[@]} - 1))
                cur=${words[last]} prev=
                for ((i = 1; i < last; i++)); do
                    if [ -n "$skip" ]; then skip=; continue; fi
                    case ${words[i]} in
                        --*=*) ;;
                        -*) if _soket_takes "$verb" "${words[i]}"; then skip=1; fi ;;
                        *) if [ -z "$verb" ]; then verb=${words[i]}; else place=$((place + 1)); fi ;;
                    esac
                done
                if [ -n "$skip" ]; then prev=${words[last - 1]}; fi
                case $cur in --*=*) prev=${cur%%=*} cur=${cur#*=} ;; esac
                if [ -n "$prev" ]; then given="$verb $prev"
                elif [ "${cur:0:1}" = - ]; then given="$verb -"
                else given="$verb $place"; fi
                case $given in

            """);
        Case(text, " 0", new([.. verbs.Select(verb => verb.Name)], Files: false));
        Options(text, "", everywhere.Append(new CompletedOption(["--version"], "", null, false, new([], Files: false))));
        foreach (CompletedVerb verb in verbs)
        {
            Options(text, verb.Name, verb.Options);
            for (int i = 0; i < verb.Positionals.Count; i++)
                Case(text, verb.Name + (verb.Positionals[i].Many ? " [0-9]*" : $" {i}"), verb.Positionals[i].Values);
        }

        text.Append(
            """
                esac
                COMPREPLY=()
                if [ -n "$files" ]; then
                    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$cur")
                    compopt -o filenames 2>/dev/null
                    return
                fi
                while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -W "$offer" -- "$cur")
                # What stands before the last : or = is already there for bash, which replaces only what comes after it.
                broken=${cur%"${cur##*[:=]}"}
                for i in "${!COMPREPLY[@]}"; do
                    case ${COMPREPLY[i]} in *: | */) compopt -o nospace 2>/dev/null ;; esac
                    COMPREPLY[i]=${COMPREPLY[i]#"$broken"}
                done
            }
            complete -F _soket soket

            """);
        return text.ToString();
    }

    private static void Takes(StringBuilder text, string verb, IEnumerable<CompletedOption> options)
    {
        string[] names = [.. options.Where(option => option.Placeholder is not null).SelectMany(option => option.Names)];
        if (names.Length > 0)
            text.Append("        ").Append(string.Join(" | ", names.Select(name => $"\"{verb} {name}\""))).Append(") ;;\n");
    }

    private static void Options(StringBuilder text, string verb, IEnumerable<CompletedOption> options)
    {
        CompletedOption[] all = [.. options];
        Case(text, verb + " -", new([.. all.SelectMany(option => option.Names)], Files: false));
        foreach (CompletedOption option in all.Where(option => option.Values.Files || option.Values.Words.Count > 0))
        {
            foreach (string name in option.Names)
                Case(text, $"{verb} {name}", option.Values);
        }
    }

    private static void Case(StringBuilder text, string pattern, OfferedValues values)
    {
        if (!values.Files && values.Words.Count == 0)
            return;
        // A pattern's number may be open ("[0-9]*"); the rest is quoted.
        int open = pattern.IndexOf('[', StringComparison.Ordinal);
        text.Append("        ").Append(open < 0 ? $"\"{pattern}\"" : $"\"{pattern[..open]}\"{pattern[open..]}").Append(") ")
            .Append(values.Files ? "files=1" : $"offer=\"{string.Join(' ', values.Words)}\"").Append(" ;;\n");
    }
}
