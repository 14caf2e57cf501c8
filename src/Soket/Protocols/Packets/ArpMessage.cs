using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>An ARP message (RFC 826): who has an IPv4 address, and who says so.</summary>
public readonly record struct ArpMessage
{
    /// <summary>The length of a message between Ethernet and IPv4, bytes.</summary>
    public const int Length = 28;

    /// <summary>The kind of link: 1 is Ethernet.</summary>
    public ushort HardwareType { get; init; }

    /// <summary>The kind of address asked for: IPv4.</summary>
    public EtherType ProtocolType { get; init; }

    /// <summary>The length of a link's address, bytes.</summary>
    public byte HardwareLength { get; init; }

    /// <summary>The length of an address asked for, bytes.</summary>
    public byte ProtocolLength { get; init; }

    /// <summary>What it is: 1 a request, 2 a reply.</summary>
    public ushort Operation { get; init; }

    /// <summary>Who sends it, on the link; 0 where the addresses are not those of Ethernet and IPv4.</summary>
    public MacAddress SenderHardware { get; init; }

    /// <summary>Who sends it, in IPv4; a number whose highest byte is the first.</summary>
    public uint SenderValue { get; init; }

    /// <summary>Who is asked, on the link: nobody yet, in a request.</summary>
    public MacAddress TargetHardware { get; init; }

    /// <summary>Who is asked, in IPv4.</summary>
    public uint TargetValue { get; init; }

    /// <summary>Whether the addresses are those of Ethernet and IPv4; others are not read.</summary>
    public bool HasAddresses => HardwareLength == MacAddress.Length && ProtocolLength == 4 && ProtocolType == EtherType.Ipv4;

    /// <summary>Who sends it.</summary>
    public IPAddress Sender => IpAddresses.From(SenderValue);

    /// <summary>Who is asked.</summary>
    public IPAddress Target => IpAddresses.From(TargetValue);

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The message from its first byte.</param>
    /// <param name="message">The message.</param>
    /// <param name="problem">Why not; <see cref="PacketProblem.UnknownProtocol"/> beside a message whose addresses are not those of Ethernet and IPv4.</param>
    /// <returns>Whether all of it is there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpMessage message, out PacketProblem problem)
    {
        message = default;
        problem = PacketProblem.Truncated;
        if (bytes.Length < 8)
            return false;
        message = new()
        {
            HardwareType = ReadUInt16BigEndian(bytes),
            ProtocolType = (EtherType)ReadUInt16BigEndian(bytes[2..]),
            HardwareLength = bytes[4],
            ProtocolLength = bytes[5],
            Operation = ReadUInt16BigEndian(bytes[6..]),
        };
        if (!message.HasAddresses)
        {
            problem = PacketProblem.UnknownProtocol;
            return true;
        }

        if (bytes.Length < Length)
        {
            message = default;
            return false;
        }

        problem = PacketProblem.None;
        message = message with
        {
            SenderHardware = MacAddress.Read(bytes[8..]),
            SenderValue = ReadUInt32BigEndian(bytes[14..]),
            TargetHardware = MacAddress.Read(bytes[18..]),
            TargetValue = ReadUInt32BigEndian(bytes[24..]),
        };
        return true;
    }
}
