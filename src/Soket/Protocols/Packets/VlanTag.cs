using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>A VLAN tag (IEEE 802.1Q, and 802.1ad where they are stacked).</summary>
/// <param name="Protocol">What kind of tag: <see cref="EtherType.Vlan"/>, <see cref="EtherType.ServiceVlan"/> or <see cref="EtherType.OldServiceVlan"/>.</param>
/// <param name="Priority">The priority code point, 0 to 7.</param>
/// <param name="DropEligible">Whether it may be dropped first.</param>
/// <param name="Id">The VLAN, 0 to 4,095; 0 is no VLAN but a priority alone.</param>
/// <param name="TypeOrLength">What follows the tag, as in <see cref="EthernetHeader"/>.</param>
public readonly record struct VlanTag(EtherType Protocol, byte Priority, bool DropEligible, ushort Id, ushort TypeOrLength)
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 4;

    /// <summary>What follows the tag; <see cref="EtherType.None"/> where the field is a length.</summary>
    public EtherType Type => EthernetHeader.IsLength(TypeOrLength) ? EtherType.None : (EtherType)TypeOrLength;

    /// <summary>Whether a tag begins with this type.</summary>
    /// <param name="type">A type.</param>
    public static bool IsTag(EtherType type) => type is EtherType.Vlan or EtherType.ServiceVlan or EtherType.OldServiceVlan;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">From the type on that says that this is a tag, that is from the last two bytes of the header before it.</param>
    /// <param name="tag">The tag, with the type after it.</param>
    /// <param name="problem">Why not.</param>
    /// <returns>Whether it is there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VlanTag tag, out PacketProblem problem)
    {
        tag = default;
        problem = bytes.Length < Length + 2 ? PacketProblem.Truncated
            : !IsTag((EtherType)ReadUInt16BigEndian(bytes)) ? PacketProblem.UnknownProtocol
            : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        ushort control = ReadUInt16BigEndian(bytes[2..]);
        tag = new((EtherType)ReadUInt16BigEndian(bytes), (byte)(control >> 13), (control & 0x1000) != 0, (ushort)(control & 0xfff), ReadUInt16BigEndian(bytes[4..]));
        return true;
    }
}
