using System.Globalization;
using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>A field in tshark's words and in Soket's.</summary>
/// <param name="Name">tshark's name for it.</param>
/// <param name="Value">What Soket has for it; null where it has not read the layer, or the layer has no such field.</param>
/// <param name="Occurrence">Which one of tshark's is meant: the second is that of the packet an ICMP error quotes.</param>
internal sealed record PacketField(string Name, Func<Packet, object?> Value, int Occurrence = 0)
{
    public string? Text(Packet packet) => Value(packet) switch
    {
        null => null,
        bool flag => flag ? "1" : "0",
        Enum value => Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        object other => other.ToString(),
    };
}

/// <summary>Every field that Soket reads.</summary>
internal static class PacketFields
{
    public static readonly PacketField[] All =
    [
        new("eth.dst", p => p.Ethernet?.Destination),
        new("eth.src", p => p.Ethernet?.Source),
        new("eth.type", p => p.Ethernet is { Type: not EtherType.None } header ? header.TypeOrLength : null),
        new("sll.pkttype", p => p.Cooked?.PacketType),
        new("sll.hatype", p => p.Cooked?.HardwareType),
        new("sll.halen", p => p.Cooked?.AddressLength),
        new("sll.ifindex", p => p.Cooked is { Version: 2 } header ? header.InterfaceIndex : null),
        new("sll.src.eth", p => p.Cooked?.Address is { } address && p.Cooked.Value.HardwareType == 1 ? address : null),
        new("sll.etype", p => p.Cooked is { Type: not EtherType.None, HardwareType: not Gre } header ? header.Protocol : null),
        new("sll.gretype", p => p.Cooked is { HardwareType: Gre } header ? header.Protocol : null),
        new("arp.hw.type", p => p.Arp?.HardwareType),
        new("arp.proto.type", p => p.Arp?.ProtocolType),
        new("arp.hw.size", p => p.Arp?.HardwareLength),
        new("arp.proto.size", p => p.Arp?.ProtocolLength),
        new("arp.opcode", p => p.Arp?.Operation),
        new("arp.src.hw_mac", p => Arp(p)?.SenderHardware),
        new("arp.src.proto_ipv4", p => Arp(p)?.Sender),
        new("arp.dst.hw_mac", p => Arp(p)?.TargetHardware),
        new("arp.dst.proto_ipv4", p => Arp(p)?.Target),
        .. Ip(p => p.Ipv4, p => p.Ipv6, 0),
        .. Ip(p => p.Icmp?.Quote?.Ipv4, p => p.Icmp?.Quote?.Ipv6, 1),
        new("ip.checksum.status", p => p.Ipv4?.ChecksumRight),
        new("icmp.type", p => Icmp(p, false)?.Type),
        new("icmp.code", p => Icmp(p, false)?.Code),
        new("icmp.checksum", p => Icmp(p, false)?.Checksum),
        new("icmp.ident", p => Icmp(p, false)?.Id),
        new("icmp.seq", p => Icmp(p, false)?.Sequence),
        new("icmp.mtu", p => Icmp(p, false)?.Mtu),
        new("icmp.redir_gw", p => Icmp(p, false)?.Target),
        new("icmpv6.type", p => Icmp(p, true)?.Type),
        new("icmpv6.code", p => Icmp(p, true)?.Code),
        new("icmpv6.checksum", p => Icmp(p, true)?.Checksum),
        new("icmpv6.echo.identifier", p => Icmp(p, true)?.Id),
        new("icmpv6.echo.sequence_number", p => Icmp(p, true)?.Sequence),
        new("icmpv6.mtu", p => Icmp(p, true)?.Mtu),
        new("icmpv6.pointer", p => Icmp(p, true)?.Pointer),
        new("icmpv6.nd.ns.target_address", p => Icmp(p, true) is { Type: 135 } icmp ? icmp.Target : null),
        new("icmpv6.nd.na.target_address", p => Icmp(p, true) is { Type: 136 } icmp ? icmp.Target : null),
        new("icmpv6.nd.rd.target_address", p => Icmp(p, true) is { Type: 137 } icmp ? icmp.Target : null),
        new("udp.srcport", p => p.Udp?.SourcePort ?? Quoted(p, IpProtocol.Udp)?.SourcePort),
        new("udp.dstport", p => p.Udp?.DestinationPort ?? Quoted(p, IpProtocol.Udp)?.DestinationPort),
        new("udp.length", p => p.Udp?.Length),
        new("udp.checksum", p => p.Udp?.Checksum),
        new("tcp.srcport", p => p.Tcp?.SourcePort ?? Quoted(p, IpProtocol.Tcp)?.SourcePort),
        new("tcp.dstport", p => p.Tcp?.DestinationPort ?? Quoted(p, IpProtocol.Tcp)?.DestinationPort),
        new("tcp.seq_raw", p => p.Tcp?.Sequence ?? Quoted(p, IpProtocol.Tcp)?.Sequence),
        new("tcp.ack_raw", p => p.Tcp?.Acknowledgment),
        new("tcp.hdr_len", p => p.Tcp?.HeaderLength),
        new("tcp.flags", p => p.Tcp is { } tcp ? (int)tcp.Flags | tcp.Reserved << 9 : null),
        new("tcp.window_size_value", p => p.Tcp?.Window),
        new("tcp.checksum", p => p.Tcp?.Checksum),
        new("tcp.urgent_pointer", p => p.Tcp?.UrgentPointer),
        new("tcp.len", p => p.Tcp is not null ? p.PayloadLength : null),
        new("tcp.options.mss_val", p => p.Tcp?.Options.MaximumSegmentSize),
        new("tcp.options.wscale.shift", p => p.Tcp?.Options.WindowScale),
        new("tcp.options.timestamp.tsval", p => p.Tcp?.Options.Timestamp?.Value),
        new("tcp.options.timestamp.tsecr", p => p.Tcp?.Options.Timestamp?.Echo),
        new("tcp.options.tfo.cookie", p => p.Tcp?.Options.FastOpenCookie is { Length: > 0 } cookie ? Convert.ToHexStringLower(cookie.Span) : null),
    ];

    /// <summary>Fields of which a packet has several, all of them compared.</summary>
    public static readonly (string Name, Func<Packet, IEnumerable<string>?> Values)[] Lists =
    [
        ("vlan.id", p => Vlans(p, false).Select(tag => Text(tag.Id))),
        ("vlan.priority", p => Vlans(p, false).Select(tag => Text(tag.Priority))),
        ("vlan.dei", p => Vlans(p, false).Select(tag => tag.DropEligible ? "1" : "0")),
        ("ieee8021ad.id", p => Vlans(p, true).Select(tag => Text(tag.Id))),
        ("ieee8021ad.priority", p => Vlans(p, true).Select(tag => Text(tag.Priority))),
        ("ip.opt.type", p => p.Ipv4 is { OptionsMalformed: false } header ? header.Options.Select(option => Text(option.Kind)) : null),
        ("tcp.options.sack_le", p => p.Tcp?.Options.SackBlocks.Select(block => Text(block.Left))),
        ("tcp.options.sack_re", p => p.Tcp?.Options.SackBlocks.Select(block => Text(block.Right))),
    ];

    // The kind of a GRE tunnel's interface: tshark has another name for the same field there.
    private const ushort Gre = 778;

    private static PacketField[] Ip(Func<Packet, Ipv4Header?> four, Func<Packet, Ipv6Header?> six, int occurrence) =>
    [
        new("ip.hdr_len", p => four(p)?.HeaderLength, occurrence),
        new("ip.dsfield.dscp", p => four(p)?.Dscp, occurrence),
        new("ip.dsfield.ecn", p => four(p)?.Ecn, occurrence),
        new("ip.len", p => four(p) is { TotalLength: > 0 } header ? header.TotalLength : null, occurrence),
        new("ip.id", p => four(p)?.Id, occurrence),
        new("ip.flags.rb", p => four(p)?.ReservedFlag, occurrence),
        new("ip.flags.df", p => four(p)?.DontFragment, occurrence),
        new("ip.flags.mf", p => four(p)?.MoreFragments, occurrence),
        new("ip.frag_offset", p => four(p)?.FragmentOffset / 8, occurrence),
        new("ip.ttl", p => four(p)?.TimeToLive, occurrence),
        new("ip.proto", p => four(p)?.Protocol, occurrence),
        new("ip.checksum", p => four(p)?.Checksum, occurrence),
        new("ip.src", p => four(p)?.Source, occurrence),
        new("ip.dst", p => four(p)?.Destination, occurrence),
        new("ipv6.tclass.dscp", p => six(p)?.Dscp, occurrence),
        new("ipv6.tclass.ecn", p => six(p)?.Ecn, occurrence),
        new("ipv6.flow", p => six(p)?.FlowLabel, occurrence),
        new("ipv6.plen", p => six(p)?.PayloadLength, occurrence),
        new("ipv6.nxt", p => six(p)?.NextHeader, occurrence),
        new("ipv6.hlim", p => six(p)?.HopLimit, occurrence),
        new("ipv6.src", p => six(p)?.Source, occurrence),
        new("ipv6.dst", p => six(p)?.Destination, occurrence),
        .. occurrence > 0 ? (PacketField[])[] :
        [
            new("ipv6.fraghdr.offset", p => six(p)?.Fragment?.Offset / 8),
            new("ipv6.fraghdr.more", p => six(p)?.Fragment?.More),
            new("ipv6.fraghdr.ident", p => six(p)?.Fragment?.Id),
        ],
    ];

    private static ArpMessage? Arp(Packet packet) => packet.Arp is { HasAddresses: true, HardwareType: 1 } ? packet.Arp : null;

    private static IcmpMessage? Icmp(Packet packet, bool six) => packet.Icmp is { } icmp && icmp.Version6 == six ? icmp : null;

    private static IcmpQuote? Quoted(Packet packet, IpProtocol protocol) => packet.Icmp?.Quote is { } quote && quote.Protocol == protocol ? quote : null;

    private static IEnumerable<VlanTag> Vlans(Packet packet, bool service) => packet.Vlans.Where(tag => tag.Protocol == EtherType.ServiceVlan == service);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
