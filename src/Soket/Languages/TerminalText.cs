using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Soket.Languages;

/// <summary>
/// What comes from elsewhere, made fit for a terminal: text that can be read passes, everything a terminal would obey or hide becomes a visible
/// escape. Controls and DEL: <c>\n \r \t \0 \x1b</c>; bytes that are no UTF-8: <c>\xff</c>; C1 controls, bidirectional overrides, zero-width and
/// other format characters: <c>\u{202e}</c>. A backslash is doubled, so that the escapes can be told from text. Pure.
/// </summary>
public static class TerminalText
{
    /// <summary>For texts from elsewhere in JSON that a terminal may show: what <see cref="IsPrintable"/> lets pass stays, or is an escape of JSON like all else.</summary>
    public static JavaScriptEncoder JsonEncoder { get; } = CreateJsonEncoder();

    /// <summary>Bytes as one line of text, cut after <paramref name="maxBytes"/>: <c>halo\n… (+1234 bytes)</c>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="maxBytes">How many of them are shown; a character is shown whole or not at all.</param>
    /// <param name="omitted">How many more there were that are not in <paramref name="bytes"/>.</param>
    /// <param name="more">What stands where something is left out; <c>{count}</c> is how many bytes.</param>
    public static string Escape(ReadOnlySpan<byte> bytes, int maxBytes = int.MaxValue, long omitted = 0, string more = "… (+{count} bytes)")
    {
        var text = new StringBuilder();
        int taken = Append(text, bytes, maxBytes, quote: false);
        AppendMore(text, bytes.Length - taken + omitted, more);
        return text.ToString();
    }

    /// <summary>As <see cref="Escape"/>, within double quotes as a C string is; the count of what was cut stands behind them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="maxBytes">How many of them are shown; a character is shown whole or not at all.</param>
    /// <param name="omitted">How many more there were that are not in <paramref name="bytes"/>.</param>
    /// <param name="more">What stands where something is left out; <c>{count}</c> is how many bytes.</param>
    public static string Quote(ReadOnlySpan<byte> bytes, int maxBytes = int.MaxValue, long omitted = 0, string more = "… (+{count} bytes)")
    {
        var text = new StringBuilder("\"");
        int taken = Append(text, bytes, maxBytes, quote: true);
        text.Append('"');
        AppendMore(text, bytes.Length - taken + omitted, more);
        return text.ToString();
    }

    /// <summary>A text from elsewhere (a name, a certificate's subject, the system's words) on one line. Backslashes stay as they are.</summary>
    /// <param name="text">The text.</param>
    public static string Safe(string text)
    {
        if (IsPlain(text))
            return text;
        var result = new StringBuilder(text.Length + 16);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int length) == OperationStatus.Done)
                AppendRune(result, rune);
            else
                result.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)rest[0]:x}}}");
            rest = rest[length..];
        }

        return result.ToString();
    }

    /// <summary>Whether a character may go to a terminal as it is.</summary>
    /// <param name="rune">The character.</param>
    public static bool IsPrintable(Rune rune) => rune.Value is >= ' ' and < 0x7F || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>A text that is fit for a terminal, for one that knows ASCII only: every other character by its number, <c>\u{4e16}</c>; an ellipsis as three dots.</summary>
    /// <param name="text">The text.</param>
    public static string Ascii(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text;
        var result = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
            result.Append(rune.IsAscii ? rune.ToString() : rune.Value == '…' ? "..." : string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"));
        return result.ToString();
    }

    /// <summary>Adds a character, as it is or as its escape.</summary>
    /// <param name="text">Where it is added.</param>
    /// <param name="rune">The character.</param>
    public static void AppendRune(StringBuilder text, Rune rune)
    {
        if (IsPrintable(rune))
        {
            Span<char> utf16 = stackalloc char[2];
            text.Append(utf16[..rune.EncodeToUtf16(utf16)]);
            return;
        }

        _ = rune.Value switch
        {
            '\n' => text.Append("\\n"),
            '\r' => text.Append("\\r"),
            '\t' => text.Append("\\t"),
            0 => text.Append("\\0"),
            < 0x20 or 0x7F => text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
            _ => text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
        };
    }

    /// <summary>Whether there is nothing in a text but what ASCII prints.</summary>
    /// <remarks>A loop: .NET's own search is not compiled ahead of time for characters, and would be compiled anew, without care, by every short run.</remarks>
    internal static bool IsPlain(string text)
    {
        foreach (char c in text)
        {
            if (c is < ' ' or > '~')
                return false;
        }

        return true;
    }

    private static int Append(StringBuilder text, ReadOnlySpan<byte> bytes, int maxBytes, bool quote)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int length);
            if (at + length > maxBytes)
                break;
            if (status != OperationStatus.Done)
            {
                foreach (byte b in bytes.Slice(at, length))
                    text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
            }
            else if (rune.Value == '\\' || (quote && rune.Value == '"'))
            {
                text.Append('\\').Append((char)rune.Value);
            }
            else
            {
                AppendRune(text, rune);
            }

            at += length;
        }

        return at;
    }

    private static void AppendMore(StringBuilder text, long count, string more)
    {
        if (count == 1)
            more = more.Replace(" bytes", " byte", StringComparison.Ordinal); // the template is one for all counts; of the languages only English has a form for one
        if (count > 0)
            text.Append(more.Replace("{count}", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private static JavaScriptEncoder CreateJsonEncoder()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);
        for (int unit = 0; unit <= char.MaxValue; unit++)
        {
            if (!Rune.TryCreate((char)unit, out Rune rune) || !IsPrintable(rune))
                settings.ForbidCharacter((char)unit);
        }

        return JavaScriptEncoder.Create(settings);
    }
}
