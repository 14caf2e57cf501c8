using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>Soket and tshark say the same of every packet, field by field.</summary>
public sealed class TsharkTests
{
    [Fact]
    public async Task Of_packets_that_a_kernel_made()
    {
        using var folder = new TemporaryFolder();
        await RealTraffic.CaptureAsync(folder.Path);
        foreach (string file in (string[])["lo.pcap", "cable.pcap", "any1.pcap", "any2.pcap"])
        {
            string path = Path.Combine(folder.Path, file);
            List<CapturedPacket> packets = PcapFile.Read(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            Assert.NotInRange(await PacketComparison.AgreesAsync(path, packets, i => $"{file} {i + 1}"), 0, 500);

            // What the traffic was made for is in it.
            Packet[] all = [.. packets.Select(packet => Packet.Decode(packet))];
            Assert.Contains(all, packet => packet.Ipv4 is { IsFragment: true });
            Assert.Contains(all, packet => packet.Ipv6 is { IsFragment: true });
            Assert.Contains(all, packet => packet.Ipv4?.Options is [{ Kind: 7 }]);
            Assert.Contains(all, packet => packet.Ipv6?.Extensions is [{ Kind: IpProtocol.HopByHop }, { Kind: IpProtocol.DestinationOptions }]);
            Assert.Contains(all, packet => packet.Icmp is { Version6: false, CodeName: "port unreachable", Quote.DestinationPort: 7002 });
            Assert.Contains(all, packet => packet.Icmp is { Version6: true, CodeName: "port unreachable", Quote.DestinationPort: 7002 });
            Assert.Contains(all, packet => packet.Icmp is { IsEcho: true, Id: 0x1234, Sequence: 5 });
            if (file != "cable.pcap")
            {
                Assert.Contains(all, packet => packet.Tcp?.Options.SackBlocks.Count > 0);
                Assert.Contains(all, packet => packet.Tcp?.Options.FastOpenCookie is { Length: > 0 });
                Assert.Contains(all, packet => packet.Tcp?.Flags is { } flags && flags.HasFlag(TcpFlags.Rst));
                Assert.Contains(all, packet => packet.Tcp?.Flags is { } flags && flags.HasFlag(TcpFlags.Urg));
            }

            // On the way to the device for all interfaces, the kernel takes the outer tag away.
            if (file == "cable.pcap")
                Assert.Contains(all, packet => packet.Vlans.Count == 2 && packet.Arp is not null);
            if (file != "lo.pcap")
            {
                Assert.Contains(all, packet => packet.Icmp is { CodeName: "hop limit exceeded in transit", Quote.EchoId: 0x1234 });
                Assert.Contains(all, packet => packet.Icmp is { CodeName: "time to live exceeded in transit", Quote.EchoSequence: 5 });
                Assert.Contains(all, packet => packet.Icmp is { Version6: true, Type: 135 } && packet.Icmp.Value.Target!.ToString() == "2001:db8::2");
            }
        }
    }

    [Fact]
    public async Task Of_the_datagrams_put_together_from_fragments()
    {
        using var folder = new TemporaryFolder();
        await RealTraffic.CaptureAsync(folder.Path);
        string path = Path.Combine(folder.Path, "cable.pcap");
        List<string[][]> rows = await Tshark.FieldsAsync(path, ["ip.reassembled.data", "ipv6.reassembled.data"], "ip.defragment:TRUE", "ipv6.defragment:TRUE");
        var reassembler = new IpReassembler();
        int whole = 0;
        foreach ((CapturedPacket captured, string[][] row) in PcapFile.Read(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)).Zip(rows))
        {
            Packet? packet = reassembler.Add(Packet.Decode(captured));
            string tshark = row[0].FirstOrDefault() ?? row[1].FirstOrDefault() ?? "";
            string soket = packet is { Fragments: > 0 } ? Convert.ToHexStringLower(packet.Ip.Span[(packet.Ipv6?.HeaderLength ?? packet.Ipv4!.Value.HeaderLength)..]) : "";
            Assert.Equal(tshark, soket);
            whole += soket.Length > 0 ? 1 : 0;
        }

        Assert.NotInRange(whole, 0, 1);
    }

    [Theory]
    [InlineData(LinkType.Ethernet)]
    [InlineData(LinkType.RawIp)]
    [InlineData(LinkType.LinuxCooked)]
    [InlineData(LinkType.LinuxCooked2)]
    [InlineData(LinkType.Null)]
    [InlineData(LinkType.Loop)]
    [InlineData(LinkType.Ipv4)]
    [InlineData(LinkType.Ipv6)]
    public async Task Of_packets_with_everything_that_headers_may_hold(LinkType link)
    {
        var random = new RandomPackets(seed: 5 + (int)link);
        await AgreesAsync(link, [.. Enumerable.Range(0, 2000).Select(i => i % 4 == 0 ? random.NextCut(link) : random.Next(link))]);
    }

    [Fact]
    public async Task Of_packets_that_Soket_wrote()
    {
        var random = new RandomPackets(seed: 1);
        CapturedPacket[] packets = [.. Enumerable.Range(0, 1000).Select(_ => random.NextWritten())];
        await AgreesAsync(LinkType.RawIp, packets);

        // And it finds each checksum right.
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "written.pcap");
        PcapFile.Write(path, LinkType.RawIp, packets);
        List<string[][]> rows = await Tshark.FieldsAsync(path, ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"]);
        Assert.All(rows, row => Assert.All(row.SelectMany(status => status), status => Assert.Equal("1", status)));
        Assert.All(rows, row => Assert.NotEmpty(row.SelectMany(status => status)));
    }

    [Fact]
    public async Task Of_the_captures_that_come_with_tcpdump()
    {
        IReadOnlyDictionary<string, byte[]> files = await TcpdumpCorpus.FilesAsync();
        int compared = 0;
        foreach (IGrouping<LinkType, (string File, CapturedPacket Packet)> link in TcpdumpCorpus.Packets(files).GroupBy(one => one.Packet.Link))
        {
            (string File, CapturedPacket Packet)[] packets = [.. link];
            if (Enum.IsDefined(link.Key))
                compared += await AgreesAsync(link.Key, [.. packets.Select(one => one.Packet)], i => $"{packets[i].File} (link {link.Key}, {i + 1})");
            else
                Assert.All(packets, one => Assert.Equal(PacketProblem.UnknownLink, Packet.Decode(one.Packet).Problem));
        }

        Assert.NotInRange(compared, 0, 100_000);
    }

    private static async Task<int> AgreesAsync(LinkType link, CapturedPacket[] packets, Func<int, string>? name = null)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "packets.pcap");
        PcapFile.Write(path, link, packets);
        return await PacketComparison.AgreesAsync(path, packets, name);
    }
}
