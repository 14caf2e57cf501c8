using System.Globalization;
using System.Text;

namespace Soket.Chat;

/// <summary>What people say, made harmless for every terminal and page that it will come to: the server passes on nothing that acts. Pure.</summary>
public static class ChatText
{
    /// <summary>
    /// The text of received bytes on one line: what is not UTF-8, controls, and invisible characters that turn or hide text become U+FFFD; tabs and line
    /// breaks become spaces; white space at both ends goes. The joiners that some scripts and pictures need stay.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    public static string Clean(ReadOnlySpan<byte> bytes) => Clean(Encoding.UTF8.GetString(bytes));

    /// <inheritdoc cref="Clean(ReadOnlySpan{byte})"/>
    /// <param name="text">The text.</param>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text.Trim();
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\n' or '\r')
                clean.Append(' ');
            else if (IsHarmless(rune))
                clean.Append(rune.ToString());
            else
                clean.Append('\uFFFD');
        }

        return clean.ToString().Trim();
    }

    private static bool IsHarmless(Rune rune) => rune.Value is 0x200C or 0x200D || (!IsBlank(rune) && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate));

    // Letters and symbols that show nothing (the Hangul fillers, an empty braille pattern), and what is no character and never will be.
    private static bool IsBlank(Rune rune) => rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 or (>= 0xFDD0 and <= 0xFDEF) || (rune.Value & 0xFFFE) == 0xFFFE;
}
