using System.Text;

namespace Soket.Protocols.Dns;

/// <summary>The words of one entry of a zone file: white space parts them, quotes hold them together, a semicolon begins a comment.</summary>
internal static class ZoneWords
{
    public static bool TrySplit(string text, out List<DnsWord> words)
    {
        words = [];
        int depth = 0;
        return Split(text, words, ref depth) && depth == 0;
    }

    /// <summary>Reads the words of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">Where they go.</param>
    /// <param name="depth">How many parentheses are open, before and after it.</param>
    /// <returns>Whether quotes and parentheses match so far.</returns>
    public static bool Split(string line, List<DnsWord> words, ref int depth)
    {
        for (int i = 0; i < line.Length;)
        {
            char c = line[i];
            if (c is ' ' or '\t' or '\r' or '\n')
                i++;
            else if (c == ';')
                return true;
            else if (c == '(')
            {
                depth++;
                i++;
            }
            else if (c == ')')
            {
                if (--depth < 0)
                    return false;
                i++;
            }
            else if (!Word(line, ref i, words))
                return false;
        }

        return true;
    }

    // alpn="h2,h3" is one word: quotes in the middle of it hold together what is in them.
    private static bool Word(string line, ref int i, List<DnsWord> words)
    {
        bool quoted = line[i] == '"', within = false;
        var word = new StringBuilder();
        for (; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && i + 1 < line.Length)
                word.Append(c).Append(line[++i]);
            else if (c == '"')
            {
                within = !within;
                if (!within && quoted)
                {
                    i++;
                    break;
                }
            }
            else if (!within && (c is ' ' or '\t' or '\r' or '\n' or ';' or '(' or ')'))
                break;
            else
                word.Append(c);
        }

        if (within)
            return false;
        words.Add(new(word.ToString(), quoted));
        return true;
    }
}
