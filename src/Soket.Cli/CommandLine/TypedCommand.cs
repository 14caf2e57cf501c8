using System.Text.RegularExpressions;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Dns;

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
    public string Retell(string text) => AsCalled(Command().Replace(text, match => Rebuild(Words(match.Groups[1].Value)) is { } whole ? $"`{whole}`" : match.Value));

    /// <summary>What to do about a failure, with the commands in it as they are to be typed.</summary>
    public string Retell(Explanation explanation, SocketFailure failure)
    {
        if (verb?.Name != "fetch")
            return Retell(explanation.Remedy);
        // Where somebody else speaks, what helps is no fetch.
        if (explanation.Code == "http-not-http")
            return AsCalled(explanation.Remedy);
        // A fetch has a limit of its own for each step.
        return Retell(explanation.Remedy.Replace("--timeout 30s", failure.Call == SocketCall.TlsHandshake ? "--tls-timeout 30s" : "--connect-timeout 30s", StringComparison.Ordinal));
    }

    /// <summary>A text with the program as it was called.</summary>
    public string AsCalled(string text) => program == "soket" ? text : Call().Replace(text, match => CommandLineApp.Verbs.Any(known => known.Name == match.Groups[1].Value) ? program + " " : match.Value);

    [GeneratedRegex("`soket ([^`\n]+)`")]
    private static partial Regex Command();

    // What a chat's server says first (ChatService.Mark) is no command, and may be quoted.
    [GeneratedRegex(@"(?<![\w./-]|\* )soket (?=([a-z]+)\b)")]
    private static partial Regex Call();

    // To PowerShell a comma parts two words.
    [GeneratedRegex(@"^[A-Za-z0-9_@%+=:./\[\]-]+\z")]
    private static partial Regex Plain();

    // What is proposed stands between single quotes where a shell would take it apart, and has none within.
    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();

    private static string[] Words(string command) => [.. Word().Matches(command).Select(word => word.Value.Trim('\''))];

    private string? Rebuild(string[] proposed)
    {
        if (verb is null || proposed is not [var name, ..])
            return null;
        if (verb.Name == "chat" && proposed is ["serve", "echo", var hall])
            return $"soket serve chat {Quote(hall)}";
        if (verb.Name == "fetch" && name is "connect" or "serve" or "fetch")
            return RebuildFetch(proposed);
        // What is proposed to a server, another port, is proposed to what listens as well; what is proposed to a client, to one that measures or chats, where it has the flags.
        if (name != verb.Name && (name, verb.Name) != ("serve", "listen") && (name != "connect" || verb.Name is not ("bench" or "chat") || proposed.Any(word => word.StartsWith('-') && Find(word) is null)))
            return null;
        if (name == "dns")
            return RebuildDns(proposed);
        int endpoint = Array.FindLastIndex(proposed, word => SocketUri.TryParse(word, out _, out _));
        if (endpoint < 1)
            return null;
        List<string> typed = [.. arguments.SelectMany(Apart)];
        if (!Place(typed, proposed[endpoint]))
            return null;
        SocketUri there = SocketUri.Parse(proposed[endpoint]);
        if (!there.IsSecure)
            RemoveTls(typed);
        if (name == "connect")
            Remove(typed, flag => there.IsWebSocket ? flag.Name is "--framing" or "--crlf" : flag.Group == "flags.websocket"); // each is refused with the other
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
            return [word[..equals], Shown(flag, word[(equals + 1)..])];
        return [index > 0 && Find(arguments[index - 1]) is { TakesValue: true } before ? Shown(before, word) : word];
    }

    private string Shown(Flag flag, string value)
    {
        if (verb?.Name != "fetch")
            return flag.Shown(value);
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        return flag.Name switch
        {
            "--user" or "--bearer" when !value.StartsWith('@') => HttpSecrets.Mask,
            "--header" when colon > 0 && HttpSecrets.IsField(value[..colon]) => $"{value[..colon]}: {HttpSecrets.Mask}",
            _ => flag.Shown(value),
        };
    }

    private Flag? Find(string word) => verb!.Flags.Concat(CommonFlags.Everywhere).FirstOrDefault(flag => flag.Name == word || flag.Short == word);

    // What is proposed of a connection, said of the fetch that makes it: with or without TLS, with a flag of TLS, or a server to start.
    private string? RebuildFetch(string[] proposed)
    {
        if (proposed is ["serve", "echo", var place])
            return $"soket serve http --root . {Quote(place)}";
        List<string> typed = [.. arguments.SelectMany(Apart)];
        int url = Enumerable.Range(0, typed.Count).FirstOrDefault(i => i > typed.IndexOf("fetch") && !typed[i].StartsWith('-') && !TakesValue(typed[i - 1]), -1);
        if (url >= 0)
            typed[url] = Redacted(typed[url]);
        if (proposed is ["connect", _, "--proxy", "off"])
        {
            Add(typed, "--proxy", "off");
        }
        else if (proposed is ["connect", "--connect-timeout", var time, _])
        {
            Add(typed, "--connect-timeout", time);
        }
        else if (proposed is ["fetch", _, "-o", var file, "-C", "-"])
        {
            if (typed.Exists(word => word is "--head" or "-r" or "--range" or "-"))
                return null;
            if (!typed.Exists(word => word is "-O" or "--remote-name"))
                Add(typed, "-o", Given(typed, "-o") ?? file);
            Add(typed, "-C", "-");
        }
        else if (proposed is ["connect", var other] && url >= 0 && other.StartsWith("https://", StringComparison.Ordinal))
        {
            typed[url] = other;
        }
        else if (proposed is ["connect", var plain] && url >= 0 && plain.StartsWith("tcp://", StringComparison.Ordinal) && typed[url].StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            typed[url] = "http://" + typed[url]["https://".Length..];
            RemoveTls(typed);
        }
        else if (proposed is ["connect", var there] && url >= 0 && Moved(typed[url], there) is { } moved)
        {
            typed[url] = moved;
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

    // The page of a URL at another address or port, carried as before; null where that is no place for it.
    private static string? Moved(string typed, string endpoint)
    {
        if (!HttpUrl.TryParse(typed, out HttpUrl? url, out _) || !SocketUri.TryParse(endpoint, out SocketUri uri, out _) || uri.IsUnix || uri.IsSecure != url.IsSecure || uri.SchemeName is not ("tcp" or "tls"))
            return null;
        return $"{url.Scheme}{endpoint[endpoint.IndexOf("://", StringComparison.Ordinal)..]}{HttpSecrets.Redact(url.Target)}";
    }

    // A URL without the login and the secrets in it: what is proposed stands in a terminal, and often in a log.
    private static string Redacted(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal), begin = scheme < 0 ? 0 : scheme + 3;
        int end = url.AsSpan(begin).IndexOfAny("/?#") is >= 0 and int path ? begin + path : url.Length;
        int at = url.LastIndexOf('@', end - 1, end - begin);
        string plain = at < 0 ? url : $"{url[..begin]}{HttpSecrets.Mask}@{url[(at + 1)..]}";
        return HttpSecrets.Redact(plain);
    }

    private string? Given(List<string> typed, string word)
    {
        Flag? flag = Find(word);
        int given = typed.FindIndex(known => known == word || known == flag?.Name || known == flag?.Short);
        return given >= 0 && given + 1 < typed.Count ? typed[given + 1] : null;
    }

    // The question stays as it was typed; whom it goes to is a word with @. One without a scheme would take on what --port and --tls say.
    private string? RebuildDns(string[] proposed)
    {
        int server = Array.FindIndex(proposed, word => word.StartsWith('@') && word.Contains("://", StringComparison.Ordinal));
        string[] names = [.. proposed.Take(Math.Max(server, 0)).Skip(1).TakeWhile(word => !word.StartsWith('-'))];
        bool sameQuestion = names is [var asked, ..] && arguments.Any(word => word.TrimEnd('.').Equals(asked.TrimEnd('.'), StringComparison.OrdinalIgnoreCase)) && names.Skip(1).All(type => type == "A" || arguments.Contains(type, StringComparer.OrdinalIgnoreCase));
        // The same name asked for other types is the command with these in place of those.
        bool otherTypes = !sameQuestion && names is [var same, _, ..] && arguments.Any(word => word.TrimEnd('.').Equals(same.TrimEnd('.'), StringComparison.OrdinalIgnoreCase));
        if (server < 0 || (!sameQuestion && !otherTypes) || arguments.Contains("--trace"))
            return null;
        List<string> typed = [.. arguments.SelectMany(Apart)];
        if (otherTypes)
            Ask(typed, names);
        int there = typed.FindIndex(word => word.StartsWith('@'));
        if (there < 0)
            typed.Add(proposed[server]);
        else
            typed[there] = proposed[server];
        if (!proposed[server].StartsWith("@tls:", StringComparison.Ordinal) && !proposed[server].StartsWith("@https:", StringComparison.Ordinal))
            RemoveTls(typed);
        for (int i = server + 1; i < proposed.Length; i++)
        {
            bool pair = TakesValue(proposed[i]) && i + 1 < proposed.Length;
            Add(typed, proposed[i], pair ? proposed[i + 1] : null);
            i += pair ? 1 : 0;
        }

        string whole = program + " " + string.Join(' ', typed.Select(Quote));
        return whole.Length <= Longest ? whole : null;
    }

    private void Ask(List<string> typed, string[] names)
    {
        int name = typed.FindIndex(word => word.TrimEnd('.').Equals(names[0].TrimEnd('.'), StringComparison.OrdinalIgnoreCase));
        for (int i = typed.Count - 1; i > 0; i--)
        {
            if (i == name || typed[i] == verb!.Name || TakesValue(typed[i - 1]) || !DnsType.TryParse(typed[i], out _))
                continue;
            typed.RemoveAt(i);
            name -= i < name ? 1 : 0;
        }

        typed.InsertRange(name + 1, names.Skip(1));
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
    private void RemoveTls(List<string> typed) => Remove(typed, flag => flag.Group == "flags.tls");

    private void Remove(List<string> typed, Func<Flag, bool> unwanted)
    {
        for (int i = typed.Count - 1; i > 0; i--)
        {
            if (!verb!.Flags.Any(flag => unwanted(flag) && (flag.Name == typed[i] || flag.Short == typed[i] || typed[i].StartsWith(flag.Name + "=", StringComparison.Ordinal))))
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

    /// <summary>A word as a shell takes it for one; safe for a terminal.</summary>
    public static string Quote(string word) => Plain().IsMatch(word) ? word : "'" + TerminalText.Safe(word).Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
