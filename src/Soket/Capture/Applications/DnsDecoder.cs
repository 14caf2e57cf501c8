using System.Buffers.Binary;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Capture.Applications;

/// <summary>DNS: in datagrams, and on a stream with its length before each message (RFC 1035 4.2). Multicast DNS and LLMNR are written the same way.</summary>
internal sealed class DnsDecoder : ApplicationDecoder
{
    // How many bytes of a stream tell whether it is DNS: the length and the header.
    private const int MinStream = 2 + DnsHeader.Length;

    // The shortest question is the root's: one byte, type and class.
    private const int Shortest = DnsHeader.Length + 5;

    /// <inheritdoc/>
    public override string Protocol => "DNS";

    /// <summary>Whether a port is one of DNS: 53, multicast DNS's 5353, LLMNR's 5355.</summary>
    public static bool IsPort(int port) => port is 53 or 5353 or 5355;

    /// <summary>Whether a stream begins with a DNS query or its reply.</summary>
    /// <param name="bytes">Its first bytes.</param>
    /// <param name="expected">Whether its port says so; else the bytes must leave no doubt.</param>
    /// <param name="needsMore">Whether more bytes could tell.</param>
    public static bool Begins(ReadOnlySpan<byte> bytes, bool expected, out bool needsMore)
    {
        needsMore = bytes.Length < MinStream;
        if (needsMore)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return length >= Shortest && IsLikely(bytes[2..], expected) && (expected || (length <= bytes.Length - 2 && DnsMessage.TryParse(bytes.Slice(2, length), out _, out _)));
    }

    /// <summary>The message of a datagram; null where it is none of DNS.</summary>
    /// <param name="bytes">Its data.</param>
    /// <param name="expected">Whether its port says so; else the bytes must leave no doubt.</param>
    public static ApplicationMessage? OfDatagram(ReadOnlySpan<byte> bytes, bool expected) =>
        bytes.Length >= DnsHeader.Length && IsLikely(bytes, expected) ? Told(bytes, bytes.Length) : null;

    /// <inheritdoc/>
    public override long Read(bool fromInitiator, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found)
    {
        if (bytes.Length < 2)
            return 0;
        int length = 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.Span);
        if (bytes.Length < length)
            return 0;
        if (Told(bytes.Span[2..length], length) is not { } message)
            return -1;
        found.Add(message);
        return length;
    }

    // A header that a question or its reply can have. Without the port to say so, exactly one question, and no flag that nobody sets.
    private static bool IsLikely(ReadOnlySpan<byte> bytes, bool expected)
    {
        if (!DnsHeader.TryParse(bytes, out DnsHeader header))
            return false;
        bool reply = (header.Flags & DnsHeaderBits.Response) != 0;
        return expected || (header.Questions == 1 && header.Opcode == 0 && (header.Word & 0x0040) == 0 && bytes.Length >= Shortest
            && (reply || (header is { Answers: 0, Authorities: 0, Additionals: <= 2 } && header.Rcode == DnsRcode.NoError)));
    }

    private static ApplicationMessage? Told(ReadOnlySpan<byte> bytes, int length) =>
        DnsMessage.TryParse(bytes, out DnsMessage? message, out _) ? new("DNS", Cut(Summary(message)), length) : null;

    private static string Summary(DnsMessage message)
    {
        var words = new List<string> { message.IsResponse ? message.Rcode.ToString() : DnsHeader.OpcodeName(message.Opcode) };
        if (message.Questions.Count > 0)
            words.Add($"{message.Questions[0].Name} {message.Questions[0].Type}");
        if (!message.IsResponse)
            return string.Join(' ', words);
        if ((message.Flags & DnsHeaderBits.Truncated) != 0)
            words.Add("TC");
        // The answer itself in full where it is short; what is asked is repeated by nobody.
        foreach (DnsRecord record in message.Answers)
            words.Add(record.Data is AddressData or Ipv6AddressData ? record.Data.ToString() : $"{record.Type} {record.Data}");
        return string.Join(' ', words);
    }
}
