using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>An option of IPv4 (RFC 791 3.1).</summary>
/// <param name="Kind">The whole first byte: 7 record route, 68 timestamp, 131 and 137 source routes, 148 router alert.</param>
/// <param name="Data">What it says, without its kind and length.</param>
public readonly record struct Ipv4Option(byte Kind, ReadOnlyMemory<byte> Data);

/// <summary>The header of IPv4 (RFC 791).</summary>
public readonly record struct Ipv4Header
{
    /// <summary>Its length without options, bytes.</summary>
    public const int MinLength = 20;

    /// <summary>Its length with the options, bytes: 20 to 60.</summary>
    public int HeaderLength { get; init; }

    /// <summary>How the packet wants to be treated (RFC 2474), 0 to 63.</summary>
    public byte Dscp { get; init; }

    /// <summary>Congestion (RFC 3168): 0 the ends do not understand it, 1 and 2 they do, 3 there is some.</summary>
    public byte Ecn { get; init; }

    /// <summary>Header and data, bytes; 0 where the kernel or the card had yet to cut it into segments, as a capture sees it at the sender.</summary>
    public ushort TotalLength { get; init; }

    /// <summary>What the fragments of one datagram share.</summary>
    public ushort Id { get; init; }

    /// <summary>The flag that has no meaning and should be 0.</summary>
    public bool ReservedFlag { get; init; }

    /// <summary>Whether no router may cut it in pieces.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether another fragment of the datagram comes after this one.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Where in the datagram this fragment's data belongs, bytes.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>How many routers it may still pass.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>What it carries.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>The checksum of the header.</summary>
    public ushort Checksum { get; init; }

    /// <summary>Whether the checksum is right; null where not all of the header was captured. At the sender it may not be there yet: the card writes it.</summary>
    public bool? ChecksumRight { get; init; }

    /// <summary>From whom, as a number whose highest byte is the first.</summary>
    public uint SourceValue { get; init; }

    /// <summary>To whom, as a number whose highest byte is the first.</summary>
    public uint DestinationValue { get; init; }

    /// <summary>The options, without those that only fill; empty mostly.</summary>
    public IReadOnlyList<Ipv4Option> Options { get; init; }

    /// <summary>Whether the options end in the middle of one.</summary>
    public bool OptionsMalformed { get; init; }

    /// <summary>From whom. Made anew each time it is asked for.</summary>
    public IPAddress Source => IpAddresses.From(SourceValue);

    /// <summary>To whom. Made anew each time it is asked for.</summary>
    public IPAddress Destination => IpAddresses.From(DestinationValue);

    /// <summary>Whether it is one of several fragments.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset > 0;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The packet from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">What is wrong with it. <see cref="PacketProblem.Truncated"/> beside a header: its options were not all captured.</param>
    /// <returns>Whether the first twenty bytes are there and make sense.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv4Header header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length >= 1 && bytes[0] >> 4 != 4 ? PacketProblem.Version
            : bytes.Length < MinLength ? PacketProblem.Truncated
            : (bytes[0] & 0xf) < MinLength / 4 ? PacketProblem.Length
            : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;

        int length = (bytes[0] & 0xf) * 4;
        ushort total = ReadUInt16BigEndian(bytes[2..]), fragment = ReadUInt16BigEndian(bytes[6..]);
        if (total != 0 && total < length)
        {
            problem = PacketProblem.Length;
            return false;
        }

        bool whole = bytes.Length >= length;
        if (!whole)
            problem = PacketProblem.Truncated;
        bool malformed = false;
        IReadOnlyList<Ipv4Option> options = length == MinLength ? [] : ReadOptions(bytes[MinLength..Math.Min(length, bytes.Length)], ref malformed);
        header = new()
        {
            HeaderLength = length,
            Dscp = (byte)(bytes[1] >> 2),
            Ecn = (byte)(bytes[1] & 3),
            TotalLength = total,
            Id = ReadUInt16BigEndian(bytes[4..]),
            ReservedFlag = (fragment & 0x8000) != 0,
            DontFragment = (fragment & 0x4000) != 0,
            MoreFragments = (fragment & 0x2000) != 0,
            FragmentOffset = (fragment & 0x1fff) * 8,
            TimeToLive = bytes[8],
            Protocol = (IpProtocol)bytes[9],
            Checksum = ReadUInt16BigEndian(bytes[10..]),
            ChecksumRight = whole ? InternetChecksum.Finish(InternetChecksum.Add(bytes[..length])) == 0 : null,
            SourceValue = ReadUInt32BigEndian(bytes[12..]),
            DestinationValue = ReadUInt32BigEndian(bytes[16..]),
            Options = options,
            OptionsMalformed = whole && malformed,
        };
        return true;
    }

    private static List<Ipv4Option> ReadOptions(ReadOnlySpan<byte> bytes, ref bool malformed)
    {
        var options = new List<Ipv4Option>();
        while (!bytes.IsEmpty && bytes[0] != 0)
        {
            if (bytes[0] == 1)
            {
                bytes = bytes[1..];
                continue;
            }

            if (bytes.Length < 2 || bytes[1] < 2 || bytes[1] > bytes.Length)
            {
                malformed = true;
                break;
            }

            options.Add(new(bytes[0], bytes[2..bytes[1]].ToArray()));
            bytes = bytes[bytes[1]..];
        }

        return options;
    }
}
