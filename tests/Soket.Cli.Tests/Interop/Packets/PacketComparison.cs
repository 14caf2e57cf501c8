using System.Text;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>Packets as Soket takes them apart, held against tshark: every field, and every layer.</summary>
internal static class PacketComparison
{
    // What a link's headers are called in frame.protocols.
    private static readonly string[] _links = ["eth", "eth_maybefcs", "ethertype", "vlan", "ieee8021ad", "sll", "null", "raw", "llc"];

    private static readonly string[] _fields =
    [
        "frame.protocols", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status",
        .. PacketFields.All.Select(field => field.Name).Concat(PacketFields.Lists.Select(list => list.Name)).Distinct(),
    ];

    /// <summary>Writes packets of one link to a file, has tshark read it, and fails with every difference.</summary>
    /// <returns>How many fields were compared.</returns>
    public static async Task<int> AgreesAsync(string file, IReadOnlyList<CapturedPacket> packets, Func<int, string>? name = null)
    {
        List<string[][]> rows = await Tshark.FieldsAsync(file, _fields);
        Assert.Equal(packets.Count, rows.Count);
        var differences = new StringBuilder();
        int compared = 0, different = 0;
        for (int i = 0; i < packets.Count; i++)
        {
            Packet packet = Packet.Decode(packets[i]);
            foreach (string difference in Differences(packet, rows[i], ref compared))
            {
                if (different++ < 40)
                    differences.AppendLine($"{name?.Invoke(i) ?? $"packet {i + 1}"}: {difference} ({string.Join(' ', rows[i][0])}; {packet.Problem}; {Convert.ToHexString(packets[i].Bytes.Span[..Math.Min(120, packets[i].Bytes.Length)])})");
            }
        }

        Assert.True(different == 0, $"{different} differences\n{differences}");
        return compared;
    }

    private static List<string> Differences(Packet packet, string[][] row, ref int compared)
    {
        var differences = new List<string>();
        if (IsIsl(packet))
            return differences;
        string[] protocols = row[0].Length == 0 ? [] : row[0][0].Split(':');
        Layers(packet, protocols, differences);
        foreach (PacketField field in PacketFields.All)
        {
            string? tshark = Of(row, field.Name).ElementAtOrDefault(field.Occurrence);
            if (field.Text(packet) is not { } soket || (tshark is null && Excused(packet, field.Name)))
                continue;
            compared++;
            if (soket != tshark)
                differences.Add($"{field.Name} is {soket}, tshark has {tshark ?? "none"}");
        }

        foreach ((string name, Func<Packet, IEnumerable<string>?> values) in PacketFields.Lists)
        {
            string protocol = name.Split('.')[0];
            string[] tshark = Of(row, name);
            if (protocol is "vlan" or "ieee8021ad")
            {
                // A frame in a tunnel may have tags of its own.
                tshark = tshark[..Math.Min(tshark.Length, protocols.TakeWhile(_links.Contains).Count(link => link == protocol))];
            }
            else if (packet.Problem == PacketProblem.Truncated || protocols.Count(inner => inner == protocol) > 1)
            {
                // tshark tells the half of an option that was captured, and those of headers further in.
                continue;
            }

            // Options of IPv4 that only fill, Soket leaves out.
            if (name == "ip.opt.type")
                tshark = [.. tshark.Except(["0", "1"])];
            if (values(packet) is not { } soket || (packet.Problem == PacketProblem.Truncated && !soket.Any()))
                continue;
            compared++;
            if (!soket.SequenceEqual(tshark))
                differences.Add($"{name} is {string.Join('|', soket)}, tshark has {string.Join('|', tshark)}");
        }

        Checksum(packet, row, differences);
        return differences;
    }

    // What tshark says is there and is read here must have been read, and nothing else.
    private static void Layers(Packet packet, string[] protocols, List<string> differences)
    {
        string[] inner = [.. protocols.SkipWhile(_links.Contains).Where(protocol => !protocol.StartsWith("ipv6.", StringComparison.Ordinal) && protocol != "ah")];

        // IPv6 announced as IPv4: Soket reads it as what it is.
        if (packet.Ipv6 is not null && inner is ["ip", "ipv6", ..])
            inner = inner[1..];
        string network = inner.ElementAtOrDefault(0) ?? "", transport = inner.ElementAtOrDefault(1) ?? "";
        Layer("arp", network, packet.Arp is not null || IsReverseArp(packet));
        Layer("ip", network, packet.Ipv4 is not null);
        Layer("ipv6", network, packet.Ipv6 is not null);
        if (network is not ("ip" or "ipv6"))
            return;
        Layer("tcp", transport, packet.Tcp is not null);
        Layer("udp", transport, packet.Udp is not null);
        Layer(packet.Ipv6 is null ? "icmp" : "icmpv6", transport, packet.Icmp is not null);

        void Layer(string name, string found, bool read)
        {
            bool cut = packet.Problem is PacketProblem.Truncated or PacketProblem.Length or PacketProblem.Version;
            if (read != (found == name) && !(cut && !read))
                differences.Add($"{name} is {(read ? "read" : "not read")}, tshark has {found}");
        }
    }

    private static void Checksum(Packet packet, string[][] row, List<string> differences)
    {
        string name = packet.Tcp is not null ? "tcp.checksum.status"
            : packet.Udp is not null ? "udp.checksum.status"
            : packet.Icmp is { Version6: true } ? "icmpv6.checksum.status"
            : packet.Icmp is not null ? "icmp.checksum.status"
            : "";
        if (name.Length > 0 && Of(row, name) is ["0" or "1", ..] status && packet.HasRightChecksum() is { } right && right != (status[0] == "1"))
            differences.Add($"{name} is {right}, tshark has {status[0]}");
    }

    private static string[] Of(string[][] row, string field) => row[Array.IndexOf(_fields, field)];

    // Where tshark has none: after the end of what was captured; the length of a segment that is not all there; the number of one that an ICMP error quotes.
    private static bool Excused(Packet packet, string field) =>
        packet.Problem == PacketProblem.Truncated
        || (field == "tcp.len" && (packet.IsFragment || packet.Payload.Length < packet.PayloadLength))
        || (field == "tcp.seq_raw" && packet.Tcp is null)
        || (field.StartsWith("arp.", StringComparison.Ordinal) && packet.Arp is { HardwareType: AtmArp });

    // ATM's has fields of its own; frames of Cisco's ISL have a whole frame inside; reverse ARP is ARP to tshark.
    private const ushort AtmArp = 19;

    private static bool IsIsl(Packet packet) => packet.Ethernet?.Destination.Value >> 8 == 0x01000c0000;

    private static bool IsReverseArp(Packet packet) => (ushort)packet.Type == 0x8035;
}
