using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>One of the headers that may stand between IPv6's own and what it carries (RFC 8200 4).</summary>
/// <param name="Kind">Which one.</param>
/// <param name="Offset">Where it begins, bytes from the first of the IPv6 header.</param>
/// <param name="Length">Its length, bytes.</param>
/// <param name="Next">What follows it.</param>
public readonly record struct Ipv6Extension(IpProtocol Kind, int Offset, int Length, IpProtocol Next);

/// <summary>What IPv6's fragment header says (RFC 8200 4.5).</summary>
/// <param name="Id">What the fragments of one datagram share.</param>
/// <param name="Offset">Where in the datagram this fragment's data belongs, bytes.</param>
/// <param name="More">Whether another fragment comes after this one.</param>
public readonly record struct Ipv6Fragment(uint Id, int Offset, bool More);

/// <summary>The header of IPv6 (RFC 8200) and its extension headers.</summary>
public readonly record struct Ipv6Header
{
    /// <summary>Its length without extension headers, bytes.</summary>
    public const int FixedLength = 40;

    /// <summary>The most extension headers that are read.</summary>
    public const int MaxExtensions = 32;

    /// <summary>How the packet wants to be treated (RFC 2474), 0 to 63.</summary>
    public byte Dscp { get; init; }

    /// <summary>Congestion (RFC 3168), as in <see cref="Ipv4Header.Ecn"/>.</summary>
    public byte Ecn { get; init; }

    /// <summary>What the packets of one flow share, 20 bits.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>Everything after the first forty bytes; 0 before TCP or hop-by-hop options where it is more than fits in 16 bits (RFC 2675), or was yet to be cut into segments.</summary>
    public ushort PayloadLength { get; init; }

    /// <summary>What follows the first forty bytes: an extension header, or what is carried.</summary>
    public IpProtocol NextHeader { get; init; }

    /// <summary>How many routers it may still pass.</summary>
    public byte HopLimit { get; init; }

    /// <summary>From whom, as a number whose highest byte is the first.</summary>
    public UInt128 SourceValue { get; init; }

    /// <summary>To whom, as a number whose highest byte is the first.</summary>
    public UInt128 DestinationValue { get; init; }

    /// <summary>The extension headers in their order; empty mostly.</summary>
    public IReadOnlyList<Ipv6Extension> Extensions { get; init; }

    /// <summary>What the fragment header says; null where there is none.</summary>
    public Ipv6Fragment? Fragment { get; init; }

    /// <summary>What is carried, after the extension headers.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>The length with the extension headers, bytes.</summary>
    public int HeaderLength { get; init; }

    /// <summary>From whom. Made anew each time it is asked for.</summary>
    public IPAddress Source => IpAddresses.From(SourceValue);

    /// <summary>To whom. Made anew each time it is asked for.</summary>
    public IPAddress Destination => IpAddresses.From(DestinationValue);

    /// <summary>Whether it is one of several fragments; a fragment header on a datagram that is whole makes none (RFC 6946).</summary>
    public bool IsFragment => Fragment is { } fragment && (fragment.More || fragment.Offset > 0);

    // Linux sends itself TCP of more than 64 KiB so, with the jumbo option or without. Before anything else 0 is 0.
    internal bool LengthIsElsewhere => PayloadLength == 0 && NextHeader is (IpProtocol.Tcp or IpProtocol.HopByHop);

    /// <summary>Reads it, with the extension headers as far as they can be read: hop-by-hop, routing, fragment, destination options, authentication.</summary>
    /// <param name="bytes">The packet from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">What is wrong with it. Beside a header: why not all of its extension headers could be read.</param>
    /// <returns>Whether the first forty bytes are there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6Header header, out PacketProblem problem)
    {
        header = default;
        problem = bytes.Length >= 1 && bytes[0] >> 4 != 6 ? PacketProblem.Version
            : bytes.Length < FixedLength ? PacketProblem.Truncated
            : PacketProblem.None;
        if (problem != PacketProblem.None)
            return false;

        uint word = ReadUInt32BigEndian(bytes);
        var next = (IpProtocol)bytes[6];
        header = new()
        {
            Dscp = (byte)(word >> 22 & 0x3f),
            Ecn = (byte)(word >> 20 & 3),
            FlowLabel = word & 0xf_ffff,
            PayloadLength = ReadUInt16BigEndian(bytes[4..]),
            NextHeader = next,
            HopLimit = bytes[7],
            SourceValue = ReadUInt128BigEndian(bytes[8..]),
            DestinationValue = ReadUInt128BigEndian(bytes[24..]),
            Extensions = [],
            Protocol = next,
            HeaderLength = FixedLength,
        };
        if (IsExtension(next))
        {
            int end = header.LengthIsElsewhere ? bytes.Length : Math.Min(bytes.Length, FixedLength + header.PayloadLength);
            problem = Walk(bytes[..end], FixedLength + header.PayloadLength, ref header);
        }

        return true;
    }

    private static PacketProblem Walk(ReadOnlySpan<byte> bytes, int told, ref Ipv6Header header)
    {
        var extensions = new List<Ipv6Extension>();
        IpProtocol kind = header.NextHeader;
        Ipv6Fragment? fragment = null;
        int offset = FixedLength;
        PacketProblem problem = PacketProblem.None;
        while (IsExtension(kind) && fragment is not { Offset: > 0 })
        {
            // A second fragment header is nothing that a sender writes: what follows it belongs to no datagram that could be told.
            if (extensions.Count == MaxExtensions || (kind == IpProtocol.Fragment && fragment is not null))
            {
                problem = PacketProblem.TooManyHeaders;
                break;
            }

            int length = bytes.Length - offset < 8 ? 8 : LengthOf(kind, bytes[offset + 1]);
            if (bytes.Length - offset < length)
            {
                // What the packet itself says it has no room for was not lost by the capture.
                problem = !header.LengthIsElsewhere && offset + length > told ? PacketProblem.Length : PacketProblem.Truncated;
                break;
            }

            if (kind == IpProtocol.Fragment)
            {
                ushort place = ReadUInt16BigEndian(bytes[(offset + 2)..]);
                fragment = new(ReadUInt32BigEndian(bytes[(offset + 4)..]), place & 0xfff8, (place & 1) != 0);
            }

            var next = (IpProtocol)bytes[offset];
            extensions.Add(new(kind, offset, length, next));
            offset += length;
            kind = next;
        }

        header = header with { Extensions = extensions, Fragment = fragment, Protocol = kind, HeaderLength = offset };
        return problem;
    }

    private static bool IsExtension(IpProtocol kind) =>
        kind is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Fragment or IpProtocol.DestinationOptions or IpProtocol.Authentication;

    // The authentication header counts in four bytes and from 2 (RFC 4302 2.2), the others in eight and from 1.
    private static int LengthOf(IpProtocol kind, byte field) => kind switch
    {
        IpProtocol.Fragment => 8,
        IpProtocol.Authentication => (field + 2) * 4,
        _ => (field + 1) * 8,
    };
}
