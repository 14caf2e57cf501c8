using System.Globalization;
using System.Text;

namespace Soket.Languages;

/// <summary>How many columns a text takes on a terminal, colours apart (wcwidth(3), the ranges of Unicode's East Asian Width that terminals agree on). Pure.</summary>
public static class TextWidth
{
    private const int LongestTogether = 20; // "(ECONNREFUSED 111)", "[1.53 ms]"

    /// <summary>The columns of a text.</summary>
    /// <param name="text">The text; ANSI colours (ECMA-48 SGR) in it take none.</param>
    public static int Of(string text)
    {
        if (TerminalText.IsPlain(text))
            return text.Length;
        int width = 0;
        for (int at = 0; at < text.Length;)
        {
            if (Colour(text, at) is > 0 and int length)
            {
                at += length;
                continue;
            }

            Rune rune = Rune.TryGetRuneAt(text, at, out Rune whole) ? whole : Rune.ReplacementChar;
            width += Of(rune);
            at += rune.Utf16SequenceLength;
        }

        return width;
    }

    /// <summary>The columns of a character: 0, 1 or 2.</summary>
    /// <param name="rune">The character.</param>
    public static int Of(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
            or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F680 and <= 0x1F6FF)
            or (>= 0x1F900 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD) => 2,
        _ => 1,
    };

    /// <summary>The text cut to a width, with <paramref name="mark"/> where it was cut.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">The most columns, the mark among them.</param>
    /// <param name="mark">What says that something is left out.</param>
    public static string Cut(string text, int width, string mark)
    {
        if (Of(text) <= width)
            return text;
        int room = width - Of(mark);
        if (room < 0)
            return "";
        var result = new StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            if (Colour(text, at) is > 0 and int length)
            {
                result.Append(text, at, length);
                at += length;
                continue;
            }

            Rune rune = Rune.TryGetRuneAt(text, at, out Rune whole) ? whole : Rune.ReplacementChar;
            room -= Of(rune);
            if (room < 0)
                break;
            result.Append(rune.ToString());
            at += rune.Utf16SequenceLength;
        }

        return result.Append(mark).ToString();
    }

    /// <summary>The text with spaces behind it, so that it is as wide as asked for.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Columns.</param>
    public static string PadRight(string text, int width) => text + new string(' ', Math.Max(0, width - Of(text)));

    /// <summary>The text with spaces before it, so that it is as wide as asked for.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Columns.</param>
    public static string PadLeft(string text, int width) => new string(' ', Math.Max(0, width - Of(text))) + text;

    /// <summary>
    /// The text in lines of at most <paramref name="width"/> columns, broken at spaces where it can be. What stands between backquotes is a command,
    /// which people copy: it is not broken at all. A few words in brackets stay together. Colours (ECMA-48 SGR) take no room.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="width">The most columns of a line.</param>
    /// <param name="indent">What further lines begin with.</param>
    public static IReadOnlyList<string> Wrap(string text, int width, string indent = " ")
    {
        var lines = new List<string>();
        string rest = text;
        while (Break(rest, width) is > 0 and int cut)
        {
            lines.Add(rest[..cut].TrimEnd());
            string next = indent + rest[cut..].TrimStart();
            rest = next.Length < rest.Length ? next : rest[cut..]; // too narrow for an indent
        }

        if (rest.Trim().Length > 0 || lines.Count == 0)
            lines.Add(rest);
        return lines;
    }

    // Where the first line of the text ends; 0 where all of it fits.
    private static int Break(string text, int width)
    {
        int used = 0, at = 0, space = -1, bracketEnd = -1;
        bool command = false;
        while (at < text.Length)
        {
            if (Colour(text, at) is > 0 and int length)
            {
                at += length;
                continue;
            }

            Rune rune = Rune.TryGetRuneAt(text, at, out Rune whole) ? whole : Rune.ReplacementChar;
            if (used + Of(rune) > width)
                break;
            used += Of(rune);
            at += rune.Utf16SequenceLength;
            command ^= rune.Value == '`';
            if (rune.Value is '(' or '[' && at > 1 && text[at - 2] == ' ' && text.IndexOf(rune.Value == '(' ? ')' : ']', at) is > 0 and int end && end - at <= LongestTogether)
                bracketEnd = end;
            // After a space, and after the bracket of a call: "bind(" may end a line, "ECONNREFUSED (" may not.
            if (at > 1 && !command && at > bracketEnd && (rune.Value == ' ' || (rune.Value == '(' && text[at - 2] != ' ')))
                space = at;
        }

        if (at >= text.Length)
            return 0;
        bool breakable = space > 1 && !string.IsNullOrWhiteSpace(text[..space]);
        if (command && !breakable && text.IndexOf('`', at) is > 0 and int commandEnd)
            at = commandEnd + 1;
        return breakable ? space : at < text.Length ? Math.Max(at, 1) : 0;
    }

    private static int Colour(string text, int at)
    {
        if (text[at] != '\u001b' || at + 1 >= text.Length || text[at + 1] != '[')
            return 0;
        int end = text.IndexOf('m', at);
        return end < 0 ? 0 : end + 1 - at;
    }
}
