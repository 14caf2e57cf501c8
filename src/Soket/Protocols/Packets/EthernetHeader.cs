using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>What an Ethernet frame begins with (IEEE 802.3).</summary>
/// <param name="Destination">To whom.</param>
/// <param name="Source">From whom.</param>
/// <param name="TypeOrLength">What it carries; up to 1,500 it is the length of a frame that says so in a <see cref="SnapHeader"/>, if at all.</param>
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, ushort TypeOrLength)
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 14;

    /// <summary>What it carries; <see cref="EtherType.None"/> where the field is a length.</summary>
    public EtherType Type => IsLength(TypeOrLength) ? EtherType.None : (EtherType)TypeOrLength;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The frame from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">Why not.</param>
    /// <returns>Whether there are fourteen bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < Length ? PacketProblem.Truncated : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        header = new(MacAddress.Read(bytes), MacAddress.Read(bytes[6..]), ReadUInt16BigEndian(bytes[12..]));
        return true;
    }

    // IEEE 802.3 3.2.6: 1,536 and more is a type, 1,500 and less a length; what is between is neither.
    internal static bool IsLength(ushort typeOrLength) => typeOrLength < 0x0600;
}
