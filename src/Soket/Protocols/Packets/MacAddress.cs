using System.Globalization;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The six bytes of an Ethernet address.</summary>
/// <param name="Value">The address as a number of 48 bits, its first byte the highest.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 6;

    /// <summary>Whether it is for everybody on the link: <c>ff:ff:ff:ff:ff:ff</c>.</summary>
    public bool IsBroadcast => Value == 0xffff_ffff_ffff;

    /// <summary>Whether it is for a group; so is the broadcast address.</summary>
    public bool IsMulticast => (Value >> 40 & 1) != 0;

    /// <summary>As people write it: <c>02:42:ac:11:00:02</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Value >> 40 & 0xff:x2}:{Value >> 32 & 0xff:x2}:{Value >> 24 & 0xff:x2}:{Value >> 16 & 0xff:x2}:{Value >> 8 & 0xff:x2}:{Value & 0xff:x2}");

    // At least six bytes.
    internal static MacAddress Read(ReadOnlySpan<byte> bytes) =>
        new((ulong)ReadUInt16BigEndian(bytes) << 32 | ReadUInt32BigEndian(bytes[2..]));
}
