using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The LLC and SNAP headers in which a frame that tells its length says what it carries (IEEE 802.2, RFC 1042).</summary>
/// <param name="Organisation">Whose number <paramref name="TypeNumber"/> is, 24 bits; 0 where it is an EtherType.</param>
/// <param name="TypeNumber">What it carries.</param>
public readonly record struct SnapHeader(uint Organisation, ushort TypeNumber)
{
    /// <summary>The length of both headers, bytes.</summary>
    public const int Length = 8;

    /// <summary>What it carries; <see cref="EtherType.None"/> where the number is an organisation's own.</summary>
    public EtherType Type => Organisation == 0 ? (EtherType)TypeNumber : EtherType.None;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">What follows the Ethernet header.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">Why not: <see cref="PacketProblem.UnknownProtocol"/> is LLC without SNAP, as spanning trees use it.</param>
    /// <returns>Whether it is there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out SnapHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < 3 ? PacketProblem.Truncated
            : bytes is not [0xaa, 0xaa, 0x03, ..] ? PacketProblem.UnknownProtocol
            : bytes.Length < Length ? PacketProblem.Truncated
            : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        header = new(ReadUInt32BigEndian(bytes[2..]) & 0xff_ffff, ReadUInt16BigEndian(bytes[6..]));
        return true;
    }
}
