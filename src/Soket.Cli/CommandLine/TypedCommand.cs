using System.Text.RegularExpressions;
using Soket.Endpoints;

namespace Soket.Cli.CommandLine;

/// <summary>
/// The command as it was typed. What an explanation proposes becomes that command with the one thing changed: called as it was called, with every
/// option and message that was given. Pure.
/// </summary>
/// <param name="program">How it was called: <c>soket</c>, <c>./soket</c>.</param>
/// <param name="arguments">What was typed behind it.</param>
/// <param name="verb">The verb, where there is one.</param>
internal sealed partial class TypedCommand(string program, IReadOnlyList<string> arguments, Verb? verb)
{
    private const int Longest = 160; // longer ones are harder to read than to type

    /// <summary>Set by the launcher: how it was called.</summary>
    public const string Variable = "SOKET_CALLED";

    public static TypedCommand None { get; } = new("soket", [], null);

    /// <summary>A text with the commands in it as they are to be typed.</summary>
    public string Retell(string text) => AsCalled(Command().Replace(text, match => Rebuild(match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)) is { } whole ? $"`{whole}`" : match.Value));

    /// <summary>A text with the program as it was called.</summary>
    public string AsCalled(string text) => program == "soket" ? text : Call().Replace(text, match => CommandLineApp.Verbs.Any(known => known.Name == match.Groups[1].Value) ? program + " " : match.Value);

    [GeneratedRegex("`soket ([^`\n]+)`")]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<![\w./-])soket (?=([a-z]+)\b)")]
    private static partial Regex Call();

    [GeneratedRegex(@"^[A-Za-z0-9_@%+=:,./\[\]-]+$")]
    private static partial Regex Plain();

    private string? Rebuild(string[] proposed)
    {
        if (verb is null || proposed is not [var name, ..])
            return null;
        if (verb.Name == "fetch" && name is "connect" or "serve")
            return RebuildFetch(proposed);
        if (name != verb.Name)
            return null;
        int endpoint = Array.FindLastIndex(proposed, word => SocketUri.TryParse(word, out _, out _));
        if (endpoint < 1)
            return null;
        List<string> typed = [.. arguments.SelectMany(Apart)];
        if (!Place(typed, proposed[endpoint]))
            return null;
        if (!SocketUri.Parse(proposed[endpoint]).IsSecure)
            RemoveTls(typed);
        for (int i = name == "serve" ? 2 : 1; i < proposed.Length; i++)
        {
            if (i == endpoint)
                continue;
            bool pair = TakesValue(proposed[i]) && i + 1 < proposed.Length && i + 1 != endpoint;
            Add(typed, proposed[i], pair ? proposed[i + 1] : null);
            i += pair ? 1 : 0;
        }

        string whole = program + " " + string.Join(' ', typed.Select(Quote));
        return whole.Length <= (typed.Contains("--pin") ? 2 * Longest : Longest) ? whole : null; // a fingerprint alone has a hundred characters
    }

    // --flag=value in two words, so that there is one way to find and to change it; a login in it is not repeated.
    private IEnumerable<string> Apart(string word, int index)
    {
        int equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
        if (equals > 0 && Find(word[..equals]) is { TakesValue: true } flag)
            return [word[..equals], flag.Shown(word[(equals + 1)..])];
        return [index > 0 && Find(arguments[index - 1]) is { TakesValue: true } before ? before.Shown(word) : word];
    }

    private Flag? Find(string word) => verb!.Flags.Concat(CommonFlags.Everywhere).FirstOrDefault(flag => flag.Name == word || flag.Short == word);

    // What is proposed of a connection, said of the fetch that makes it: with or without TLS, with a flag of TLS, or a server to start.
    private string? RebuildFetch(string[] proposed)
    {
        if (proposed is ["serve", "echo", var place])
            return $"soket serve http --root . {place}";
        List<string> typed = [.. arguments];
        int url = Enumerable.Range(0, typed.Count).FirstOrDefault(i => i > typed.IndexOf("fetch") && !typed[i].StartsWith('-') && !TakesValue(typed[i - 1]), -1);
        if (proposed is ["connect", var other] && url >= 0 && other.StartsWith("https://", StringComparison.Ordinal))
        {
            typed[url] = other;
        }
        else if (proposed is ["connect", var plain] && url >= 0 && plain.StartsWith("tcp://", StringComparison.Ordinal) && typed[url].StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            typed[url] = "http://" + typed[url]["https://".Length..];
            RemoveTls(typed);
        }
        else if (proposed is ["connect", var endpoint, _, ..] && SocketUri.TryParse(endpoint, out SocketUri uri, out _) && uri.IsSecure)
        {
            for (int i = 2; i < proposed.Length; i++)
            {
                if (!verb!.Flags.Any(flag => flag.Group == "flags.tls" && flag.Name == proposed[i]))
                    return null;
                bool pair = TakesValue(proposed[i]) && i + 1 < proposed.Length;
                Add(typed, proposed[i], pair ? proposed[i + 1] : null);
                i += pair ? 1 : 0;
            }
        }
        else
        {
            return null;
        }

        string whole = program + " " + string.Join(' ', typed.Select(Quote));
        return whole.Length <= 2 * Longest ? whole : null; // a fingerprint alone has a hundred characters
    }

    // Where the endpoint stood, or where it was said by its port.
    private bool Place(List<string> typed, string endpoint)
    {
        int first = typed.IndexOf(verb!.Name) + 1;
        for (int i = first; i < typed.Count; i++)
        {
            if (typed[i].StartsWith('-') || (i > 0 && TakesValue(typed[i - 1])) || !SocketUri.TryParse(typed[i], out _, out _))
                continue;
            typed[i] = endpoint;
            return true;
        }

        int port = typed.FindIndex(word => word is "--port" or "-p");
        if (port >= 0 && port + 1 < typed.Count)
        {
            typed[port + 1] = endpoint[(endpoint.LastIndexOf(':') + 1)..];
            return true;
        }

        if (typed.Any(word => word.StartsWith("--port", StringComparison.Ordinal) || word.StartsWith("--host", StringComparison.Ordinal)))
            return false;
        typed.Add(endpoint);
        return true;
    }

    // What is about certificates is refused where there are none.
    private void RemoveTls(List<string> typed)
    {
        for (int i = typed.Count - 1; i > 0; i--)
        {
            if (!verb!.Flags.Any(flag => flag.Group == "flags.tls" && (flag.Name == typed[i] || flag.Short == typed[i] || typed[i].StartsWith(flag.Name + "=", StringComparison.Ordinal))))
                continue;
            typed.RemoveRange(i, TakesValue(typed[i]) && i + 1 < typed.Count ? 2 : 1);
        }
    }

    private void Add(List<string> typed, string word, string? value)
    {
        Flag? flag = verb!.Flags.FirstOrDefault(flag => flag.Name == word || flag.Short == word);
        int given = word.StartsWith('-') ? typed.FindIndex(known => known == word || (flag is not null && (known == flag.Name || known == flag.Short))) : -1;
        if (given >= 0 && value is not null && given + 1 < typed.Count)
        {
            typed[given + 1] = value;
            return;
        }

        if (given >= 0)
            return;
        typed.Add(word);
        if (value is not null)
            typed.Add(value);
    }

    private bool TakesValue(string word) => Find(word)?.TakesValue == true;

    private static string Quote(string word) => Plain().IsMatch(word) ? word : "'" + Rendering.TerminalText.Safe(word).Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
