using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Soket.Endpoints;

/// <summary>Host names and addresses as they stand in an endpoint: which texts are one, and its canonical form.</summary>
internal static class HostName
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads an IPv6 address, its zone included, without brackets.</summary>
    public static bool TryIPv6(string text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        string address = percent < 0 ? text : text[..percent];
        string zone = percent < 0 ? "" : text[(percent + 1)..];
        if (percent >= 0 && (zone.Length == 0 || zone.AsSpan().ContainsAny("%[]/ ")))
            return false;
        if (!address.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(address, out IPAddress? parsed) || address.AsSpan().ContainsAny("[]/"))
            return false;
        canonical = percent < 0 ? parsed.ToString() : $"{parsed}%{zone}";
        return true;
    }

    /// <summary>Reads a host name, an IPv4 address in its one unambiguous form, or <see cref="SocketUri.AnyHost"/>.</summary>
    public static bool TryHostName(string text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text == SocketUri.AnyHost)
        {
            canonical = text;
            return true;
        }

        // A last label that is a number makes it an IPv4 address, which has one unambiguous form: four decimal numbers. inet_aton's "127.1",
        // "0177.0.0.1" and "1.2.3.0x4" are how addresses are smuggled past filters.
        ReadOnlySpan<char> last = text.AsSpan().TrimEnd('.');
        last = last[(last.LastIndexOf('.') + 1)..];
        if (!last.ContainsAnyExceptInRange('0', '9') || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !last[2..].ContainsAnyExcept(HexDigits)))
        {
            if (!IPAddress.TryParse(text, out IPAddress? v4) || v4.ToString() != text)
                return false;
            canonical = text;
            return true;
        }

        if (!TryAscii(text, out string? ascii))
            return false;

        // RFC 1123 2.1 labels, the underscore of service names allowed; a final dot names the root.
        string name = ascii.EndsWith('.') ? ascii[..^1] : ascii;
        if (name.Length is 0 or > 253)
            return false;
        foreach (string label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || label.StartsWith('-') || label.EndsWith('-'))
                return false;
            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                    return false;
            }
        }

        canonical = ascii.ToLowerInvariant();
        return true;
    }

    private static bool TryAscii(string text, [NotNullWhen(true)] out string? ascii)
    {
        ascii = text;
        if (System.Text.Ascii.IsValid(text))
            return true;

        // Without the tables of IDNA the punycode of nearly anything can be had, look-alikes and invisible characters included; letters, marks and
        // digits are what names are made of. The full-width forms are disallowed there too (RFC 5892 2.2).
        ascii = null;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii && (rune.Value is 0xFFFD or (>= 0xFF00 and <= 0xFFEF)
                || System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
                    or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber)))
                return false;
        }

        try
        {
            ascii = new IdnMapping().GetAscii(text.ToLowerInvariant());
            return true;
        }
        catch (ArgumentException)
        {
            return false; // a label longer than 63 bytes, or an empty one
        }
    }

    /// <summary>The canonical form of a name or address.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static string Canonical(string host) =>
        TryHostName(host, out string? canonical) || TryIPv6(host, out canonical)
            ? canonical
            : throw new FormatException($"'{host}' is neither a host name nor an address.");

}
