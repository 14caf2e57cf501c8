using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Soket.Cli.Commands.Serve;

/// <summary>
/// A command line cut into words as a POSIX shell cuts it: blanks, 'all as it is', "blanks kept", \one. Nothing else means anything here; what a shell would
/// act upon is refused, so that nobody takes <c>|</c> for a pipe. Pure.
/// </summary>
internal static class CommandWords
{
    private const string ForShells = "|&;<>()$`";

    /// <summary>Cuts a command into words.</summary>
    /// <param name="text">The command.</param>
    /// <param name="words">Its words.</param>
    /// <param name="fault">What keeps it from being cut: a character only a shell knows, or a quote that is not closed.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out List<string>? words, out char fault)
    {
        words = null;
        fault = default;
        var found = new List<string>();
        StringBuilder? word = null;
        char quote = default;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\'' && c != '\'')
            {
                word!.Append(c);
            }
            else if (c == '\\' && i + 1 < text.Length && (quote == default || text[i + 1] is '"' or '\\' or '$' or '`'))
            {
                (word ??= new()).Append(text[++i]);
            }
            else if (c == quote)
            {
                quote = default;
            }
            else if (quote == default && c is '\'' or '"')
            {
                word ??= new();
                quote = c;
            }
            else if (c is '$' or '`' || (quote == default && ForShells.Contains(c, StringComparison.Ordinal)))
            {
                fault = c;
                return false;
            }
            else if (quote == default && char.IsWhiteSpace(c))
            {
                if (word is not null)
                    found.Add(word.ToString());
                word = null;
            }
            else
            {
                (word ??= new()).Append(c);
            }
        }

        if (quote != default)
        {
            fault = quote;
            return false;
        }

        if (word is not null)
            found.Add(word.ToString());
        words = found;
        return true;
    }
}
