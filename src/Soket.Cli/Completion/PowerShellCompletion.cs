using System.Text;

namespace Soket.Cli.Completion;

/// <summary>The script block for PowerShell, 5.1 on (Register-ArgumentCompleter -Native).</summary>
internal static class PowerShellCompletion
{
    public static string Render(IReadOnlyList<CompletedVerb> verbs, IReadOnlyList<CompletedOption> everywhere)
    {
        var text = new StringBuilder();
        text.Append("# Completion of soket for PowerShell. Made by: soket completions powershell\n\n");
        text.Append("Register-ArgumentCompleter -Native -CommandName soket -ScriptBlock {\n    param($wordToComplete, $commandAst, $cursorPosition)\n    $verbs = @(\n");
        foreach (CompletedVerb verb in verbs)
            text.Append($"        @{{ Name = {Quote(verb.Name)}; Tip = {Quote(verb.Summary)} }}\n");
        // Values: null for a switch, an empty list for a value nobody can guess; PowerShell then offers files by itself.
        text.Append("    )\n    $options = @{\n");
        Options(text, "", everywhere);
        foreach (CompletedVerb verb in verbs)
            Options(text, verb.Name, verb.Options);
        text.Append("    }\n    $places = @{\n");
        foreach (CompletedVerb verb in verbs)
            text.Append($"        {Quote(verb.Name)} = @({string.Join(", ", verb.Positionals.Select(positional => $"@{{ Many = ${(positional.Many ? "true" : "false")}; Values = {List(positional.Values.Words)} }}"))})\n");
        text.Append(
            """
                }
                $verb = ''
                $place = 0
                $awaiting = $null
                foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
                    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete) { break }
                    $word = $element.ToString()
                    if ($awaiting) { $awaiting = $null; continue }
                    if ($word.StartsWith('-')) {
                        $awaiting = $options[$verb] | Where-Object { $_.Names -ccontains $word -and $null -ne $_.Values } | Select-Object -First 1
                    } elseif (-not $verb) { $verb = $word; if (-not $options.ContainsKey($verb)) { return } }
                    else { $place++ }
                }
                if ($awaiting) {
                    $found = $awaiting.Values | ForEach-Object { @{ Name = $_; Tip = $_ } }
                } elseif ($wordToComplete.StartsWith('-')) {
                    $found = foreach ($option in $options[$verb]) { foreach ($name in $option.Names) { @{ Name = $name; Tip = $option.Tip } } }
                } elseif (-not $verb) {
                    $found = $verbs
                } else {
                    $list = $places[$verb]
                    $at = if ($place -lt $list.Count) { $list[$place] } elseif ($list.Count -gt 0 -and $list[-1].Many) { $list[-1] }
                    $found = $at.Values | ForEach-Object { @{ Name = $_; Tip = $_ } }
                }
                $found | Where-Object { $_ -and $_.Name.StartsWith($wordToComplete, [StringComparison]::Ordinal) } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterValue', $_.Tip)
                }
            }

            """);
        return text.ToString();
    }

    private static void Options(StringBuilder text, string verb, IEnumerable<CompletedOption> options)
    {
        text.Append($"        {Quote(verb)} = @(\n");
        foreach (CompletedOption option in options)
            text.Append($"            @{{ Names = {List(option.Names)}; Values = {(option.Placeholder is null ? "$null" : List(option.Values.Words))}; Tip = {Quote(option.Description)} }}\n");
        text.Append("        )\n");
    }

    private static string List(IEnumerable<string> words) => $"@({string.Join(", ", words.Select(Quote))})";

    // PowerShell takes typographic quotes for quotes too.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text)
            quoted.Append(c is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B' ? new string(c, 2) : c.ToString());
        return quoted.Append('\'').ToString();
    }
}
