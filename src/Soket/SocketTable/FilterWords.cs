namespace Soket.SocketTable;

/// <summary>A filter's text as words: each a term, a joining word or a bracket. Pure.</summary>
internal static class FilterWords
{
    /// <summary>What comparisons are written with.</summary>
    public static readonly char[] Signs = ['=', '!', '<', '>'];

    private static readonly HashSet<string> Names = new(["state", "port", "local", "remote", "pid", "program", "user", "path", "sport", "dport", "src", "dst"], StringComparer.OrdinalIgnoreCase);

    // Of ss: with the value beside it, and no sign between.
    private static readonly HashSet<string> AloneNames = new(["sport", "dport", "src", "dst", "state"], StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, string> Comparisons = new(StringComparer.OrdinalIgnoreCase)
    {
        ["eq"] = "=", ["ne"] = "!=", ["neq"] = "!=", ["lt"] = "<", ["gt"] = ">", ["le"] = "<=", ["leq"] = "<=", ["ge"] = ">=", ["geq"] = ">=",
    };

    /// <summary>The words of a filter.</summary>
    public static List<string> Of(string text) => Joined(Words(text));

    /// <summary>Whether a term has this name.</summary>
    public static bool IsName(string word) => Names.Contains(word);

    // Brackets and "!" are words of their own, except those of an IPv6 address.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ' ';
            bool alone = c is '(' or ')' || (c == '!' && (start < 0 && (i + 1 >= text.Length || text[i + 1] != '=')));
            if (char.IsWhiteSpace(c) || alone)
            {
                if (start >= 0)
                    words.Add(text[start..i]);
                start = -1;
                if (alone)
                    words.Add(c.ToString());
            }
            else if (start < 0)
            {
                start = i;
            }
        }

        return words;
    }

    // What ss writes with spaces is one term: "sport = :80", "dport gt :1024", "dst 10.0.0.0/8", "state established".
    private static List<string> Joined(List<string> words)
    {
        var joined = new List<string>();
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (Names.Contains(word) && i + 1 < words.Count && Sign(words[i + 1]) is { Length: > 0 } sign)
                word += sign + words[++i][(Comparisons.ContainsKey(words[i]) ? words[i].Length : sign.Length)..];
            else if (AloneNames.Contains(word) && i + 1 < words.Count && words[i + 1] is not ("(" or ")" or "and" or "or"))
                word += "=" + words[++i];
            if (i + 1 < words.Count && word.IndexOfAny(Signs) is > 0 and int at && Names.Contains(word[..at]) && word[at..] is "=" or "==" or "!=" or "<" or "<=" or ">" or ">=" && words[i + 1] is not ("(" or ")"))
                word += words[++i];
            joined.Add(word);
        }

        return joined;
    }

    // How a word compares, at its beginning or in letters; empty where it does not.
    private static string Sign(string word) => Comparisons.TryGetValue(word, out string? spelt) ? spelt : word[..(word.AsSpan().IndexOfAnyExcept(Signs) is >= 0 and int end ? end : word.Length)];
}
