using System.Globalization;
using System.Text;

namespace Soket.Protocols.Dns;

/// <summary>Labels as they are written: escapes (RFC 1035 5.1) and internationalised ones (RFC 5890).</summary>
internal static class DnsNameText
{
    // IdnMapping does the whole of punycode without ICU as well; its tables then are those of .NET itself.
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false, AllowUnassigned = false };

    /// <summary>Where the first label's dot is; below zero without one. IDNA's other full stops part labels too (RFC 3490 3.1).</summary>
    public static int LabelEnd(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] is '.' or '\u3002' or '\uFF0E' or '\uFF61')
                return i;
        }

        return -1;
    }

    /// <summary>Writes a label with its length before it.</summary>
    public static bool TryLabel(ReadOnlySpan<char> text, Span<byte> wire, out int written, out DnsFault fault)
    {
        written = 0;
        fault = DnsFault.LabelLength;
        if (!Ascii.IsValid(text))
        {
            if (Punycode(text) is not { } ascii)
            {
                fault = DnsFault.Text;
                return false;
            }

            text = ascii;
        }

        int length = 0;
        for (int i = 0; i < text.Length; i++, length++)
        {
            int value = text[i];
            if (value == '\\' && !TryEscape(text, ref i, out value))
            {
                fault = DnsFault.Text;
                return false;
            }

            if (length == DnsName.MaxLabel)
                return false;
            if (1 + length >= wire.Length)
            {
                fault = DnsFault.NameTooLong;
                return false;
            }

            wire[1 + length] = (byte)value;
        }

        if (length == 0)
            return false;
        wire[0] = (byte)length;
        written = 1 + length;
        return true;
    }

    /// <summary>The byte of <c>\.</c> or <c>\032</c>; the place is moved to its last character.</summary>
    public static bool TryEscape(ReadOnlySpan<char> text, ref int i, out int value)
    {
        value = 0;
        if (i + 1 >= text.Length)
            return false;
        if (!char.IsAsciiDigit(text[i + 1]))
        {
            value = text[++i];
            return value < 0x80;
        }

        if (i + 3 >= text.Length || !int.TryParse(text.Slice(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > 255)
            return false;
        i += 3;
        return true;
    }

    /// <summary>Appends a label with escapes where it needs them.</summary>
    public static StringBuilder Write(StringBuilder text, ReadOnlySpan<byte> label)
    {
        foreach (byte b in label)
        {
            if (b is (byte)'.' or (byte)'\\' or (byte)'"' or (byte)'(' or (byte)')' or (byte)';' or (byte)'@' or (byte)'$')
                text.Append('\\').Append((char)b);
            else if (b is > 0x20 and < 0x7F)
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\{b:000}");
        }

        return text;
    }

    /// <summary>An <c>xn--</c> label as people read it; null where it is none, or stands for nothing a person could tell apart.</summary>
    public static string? Unicode(ReadOnlySpan<byte> label)
    {
        if (label.Length < 5 || !Ascii.EqualsIgnoreCase(label[..4], "xn--"u8) || !Ascii.IsValid(label))
            return null;
        try
        {
            string unicode = Idn.GetUnicode(Encoding.ASCII.GetString(label));
            return Readable(unicode) ? unicode : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string? Punycode(ReadOnlySpan<char> label)
    {
        string text = label.ToString();
        if (!Readable(text))
            return null;
        try
        {
            return Idn.GetAscii(text.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // What names are made of (RFC 5892): letters, marks and digits; no symbols, no invisible characters.
    private static bool Readable(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsAscii ? !Rune.IsLetterOrDigit(rune) && rune.Value is not ('-' or '_') : !Rune.IsLetterOrDigit(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
                return false;
        }

        return true;
    }
}
