using System.Globalization;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>
/// Every field of a packet's headers, a line a layer, in the field's own words: what <c>-v</c> shows. The names are those of the RFCs, and the same in every language.
/// </summary>
internal static class PacketFields
{
    public static IEnumerable<string> Of(Packet packet)
    {
        if (packet.Ethernet is { } ethernet)
            yield return Line($"Ethernet  {ethernet.Source} > {ethernet.Destination}  type 0x{ethernet.TypeOrLength:x4}");
        if (packet.Cooked is { } cooked)
            yield return Line($"Linux cooked v{cooked.Version}  {cooked.PacketType}  protocol 0x{cooked.Protocol:x4}{(cooked.Version == 2 ? Line($"  interface {cooked.InterfaceIndex}") : "")}");
        foreach (VlanTag vlan in packet.Vlans)
            yield return Line($"VLAN  id {vlan.Id}  priority {vlan.Priority}{(vlan.DropEligible ? "  DEI" : "")}");
        if (packet.Arp is { } arp)
            yield return Line($"ARP  operation {arp.Operation}  sender {arp.SenderHardware} {arp.Sender}  target {arp.TargetHardware} {arp.Target}");
        if (packet.Ipv4 is { } four)
            yield return Ipv4(four);
        if (packet.Ipv6 is { } six)
            yield return Ipv6(six);
        if (packet.Icmp is { } icmp)
            yield return Icmp(icmp);
        if (packet.Tcp is { } tcp)
            yield return Tcp(tcp);
        if (packet.Udp is { } udp)
            yield return Line($"UDP  {udp.SourcePort} > {udp.DestinationPort}  length {udp.Length}  checksum 0x{udp.Checksum:x4}");
        if (packet.Problem != PacketProblem.None)
            yield return Line($"({packet.Problem.ToString().ToLowerInvariant()})");
    }

    private static string Ipv4(Ipv4Header ip)
    {
        string flags = (ip.ReservedFlag ? " reserved" : "") + (ip.DontFragment ? " DF" : "") + (ip.MoreFragments ? " MF" : "");
        string checksum = ip.ChecksumRight is false ? " (wrong)" : "";
        string options = ip.Options is { Count: > 0 } ? "  options " + string.Join(',', ip.Options.Select(option => option.Kind.ToString(CultureInfo.InvariantCulture))) : "";
        return Line($"IPv4  {ip.Source} > {ip.Destination}  {Protocol(ip.Protocol)}  ttl {ip.TimeToLive}  id {ip.Id}  length {ip.TotalLength}  dscp {ip.Dscp}  ecn {ip.Ecn}")
            + (flags.Length > 0 ? "  flags" + flags : "") + (ip.FragmentOffset > 0 ? Line($"  offset {ip.FragmentOffset}") : "") + Line($"  checksum 0x{ip.Checksum:x4}") + checksum + options;
    }

    private static string Ipv6(Ipv6Header ip)
    {
        string extensions = ip.Extensions is { Count: > 0 } ? "  extensions " + string.Join(',', ip.Extensions.Select(extension => Protocol(extension.Kind))) : "";
        string fragment = ip.Fragment is { } part ? Line($"  fragment id {part.Id} offset {part.Offset}{(part.More ? " MF" : "")}") : "";
        return Line($"IPv6  {ip.Source} > {ip.Destination}  {Protocol(ip.Protocol)}  hop limit {ip.HopLimit}  flow 0x{ip.FlowLabel:x5}  length {ip.PayloadLength}  dscp {ip.Dscp}  ecn {ip.Ecn}") + extensions + fragment;
    }

    private static string Icmp(IcmpMessage icmp)
    {
        string more = (icmp.Id is { } id ? Line($"  id {id}") : "") + (icmp.Sequence is { } sequence ? Line($"  seq {sequence}") : "") + (icmp.Mtu is { } mtu ? Line($"  mtu {mtu}") : "")
            + (icmp.Target is { } target ? Line($"  target {target}") : "");
        string quote = icmp.Quote is { } about ? Line($"  about {about.Source}{Port(about.SourcePort)} > {about.Destination}{Port(about.DestinationPort)} {Protocol(about.Protocol)}") : "";
        return Line($"{(icmp.Version6 ? "ICMPv6" : "ICMP")}  type {icmp.Type} ({icmp.TypeName})  code {icmp.Code}{(icmp.CodeName.Length > 0 ? $" ({icmp.CodeName})" : "")}  checksum 0x{icmp.Checksum:x4}") + more + quote;

        static string Port(ushort? port) => port is { } number ? Line($":{number}") : "";
    }

    private static string Tcp(TcpHeader tcp) =>
        Line($"TCP  {tcp.SourcePort} > {tcp.DestinationPort}  {PacketLine.Flags(tcp.Flags)}  seq {tcp.Sequence}  ack {tcp.Acknowledgment}  header {tcp.HeaderLength}  window {tcp.Window}  checksum 0x{tcp.Checksum:x4}")
        + (tcp.UrgentPointer != 0 ? Line($"  urgent {tcp.UrgentPointer}") : "") + (Options(tcp.Options) is { Length: > 0 } options ? "  options " + options : "");

    /// <summary>The options of a TCP header: <c>mss 1460, sackOK, wscale 7, TS 12:34</c>.</summary>
    public static string Options(TcpOptions options)
    {
        var parts = new List<string>();
        if (options.MaximumSegmentSize is { } size)
            parts.Add(Line($"mss {size}"));
        if (options.WindowScale is { } scale)
            parts.Add(Line($"wscale {scale}"));
        if (options.SackPermitted)
            parts.Add("sackOK");
        foreach ((uint left, uint right) in options.SackBlocks)
            parts.Add(Line($"sack {left}-{right}"));
        if (options.Timestamp is { } time)
            parts.Add(Line($"TS {time.Value}:{time.Echo}"));
        if (options.FastOpenCookie is { } cookie)
            parts.Add("fast open" + (cookie.IsEmpty ? "" : " " + Convert.ToHexStringLower(cookie.Span)));
        parts.AddRange(options.Others.Select(option => Line($"kind {option.Kind}")));
        if (options.Malformed)
            parts.Add("(malformed)");
        return string.Join(", ", parts);
    }

    /// <summary>What IP carries, as people name it.</summary>
    public static string Protocol(IpProtocol protocol) => Enum.IsDefined(protocol) ? protocol.ToString().ToUpperInvariant() switch { "ICMPV6" => "ICMPv6", "IPV4" => "IPv4", "IPV6" => "IPv6", var name => name } : Line($"protocol {(byte)protocol}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
