using System.Text;
using Soket.Protocols.Http1;

namespace Soket.Http;

/// <summary>Which characters a body's bytes are: as Content-Type says, else as a byte order mark says, else UTF-8.</summary>
public static class HttpCharset
{
    /// <summary>How many bytes a byte order mark has at most.</summary>
    public const int MarkLength = 3;

    /// <summary>Finds the encoding of a body.</summary>
    /// <param name="contentType">The value of Content-Type; null where there is none.</param>
    /// <param name="first">The first bytes of the body, <see cref="MarkLength"/> of them where there are as many.</param>
    /// <param name="mark">How many of these are a byte order mark, and no text.</param>
    /// <returns>The encoding; what is no text in it becomes U+FFFD.</returns>
    public static Encoding Of(string? contentType, ReadOnlySpan<byte> first, out int mark)
    {
        Encoding? marked = first switch
        {
            [0xef, 0xbb, 0xbf, ..] => Encoding.UTF8,
            [0xff, 0xfe, ..] => Encoding.Unicode,
            [0xfe, 0xff, ..] => Encoding.BigEndianUnicode,
            _ => null,
        };
        Encoding? named = Name(contentType) is { } name ? Find(name) : null;
        Encoding encoding = named ?? marked ?? Encoding.UTF8;
        mark = marked is not null && marked.WebName == encoding.WebName ? marked.Preamble.Length : 0;
        return encoding;
    }

    // type/subtype; charset="utf-8"
    private static string? Name(string? contentType)
    {
        if (contentType is null)
            return null;
        foreach (string parameter in HttpSyntax.Split(contentType, ';').Skip(1))
        {
            string[] pair = parameter.Split('=', 2);
            if (pair.Length == 2 && pair[0].Trim().Equals("charset", StringComparison.OrdinalIgnoreCase))
                return pair[1].Trim().Trim('"');
        }

        return null;
    }

    private static Encoding? Find(string name)
    {
        try
        {
            // UTF-7 is how scripts are smuggled past filters, and .NET refuses it by itself. What the web calls ISO 8859-1 and ASCII is Windows-1252
            // (WHATWG Encoding 4.2).
            if (name.ToUpperInvariant() is "ISO-8859-1" or "LATIN1" or "US-ASCII" or "ASCII")
                name = "windows-1252";
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null; // A name nobody knows is as good as none.
        }
    }
}
