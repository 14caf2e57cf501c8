using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The address family that a loopback capture of BSD, macOS or Windows puts before each packet.</summary>
/// <param name="Family">The number that the capturing system has for the family.</param>
public readonly record struct LoopbackHeader(uint Family)
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 4;

    /// <summary>What it carries: IPv4 is 2 everywhere; IPv6 is 10 on Linux, 23 on Windows, 24 on NetBSD and OpenBSD, 28 on FreeBSD and 30 on macOS.</summary>
    public EtherType Type => Family switch
    {
        2 => EtherType.Ipv4,
        10 or 23 or 24 or 28 or 30 => EtherType.Ipv6,
        _ => EtherType.None,
    };

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The packet from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">Why not.</param>
    /// <returns>Whether there are four bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LoopbackHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < Length ? PacketProblem.Truncated : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;

        // The byte order is that of the machine that captured, and nothing tells which that is; no family has a number past 16 bits.
        uint family = ReadUInt32LittleEndian(bytes);
        header = new(family > ushort.MaxValue ? ReverseEndianness(family) : family);
        return true;
    }
}
