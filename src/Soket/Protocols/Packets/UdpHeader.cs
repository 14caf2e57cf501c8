using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The header of UDP (RFC 768).</summary>
/// <param name="SourcePort">From which port; 0 where no answer is wanted.</param>
/// <param name="DestinationPort">To which port.</param>
/// <param name="Length">Header and data, bytes; 0 where it is more than fits in 16 bits (RFC 2675 4).</param>
/// <param name="Checksum">The checksum; 0 is none, over IPv4.</param>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort, ushort Length, ushort Checksum)
{
    /// <summary>Its length, bytes.</summary>
    public const int HeaderLength = 8;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The datagram from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">What is wrong with it. <see cref="PacketProblem.Length"/> beside a header: its length is shorter than itself.</param>
    /// <returns>Whether there are eight bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out UdpHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < HeaderLength ? PacketProblem.Truncated : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        header = new(ReadUInt16BigEndian(bytes), ReadUInt16BigEndian(bytes[2..]), ReadUInt16BigEndian(bytes[4..]), ReadUInt16BigEndian(bytes[6..]));
        if (header.Length is > 0 and < HeaderLength)
            problem = PacketProblem.Length;
        return true;
    }
}
