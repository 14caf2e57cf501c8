using System.Net;

namespace Soket.Protocols.Packets;

/// <summary>A packet with its layers taken apart, as far as they could be read. What is not there is null.</summary>
public sealed partial class Packet
{
    /// <summary>The packet as captured.</summary>
    public required CapturedPacket Captured { get; init; }

    /// <summary>The Ethernet header.</summary>
    public EthernetHeader? Ethernet { get; init; }

    /// <summary>The header of a Linux cooked capture, of either version.</summary>
    public LinuxCookedHeader? Cooked { get; init; }

    /// <summary>The VLAN tags, outermost first; empty mostly.</summary>
    public IReadOnlyList<VlanTag> Vlans { get; init; } = [];

    /// <summary>What the link says it carries, after VLAN tags; <see cref="EtherType.None"/> where it says nothing (raw IP).</summary>
    public EtherType Type { get; init; }

    /// <summary>ARP.</summary>
    public ArpMessage? Arp { get; init; }

    /// <summary>IPv4.</summary>
    public Ipv4Header? Ipv4 { get; init; }

    /// <summary>IPv6, with its extension headers.</summary>
    public Ipv6Header? Ipv6 { get; init; }

    /// <summary>ICMP or ICMPv6; an error carries the packet it is about.</summary>
    public IcmpMessage? Icmp { get; init; }

    /// <summary>TCP.</summary>
    public TcpHeader? Tcp { get; init; }

    /// <summary>UDP.</summary>
    public UdpHeader? Udp { get; init; }

    /// <summary>What the innermost header that was read carries: the data of a TCP segment or of a UDP datagram. Ends where IP says it ends (no Ethernet padding).</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>How many bytes the payload had on the wire; more than <see cref="Payload"/> where the capture cut it off.</summary>
    public int PayloadLength { get; init; }

    /// <summary>Why reading stopped before the innermost layer, or what of it could not be read; <see cref="PacketProblem.None"/> where all could be.</summary>
    public PacketProblem Problem { get; init; }

    /// <summary>How many fragments it was put together from, by an <see cref="IpReassembler"/>; 0 where it came whole.</summary>
    public int Fragments { get; init; }

    /// <summary>What IP carries; null without IP.</summary>
    public IpProtocol? Protocol => Ipv4?.Protocol ?? Ipv6?.Protocol;

    /// <summary>From whom, in IP; null without. Made anew each time it is asked for.</summary>
    public IPAddress? Source => Ipv4?.Source ?? Ipv6?.Source;

    /// <summary>To whom, in IP; null without. Made anew each time it is asked for.</summary>
    public IPAddress? Destination => Ipv4?.Destination ?? Ipv6?.Destination;

    /// <summary>Whether it is one of several fragments of a datagram. Only the first has the transport's header, and none the whole payload.</summary>
    public bool IsFragment => Ipv4 is { IsFragment: true } || Ipv6 is { IsFragment: true };

    /// <summary>The IP packet from its first byte to its last, as far as it was captured; empty without IP.</summary>
    public ReadOnlyMemory<byte> Ip { get; init; }

    /// <summary>How many bytes the IP packet has, as IP says; where the frame is too short for it, <see cref="Problem"/> tells.</summary>
    public int IpLength { get; init; }

    // Where in Ip the transport's header begins, which is also where a fragment's data does.
    internal int TransportOffset { get; init; }
}
