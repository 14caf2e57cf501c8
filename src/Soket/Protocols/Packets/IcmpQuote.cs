using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The beginning of the packet that an ICMP error is about, as far as the error quotes it (RFC 792, RFC 1812 4.3.2.3, RFC 4443 2.4).</summary>
public sealed record IcmpQuote
{
    /// <summary>Its IPv4 header; null where it is IPv6.</summary>
    public Ipv4Header? Ipv4 { get; init; }

    /// <summary>Its IPv6 header; null where it is IPv4.</summary>
    public Ipv6Header? Ipv6 { get; init; }

    /// <summary>Who sent it: the one who gets the error.</summary>
    public IPAddress Source => Ipv4?.Source ?? Ipv6!.Value.Source;

    /// <summary>To whom it was sent.</summary>
    public IPAddress Destination => Ipv4?.Destination ?? Ipv6!.Value.Destination;

    /// <summary>What it carried.</summary>
    public IpProtocol Protocol => Ipv4?.Protocol ?? Ipv6!.Value.Protocol;

    /// <summary>From which port, for TCP and UDP where it is quoted.</summary>
    public ushort? SourcePort { get; init; }

    /// <summary>To which port.</summary>
    public ushort? DestinationPort { get; init; }

    /// <summary>TCP's sequence number.</summary>
    public uint? Sequence { get; init; }

    /// <summary>What identifies an ICMP echo request, as <see cref="IcmpMessage.Id"/>.</summary>
    public ushort? EchoId { get; init; }

    /// <summary>The number of an ICMP echo request.</summary>
    public ushort? EchoSequence { get; init; }

    // Eight bytes after the IP header are all that every router quotes: enough for the ports and TCP's sequence number.
    internal static IcmpQuote? Parse(ReadOnlySpan<byte> bytes)
    {
        IcmpQuote quote;
        ReadOnlySpan<byte> data;
        bool first;
        if (Ipv4Header.TryParse(bytes, out Ipv4Header ipv4, out PacketProblem problem))
        {
            quote = new() { Ipv4 = ipv4 };
            data = problem == PacketProblem.None ? bytes[ipv4.HeaderLength..] : default;
            first = ipv4.FragmentOffset == 0;
        }
        else if (Ipv6Header.TryParse(bytes, out Ipv6Header ipv6, out problem))
        {
            quote = new() { Ipv6 = ipv6 };
            data = problem == PacketProblem.None ? bytes[ipv6.HeaderLength..] : default;
            first = ipv6.Fragment is not { Offset: > 0 };
        }
        else
        {
            return null;
        }

        if (!first || data.Length < 8)
            return quote;
        return quote.Protocol switch
        {
            IpProtocol.Tcp => quote with { SourcePort = ReadUInt16BigEndian(data), DestinationPort = ReadUInt16BigEndian(data[2..]), Sequence = ReadUInt32BigEndian(data[4..]) },
            IpProtocol.Udp => quote with { SourcePort = ReadUInt16BigEndian(data), DestinationPort = ReadUInt16BigEndian(data[2..]) },
            IpProtocol.Icmp when data[0] == IcmpNames.Echo => Echo(data),
            IpProtocol.Icmpv6 when data[0] == IcmpNames.Echo6 => Echo(data),
            _ => quote,
        };

        IcmpQuote Echo(ReadOnlySpan<byte> data) => quote with { EchoId = ReadUInt16BigEndian(data[4..]), EchoSequence = ReadUInt16BigEndian(data[6..]) };
    }
}
