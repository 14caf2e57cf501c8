using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>What tcpdump's own tests expect it to print of a packet is what Soket has read of it.</summary>
public sealed partial class TcpdumpTests
{
    [Fact]
    public async Task Its_expected_outputs_say_the_same()
    {
        IReadOnlyDictionary<string, byte[]> files = await TcpdumpCorpus.FilesAsync();
        var differences = new StringBuilder();
        int compared = 0, different = 0;
        foreach (Match test in Test().Matches(Encoding.UTF8.GetString(files["TESTLIST"])))
        {
            if (!files.TryGetValue(test.Groups["capture"].Value, out byte[]? capture) || !files.TryGetValue(test.Groups["output"].Value, out byte[]? output))
                continue;
            List<CapturedPacket> packets = TcpdumpCorpus.Read(capture);
            if (packets.Count == 0 || packets.Any(packet => !Enum.IsDefined(packet.Link)))
                continue;
            foreach (Match printed in Printed().Matches(Encoding.Latin1.GetString(output)))
            {
                Packet packet = Packet.Decode(packets[int.Parse(printed.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) - 1]);
                foreach ((string field, string soket, string tcpdump) in Said(packet, printed.Groups["text"].Value))
                {
                    compared++;
                    if (soket != tcpdump && different++ < 40)
                        differences.AppendLine(CultureInfo.InvariantCulture, $"{test.Groups["output"]} {printed.Groups["number"]}: {field} is {soket}, tcpdump says {tcpdump}");
                }
            }
        }

        Assert.True(different == 0, $"{different} differences\n{differences}");
        Assert.NotInRange(compared, 0, 20_000);
    }

    // Each field that tcpdump has printed of the outermost packet, and that Soket has read.
    private static IEnumerable<(string Field, string Soket, string Tcpdump)> Said(Packet packet, string text)
    {
        if (packet.Ipv4 is { } ipv4 && Ipv4().Match(text) is { Success: true } four)
        {
            yield return ("tos", $"{ipv4.Dscp << 2 | ipv4.Ecn:x}", four.Groups["tos"].Value);
            yield return ("ttl", Text(ipv4.TimeToLive), four.Groups["ttl"].Success ? four.Groups["ttl"].Value : "0");
            yield return ("id", Text(ipv4.Id), four.Groups["id"].Value);
            yield return ("offset", Text(ipv4.FragmentOffset), four.Groups["offset"].Value);
            yield return ("proto", Text((byte)ipv4.Protocol), four.Groups["proto"].Value);
            string[] flags = [ipv4.MoreFragments ? "+" : "", ipv4.DontFragment ? "DF" : "", ipv4.ReservedFlag ? "rsvd" : ""];
            yield return ("flags", string.Join(", ", flags.Where(flag => flag.Length > 0).DefaultIfEmpty("none")), four.Groups["flags"].Value);
            if (ipv4.TotalLength > 0)
                yield return ("length", Text(ipv4.TotalLength), four.Groups["length"].Value);
            if (ipv4.ChecksumRight is { } right)
                yield return ("bad cksum", right ? "" : $"{ipv4.Checksum:x}", four.Groups["bad"].Value);
        }

        if (packet.Ipv6 is { } ipv6 && Ipv6().Match(text) is { Success: true } six)
        {
            yield return ("class", $"{ipv6.Dscp << 2 | ipv6.Ecn:x}", six.Groups["class"].Success ? six.Groups["class"].Value : "0");
            yield return ("flowlabel", $"{ipv6.FlowLabel:x}", six.Groups["flow"].Success ? six.Groups["flow"].Value.TrimStart('0') : "0");
            yield return ("hlim", Text(ipv6.HopLimit), six.Groups["hlim"].Value);
            yield return ("next-header", Text((byte)ipv6.NextHeader), six.Groups["next"].Value);
            yield return ("payload length", Text(ipv6.PayloadLength), six.Groups["length"].Value);
        }

        if (packet.Tcp is { } tcp && Tcp().Match(text) is { Success: true } segment)
        {
            foreach ((string field, string soket, string tcpdump) in Ends(packet, segment, tcp.SourcePort, tcp.DestinationPort))
                yield return (field, soket, tcpdump);
            yield return ("Flags", Flags(tcp.Flags), segment.Groups["flags"].Value);
            if (segment.Groups["win"].Success)
                yield return ("win", Text(tcp.Window), segment.Groups["win"].Value);

            // Where the frame is too short for what IP says, tcpdump counts what is missing too.
            if (packet.Problem != PacketProblem.Length)
                yield return ("length", Text(packet.PayloadLength), segment.Groups["length"].Value);
            if (tcp.Flags.HasFlag(TcpFlags.Syn) && segment.Groups["seq"].Success)
                yield return ("seq", Text(tcp.Sequence), segment.Groups["seq"].Value);
            if (segment.Groups["checksum"].Success && packet.HasRightChecksum() is { } right)
                yield return ("cksum", right ? "correct" : "incorrect", segment.Groups["checksum"].Value);
            foreach ((string field, string soket, string tcpdump) in Options(tcp.Options, segment.Groups["options"].Value))
                yield return (field, soket, tcpdump);
        }

        if (packet.Udp is { } udp && Udp().Match(text) is { Success: true } datagram)
        {
            foreach ((string field, string soket, string tcpdump) in Ends(packet, datagram, udp.SourcePort, udp.DestinationPort))
                yield return (field, soket, tcpdump);
            yield return ("length", Text(udp.Length - UdpHeader.HeaderLength), datagram.Groups["length"].Value);
        }
    }

    private static IEnumerable<(string, string, string)> Ends(Packet packet, Match match, ushort source, ushort destination)
    {
        yield return ("from", $"{packet.Source} {source}", $"{IPAddress.Parse(match.Groups["source"].Value)} {match.Groups["sport"]}");
        yield return ("to", $"{packet.Destination} {destination}", $"{IPAddress.Parse(match.Groups["target"].Value)} {match.Groups["tport"]}");
    }

    private static IEnumerable<(string, string, string)> Options(TcpOptions options, string text)
    {
        if (options.Malformed)
            yield break;
        yield return ("mss", options.MaximumSegmentSize?.ToString(CultureInfo.InvariantCulture) ?? "", Number(text, "mss "));
        yield return ("wscale", options.WindowScale?.ToString(CultureInfo.InvariantCulture) ?? "", Number(text, "wscale "));
        yield return ("TS val", options.Timestamp?.Value.ToString(CultureInfo.InvariantCulture) ?? "", Number(text, "TS val "));
        yield return ("TS ecr", options.Timestamp?.Echo.ToString(CultureInfo.InvariantCulture) ?? "", Number(text, " ecr "));
        yield return ("sackOK", options.SackPermitted ? "yes" : "no", text.Contains("sackOK", StringComparison.Ordinal) ? "yes" : "no");
        yield return ("sack", options.SackBlocks.Count > 0 ? Text(options.SackBlocks.Count) : "", Number(text, "sack "));
    }

    private static string Number(string text, string before)
    {
        int at = text.IndexOf(before, StringComparison.Ordinal);
        return at < 0 ? "" : string.Concat(text[(at + before.Length)..].TakeWhile(char.IsAsciiDigit));
    }

    private static string Flags(TcpFlags flags)
    {
        string letters = string.Concat("FSRP.UEW".Where((_, bit) => ((int)flags >> bit & 1) != 0));
        return letters.Length == 0 ? "none" : letters;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // name, capture, expected output, options; one with a filter prints but some of the packets, and numbers those.
    [GeneratedRegex(@"^\S+[ \t]+(?<capture>\S+\.\w+)[ \t]+(?<output>\S+\.out)(?:[ \t]+-[vetnSxXA]+)*[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex Test();

    [GeneratedRegex(@"^ *(?<number>\d+)  (?<text>.*(?:\n(?! *\d+  ).*)*)", RegexOptions.Multiline)]
    private static partial Regex Printed();

    [GeneratedRegex(@"^[^(\n]*\bIP \(tos 0x(?<tos>[0-9a-f]+)(?:,(?:CE|ECT\(\d\)))?(?:, ttl (?<ttl>\d+))?, id (?<id>\d+), offset (?<offset>\d+), flags \[(?<flags>[^]]*)\], proto [^(]*\((?<proto>\d+)\), length (?<length>\d+)(?:, options \([^)]*\))?(?:, bad cksum (?<bad>[0-9a-f]+) \(->[0-9a-f]+\)!)?\)")]
    private static partial Regex Ipv4();

    [GeneratedRegex(@"^[^(\n]*\bIP6 \((?:class 0x(?<class>[0-9a-f]+), )?(?:flowlabel 0x(?<flow>[0-9a-f]+), )?hlim (?<hlim>\d+), next-header [^(]*\((?<next>\d+)\) payload length: (?<length>\d+)\)")]
    private static partial Regex Ipv6();

    [GeneratedRegex(@"^[^>]*?(?<source>[0-9a-f.:]+)\.(?<sport>\d+) > (?<target>[0-9a-f.:]+)\.(?<tport>\d+): Flags \[(?<flags>[^]]*)\](?:, cksum 0x[0-9a-f]+ \((?<checksum>correct|incorrect)[^)]*\))?(?:, seq (?<seq>\d+)(?::\d+)?)?(?:, ack \d+)?(?:, win (?<win>\d+))?(?:, urg \d+)?(?:, options \[(?<options>[^]]*)\])?, length (?<length>\d+)")]
    private static partial Regex Tcp();

    [GeneratedRegex(@"^[^>]*?(?<source>[0-9a-f.:]+)\.(?<sport>\d+) > (?<target>[0-9a-f.:]+)\.(?<tport>\d+): (?:\[[^]]*\] )?UDP, length (?<length>\d+)")]
    private static partial Regex Udp();
}
