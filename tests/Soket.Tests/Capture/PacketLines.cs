using System.Globalization;
using System.Net;
using System.Text;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>Packets as lines of text, with numbers counted from each end's SYN.</summary>
internal static class PacketLines
{
    /// <summary>The lines: <c>53122>8080 PA seq=1 ack=1 "halo"</c>.</summary>
    public static string[] Of(IEnumerable<CapturedPacket> packets)
    {
        var first = new Dictionary<(IPEndPoint, IPEndPoint), uint>();
        var lines = new List<string>();
        foreach (CapturedPacket captured in packets)
        {
            var packet = Packet.Decode(captured);
            Assert.True(packet.Problem is PacketProblem.None or PacketProblem.Truncated, packet.Problem.ToString());
            IPAddress from = packet.Source!, to = packet.Destination!;
            string data = captured.Bytes.Length < captured.OriginalLength ? $" {packet.PayloadLength} bytes" : packet.Payload.IsEmpty ? "" : $" \"{Encoding.UTF8.GetString(packet.Payload.Span)}\"";
            if (packet.Tcp is { } tcp)
            {
                IPEndPoint source = new(from, tcp.SourcePort), target = new(to, tcp.DestinationPort);
                if (tcp.Flags.HasFlag(TcpFlags.Syn))
                    first[(source, target)] = tcp.Sequence;
                uint sequence = tcp.Sequence - first.GetValueOrDefault((source, target), tcp.Flags.HasFlag(TcpFlags.Rst) ? tcp.Sequence : 0), acknowledgment = tcp.Acknowledgment - first.GetValueOrDefault((target, source));
                string ack = tcp.Flags.HasFlag(TcpFlags.Ack) ? string.Create(CultureInfo.InvariantCulture, $" ack={acknowledgment}") : "";
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{source.Port}>{target.Port} {Letters(tcp.Flags)} seq={sequence}{ack}{data}"));
            }
            else if (packet.Udp is { } udp)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{from}:{udp.SourcePort}>{to}:{udp.DestinationPort} UDP{data}"));
            }
            else if (packet.Icmp is { } icmp)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{from}>{to} {icmp.CodeName}: {icmp.Quote!.Source}:{icmp.Quote.SourcePort}>{icmp.Quote.Destination}:{icmp.Quote.DestinationPort}"));
            }
        }

        return [.. lines];
    }

    private static string Letters(TcpFlags flags) =>
        (flags.HasFlag(TcpFlags.Syn) ? "S" : "") + (flags.HasFlag(TcpFlags.Fin) ? "F" : "") + (flags.HasFlag(TcpFlags.Rst) ? "R" : "") + (flags.HasFlag(TcpFlags.Psh) ? "P" : "") + (flags.HasFlag(TcpFlags.Ack) ? "A" : "");
}
