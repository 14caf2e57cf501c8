using System.Buffers.Binary;
using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>The flags of the header, as bits of its second 16-bit word (RFC 1035 4.1.1, RFC 4035 3).</summary>
[Flags]
public enum DnsHeaderBits
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>QR: this is a reply.</summary>
    Response = 0x8000,

    /// <summary>AA: the server has the zone itself.</summary>
    Authoritative = 0x0400,

    /// <summary>TC: the reply did not fit.</summary>
    Truncated = 0x0200,

    /// <summary>RD: the server is to ask further by itself.</summary>
    RecursionDesired = 0x0100,

    /// <summary>RA: it does so.</summary>
    RecursionAvailable = 0x0080,

    /// <summary>AD: the server has checked the signatures.</summary>
    AuthenticData = 0x0020,

    /// <summary>CD: the client will check them itself.</summary>
    CheckingDisabled = 0x0010,
}

/// <summary>The twelve bytes a message begins with.</summary>
/// <param name="Id">What a reply repeats.</param>
/// <param name="Word">The second word: flags, opcode and the low four bits of the response code.</param>
/// <param name="Questions">How many questions follow.</param>
/// <param name="Answers">How many answers.</param>
/// <param name="Authorities">How many records of the authority section.</param>
/// <param name="Additionals">How many of the additional section.</param>
public readonly record struct DnsHeader(ushort Id, ushort Word, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals)
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 12;

    internal const int AllFlags = 0x87B0;

    /// <summary>The flags.</summary>
    public DnsHeaderBits Flags => (DnsHeaderBits)(Word & AllFlags);

    /// <summary>The kind of query: 0 a query, 4 notify, 5 update.</summary>
    public byte Opcode => (byte)(Word >> 11 & 0xF);

    /// <summary>The response code's low four bits.</summary>
    public DnsRcode Rcode => new((ushort)(Word & 0xF));

    /// <summary>The name of a kind of query.</summary>
    /// <param name="opcode">Its number, 0 to 15.</param>
    public static string OpcodeName(byte opcode) => opcode switch
    {
        0 => "QUERY",
        1 => "IQUERY",
        2 => "STATUS",
        4 => "NOTIFY",
        5 => "UPDATE",
        6 => "DSO",
        _ => string.Create(CultureInfo.InvariantCulture, $"OPCODE{opcode}"),
    };

    /// <summary>Reads it.</summary>
    /// <param name="message">The message from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <returns>Whether there are twelve bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, out DnsHeader header)
    {
        header = default;
        if (message.Length < Length)
            return false;
        header = new(U16(message), U16(message[2..]), U16(message[4..]), U16(message[6..]), U16(message[8..]), U16(message[10..]));
        return true;

        static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }
}
