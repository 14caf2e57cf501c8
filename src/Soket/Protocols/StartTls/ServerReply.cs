namespace Soket.Protocols.StartTls;

/// <summary>What a server answered in a dialogue of lines.</summary>
/// <param name="Code">SMTP and FTP: the three digits; IMAP and POP3: the word (<c>OK</c>, <c>NO</c>, <c>BAD</c>, <c>PREAUTH</c>, <c>BYE</c>, <c>+OK</c>, <c>-ERR</c>).</param>
/// <param name="Lines">Its lines, without their ends.</param>
public sealed record ServerReply(string Code, IReadOnlyList<string> Lines)
{
    /// <summary>The line that decided, the last one of SMTP, IMAP and FTP, the first one of POP3.</summary>
    public string Deciding => Code is "+OK" or "-ERR" ? Lines[0] : Lines[^1];

    /// <summary>Whether a line of an SMTP or POP3 answer, or a word of an IMAP one, is this capability; case does not matter.</summary>
    /// <param name="name">The capability: <c>STARTTLS</c>.</param>
    public bool Offers(string name) => Lines.Any(line => Words(line).Contains(name, StringComparer.OrdinalIgnoreCase));

    // "250-STARTTLS", "* CAPABILITY IMAP4rev1 STARTTLS", "STLS": the keyword stands first, but for IMAP, where all do.
    private static IEnumerable<string> Words(string line)
    {
        if (line.StartsWith("* CAPABILITY ", StringComparison.OrdinalIgnoreCase))
            return line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(2);
        bool numbered = line.Length > 3 && char.IsAsciiDigit(line[0]) && line[3] is ' ' or '-';
        return (numbered ? line[4..] : line).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(1);
    }
}
