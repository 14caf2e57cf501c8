using System.Text;

namespace Soket.Explain.Internal;

/// <summary>
/// The commands in a text that people paste into a shell. What stands in their placeholders may be a peer's: each value is one word of text to the shell, or is left out. Pure.
/// </summary>
internal static class ProposedCommand
{
    private const string LeftOut = "…";

    // Around a value on its way into a text. They are characters for private use, of which Inquiry.Clean lets none through.
    private const char Begin = '\uE000', End = '\uE001';

    // Within single quotes these end the quoting somewhere: PowerShell hands a double quote on as one, csh obeys an exclamation mark, cmd knows no single quotes.
    private static readonly string Barred = OperatingSystem.IsWindows() ? "'\"`!&|<>^" : "'\"`!";

    /// <summary>A value as it goes into a text that <see cref="Write"/> gets.</summary>
    public static string Mark(string value) => $"{Begin}{value}{End}";

    /// <summary>A text with its values as they are told: between backquotes as words of a command, elsewhere as they are, without backquotes of their own.</summary>
    /// <param name="marked">The text; its values are marked.</param>
    public static string Write(string marked)
    {
        var text = new StringBuilder(marked.Length);
        var word = new StringBuilder();
        bool inCommand = false, inValue = false;
        foreach (char c in marked)
        {
            bool isMark = c is Begin or End;
            if (isMark)
                inValue = c == Begin;

            if (!inValue && (c == '`' || (inCommand && c == ' ')))
            {
                text.Append(Word(word.ToString())).Append(c);
                word.Clear();
                inCommand ^= c == '`';
            }
            else if (inCommand)
            {
                word.Append(c);
            }
            else if (!isMark)
            {
                text.Append(c == '`' ? '\'' : c);
            }
        }

        return text.Append(Word(word.ToString())).ToString();
    }

    /// <summary>A word as sh, bash, zsh, fish and PowerShell take it for one, and for no option; an ellipsis where there is no such way.</summary>
    public static string Quote(string word) => word.StartsWith('-') ? LeftOut : Apart(word);

    // A word of a command as its text has it; without a value in it, it is told as it stands there.
    private static string Word(string marked)
    {
        if (!marked.Contains(Begin, StringComparison.Ordinal))
            return marked;
        string word = string.Concat(marked.Where(c => c is not (Begin or End)));
        return marked[0] == Begin ? Quote(word) : Apart(word);
    }

    private static string Apart(string word) => word.All(IsPlain) ? word : word.All(IsQuotable) && HasPlainBackslashes(word) ? $"'{word}'" : LeftOut;

    // A comma parts words in PowerShell.
    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/' or '@' or '[' or ']' or '%' or '+' or '=';

    // Of what is not ASCII letters and digits alone (PowerShell takes typographic quotes for quotes), and where Inquiry.Clean has cut.
    private static bool IsQuotable(char c) => c is >= ' ' and <= '~' ? !Barred.Contains(c, StringComparison.Ordinal) : c == '…' || char.IsLetterOrDigit(c);

    // fish: within single quotes a backslash escapes another one and the closing quote.
    private static bool HasPlainBackslashes(string word) => !word.EndsWith('\\') && !word.Contains(@"\\", StringComparison.Ordinal);
}
