using System.Globalization;
using System.Text;

namespace Soket.Explain.Internal;

/// <summary>The first bytes a peer sent: enough to tell TLS from plain text, and often which protocol.</summary>
internal sealed record PeerBytes(bool IsTls, string? Protocol, string Shown)
{
    /// <summary>Whether a client's handshake begins here: a handshake record (22) with a ClientHello (1) in it (RFC 8446 4 and 5.1).</summary>
    public bool IsClientHello { get; private init; }

    // How servers and clients open a conversation, by the RFC of each.
    private static readonly (string Opening, string Protocol)[] Openings =
    [
        ("HTTP/", "HTTP"), ("GET ", "HTTP"), ("POST ", "HTTP"), ("HEAD ", "HTTP"), ("PUT ", "HTTP"), ("OPTIONS ", "HTTP"), ("CONNECT ", "HTTP"), ("PRI * HTTP/2", "HTTP/2"),
        ("SSH-", "SSH"), ("220", "SMTP/FTP"), ("EHLO", "SMTP"), ("HELO", "SMTP"), ("+OK", "POP3"), ("* OK", "IMAP"), ("-ERR", "POP3"),
    ];

    public static PeerBytes? Of(Inquiry q) => Parse(q.Fact(FailureFacts.TlsFirstBytes));

    /// <summary>Reads hexadecimal digits, with or without spaces; null when they are none.</summary>
    public static PeerBytes? Parse(string? hex)
    {
        if (hex is null)
            return null;
        var bytes = new List<byte>();
        string digits = hex.Replace(" ", "", StringComparison.Ordinal);
        for (int i = 0; i + 1 < digits.Length && bytes.Count < 48; i += 2)
        {
            if (!byte.TryParse(digits.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                return null;
            bytes.Add(value);
        }

        if (bytes.Count == 0)
            return null;
        string text = Encoding.Latin1.GetString([.. bytes]);

        // RFC 8446, 5.1: content type 20 to 23, then the legacy version, 0x03 0x00 to 0x03 0x04.
        bool tls = bytes[0] is >= 0x14 and <= 0x17 && (bytes.Count < 2 || bytes[1] == 0x03);
        string? protocol = Openings.FirstOrDefault(opening => text.StartsWith(opening.Opening, StringComparison.OrdinalIgnoreCase)).Protocol;
        return new(tls, protocol, Show(bytes, text)) { IsClientHello = tls && bytes.Count > 5 && bytes[0] == 0x16 && bytes[5] == 0x01 };
    }

    // Text as text, up to its first line break; anything else as bytes.
    private static string Show(List<byte> bytes, string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        string line = end < 0 ? text : text[..end];
        return line.Length > 0 && line.All(c => c is >= ' ' and <= '~')
            ? $"\"{line}\""
            : string.Join(' ', bytes.Take(8).Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
