using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>How Linux tells where a packet came from and went (packet(7), <c>sll_pkttype</c>).</summary>
public enum CookedPacketType : ushort
{
    /// <summary>To this machine.</summary>
    ToUs = 0,

    /// <summary>To everybody.</summary>
    Broadcast = 1,

    /// <summary>To a group.</summary>
    Multicast = 2,

    /// <summary>From another machine to another one.</summary>
    ToAnother = 3,

    /// <summary>From this machine.</summary>
    Outgoing = 4,
}

/// <summary>The header that Linux puts in the place of a link's own where it captures on all interfaces (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2).</summary>
public readonly record struct LinuxCookedHeader
{
    /// <summary>The length of version 1, bytes.</summary>
    public const int Length1 = 16;

    /// <summary>The length of version 2, bytes.</summary>
    public const int Length2 = 20;

    /// <summary>1 or 2.</summary>
    public byte Version { get; init; }

    /// <summary>Where it went.</summary>
    public CookedPacketType PacketType { get; init; }

    /// <summary>The kind of the interface (ARPHRD_: 1 Ethernet, 772 loopback).</summary>
    public ushort HardwareType { get; init; }

    /// <summary>How long the sender's address is, bytes; 8 of them are kept.</summary>
    public ushort AddressLength { get; init; }

    /// <summary>The sender's address, as far as it is kept, its first byte the highest of eight.</summary>
    public ulong AddressValue { get; init; }

    /// <summary>What it carries: an EtherType on most kinds of interface.</summary>
    public ushort Protocol { get; init; }

    /// <summary>The interface's number on the machine that captured; 0 in version 1, which has none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>The sender's address where it has the length of an Ethernet one; null otherwise.</summary>
    public MacAddress? Address => AddressLength == MacAddress.Length ? new(AddressValue >> 16) : null;

    /// <summary>What it carries; <see cref="EtherType.None"/> where it is told otherwise.</summary>
    public EtherType Type => EthernetHeader.IsLength(Protocol) || HardwareType is Netlink or Radiotap ? EtherType.None : (EtherType)Protocol;

    /// <summary>Which way it went.</summary>
    public PacketDirection Direction => PacketType switch
    {
        CookedPacketType.Outgoing => PacketDirection.Outbound,
        CookedPacketType.ToAnother => PacketDirection.Unknown,
        _ => PacketDirection.Inbound,
    };

    // Kinds of interface on which the protocol field is no EtherType.
    private const ushort Netlink = 824, Radiotap = 803;

    /// <summary>Reads version 1.</summary>
    /// <param name="bytes">The packet from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">Why not.</param>
    /// <returns>Whether there are sixteen bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LinuxCookedHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < Length1 ? PacketProblem.Truncated : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        header = new()
        {
            Version = 1,
            PacketType = (CookedPacketType)ReadUInt16BigEndian(bytes),
            HardwareType = ReadUInt16BigEndian(bytes[2..]),
            AddressLength = ReadUInt16BigEndian(bytes[4..]),
            AddressValue = ReadUInt64BigEndian(bytes[6..]),
            Protocol = ReadUInt16BigEndian(bytes[14..]),
        };
        return true;
    }

    /// <summary>Reads version 2.</summary>
    /// <param name="bytes">The packet from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">Why not.</param>
    /// <returns>Whether there are twenty bytes.</returns>
    public static bool TryParse2(ReadOnlySpan<byte> bytes, out LinuxCookedHeader header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length < Length2 ? PacketProblem.Truncated : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;
        header = new()
        {
            Version = 2,
            Protocol = ReadUInt16BigEndian(bytes),
            InterfaceIndex = ReadUInt32BigEndian(bytes[4..]),
            HardwareType = ReadUInt16BigEndian(bytes[8..]),
            PacketType = (CookedPacketType)bytes[10],
            AddressLength = bytes[11],
            AddressValue = ReadUInt64BigEndian(bytes[12..]),
        };
        return true;
    }
}
