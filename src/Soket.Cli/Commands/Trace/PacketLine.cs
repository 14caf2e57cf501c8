using System.Globalization;
using System.Net;
using System.Text;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Languages;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>How the time of a packet is told.</summary>
internal enum PacketTime
{
    /// <summary>Since the first packet.</summary>
    Relative,

    /// <summary>The time of day here.</summary>
    Clock,

    /// <summary>Since the packet before.</summary>
    Delta,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>A packet as one line: when, between whom, what it is, and what is unusual about it.</summary>
internal sealed class PacketLine(CliIo io, PacketTime time, Ink ink)
{
    private long? _first;
    private long _before;

    /// <summary>The line.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="traced">Its place in its conversation, for TCP and UDP.</param>
    public string Of(Packet packet, TracedPacket? traced)
    {
        var line = new StringBuilder();
        if (time != PacketTime.None)
            line.Append(ink.Dim(Time(packet.Captured.Nanoseconds))).Append("  ");
        string from = "", to = "";
        if (packet.Ipv4 is { } four)
            (from, to) = (Address(four.Source, packet, source: true), Address(four.Destination, packet, source: false));
        else if (packet.Ipv6 is { } six)
            (from, to) = (Address(six.Source, packet, source: true), Address(six.Destination, packet, source: false));
        else if (packet.Ethernet is { } ethernet)
            (from, to) = (ethernet.Source.ToString(), ethernet.Destination.ToString());
        if (from.Length > 0)
            line.Append(from).Append(" > ").Append(to).Append("  ");
        line.Append(What(packet, traced));
        if (traced is not null)
        {
            foreach (ApplicationMessage message in traced.Messages)
                line.Append("  ").Append(ink.Cyan(message.Protocol + " " + TerminalText.Safe(message.Summary)));
            if (traced.Marks != SegmentMarks.None)
                line.Append("  ").Append(ink.Yellow("[" + string.Join(", ", DiagramWords.MarkNames(traced.Marks, io.Language)) + "]"));
            if (traced.Inferred)
                line.Append("  ").Append(ink.Dim("(" + io.Text("trace.inferred") + ")"));
        }

        if (packet.Captured.Comment is { Length: > 0 } comment && traced?.Inferred != true)
            line.Append("  # ").Append(TerminalText.Safe(comment));
        return line.ToString();
    }

    /// <summary>The flags as they are said; a dash for none.</summary>
    public static string Flags(TcpFlags flags) => DiagramWords.FlagNames(flags) is { Length: > 0 } names ? names : "-";

    private string What(Packet packet, TracedPacket? traced)
    {
        if (packet.Tcp is { } tcp)
        {
            string numbers = traced is null
                ? Text($"seq {tcp.Sequence}{(tcp.Flags.HasFlag(TcpFlags.Ack) ? Text($" ack {tcp.Acknowledgment}") : "")} win {tcp.Window}")
                : Text($"seq {traced.Sequence}{(traced.Acknowledgment >= 0 ? Text($" ack {traced.Acknowledgment}") : "")} win {traced.Window}");
            string options = tcp.Flags.HasFlag(TcpFlags.Syn) && PacketFields.Options(tcp.Options) is { Length: > 0 } some ? $" <{some}>" : "";
            return Text($"TCP {Flags(tcp.Flags)} {numbers} len {packet.PayloadLength}{options}");
        }

        if (packet.Udp is not null)
            return Text($"UDP len {packet.PayloadLength}{(traced?.Fragment == true ? " " + io.Text("trace.fragment") : "")}");
        if (packet.Icmp is { } icmp)
        {
            string quote = icmp.Quote is { SourcePort: { } source, DestinationPort: { } destination } about ? Text($", {PacketFields.Protocol(about.Protocol)} {source} > {destination}") : "";
            return Text($"{(icmp.Version6 ? "ICMPv6" : "ICMP")} {icmp.TypeName}{(icmp.CodeName.Length > 0 ? ": " + icmp.CodeName : "")}{(icmp.Sequence is { } sequence ? Text($" seq {sequence}") : "")}{quote}");
        }

        if (packet.Arp is { } arp)
        {
            return arp.Operation switch
            {
                1 => Text($"ARP who has {arp.Target}? tell {arp.Sender}"),
                2 => Text($"ARP {arp.Sender} is at {arp.SenderHardware}"),
                _ => Text($"ARP operation {arp.Operation}"),
            };
        }

        if (packet.Ipv4 is { } four)
            return Text($"{PacketFields.Protocol(four.Protocol)} len {packet.PayloadLength}{(four.IsFragment ? Text($" {io.Text("trace.fragment")} id {four.Id} offset {four.FragmentOffset}{(four.MoreFragments ? " MF" : "")}") : "")}");
        if (packet.Ipv6 is { } six)
            return Text($"{PacketFields.Protocol(six.Protocol)} len {packet.PayloadLength}{(six.Fragment is { } part ? Text($" {io.Text("trace.fragment")} id {part.Id} offset {part.Offset}{(part.More ? " MF" : "")}") : "")}");
        return packet.Ethernet is { } ethernet ? Text($"type 0x{ethernet.TypeOrLength:x4} len {packet.Captured.OriginalLength}") : Text($"{packet.Captured.Link} len {packet.Captured.OriginalLength}");
    }

    private static string Address(IPAddress address, Packet packet, bool source)
    {
        int port = packet.Tcp is { } tcp ? (source ? tcp.SourcePort : tcp.DestinationPort) : packet.Udp is { } udp ? (source ? udp.SourcePort : udp.DestinationPort) : -1;
        return port < 0 ? address.ToString() : new IPEndPoint(address, port).ToString();
    }

    private string Time(long nanoseconds)
    {
        long first = _first ??= nanoseconds, before = _before == 0 ? nanoseconds : _before;
        _before = nanoseconds;
        if (time == PacketTime.Clock)
            return DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100).ToLocalTime().ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return ((nanoseconds - (time == PacketTime.Delta ? before : first)) / 1e9).ToString("0.000000", CultureInfo.InvariantCulture).PadLeft(10);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
