using System.Globalization;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Soket.Tests.Capture;
using Xunit;

namespace Soket.Tests.Protocols.CaptureFiles;

/// <summary>Files of tcpdump, tshark, editcap and mergecap are read as these tools read them, and they read Soket's.</summary>
public sealed class CaptureToolTests : IDisposable
{
    private const long Began = 1_700_000_000_123_456_789;
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pcapng", 1)]
    [InlineData("pcap", 1_000)]
    [InlineData("nsecpcap", 1)]
    [InlineData("modpcap", 1_000)]
    public void What_editcap_writes_is_read_packet_for_packet(string format, int unit)
    {
        string ours = Write("ours.pcapng", Sample(), null), theirs = In("theirs");
        WireTool.Run("editcap", "-F", format, ours, theirs);
        AssertSame(Sample(), Read(theirs), unit);
        Assert.Equal(format == "pcapng" ? CaptureFormat.Pcapng : CaptureFormat.Pcap, FormatOf(theirs));
    }

    [Theory]
    [InlineData(CaptureFormat.Pcap)]
    [InlineData(CaptureFormat.Pcapng)]
    public void Tcpdump_reads_what_Soket_writes_and_Soket_what_tcpdump_writes(CaptureFormat format)
    {
        string ours = In("ours");
        using (CaptureWriter writer = CaptureWriter.Create(File.Create(ours), format))
            WriteAll(writer, Sample());
        foreach ((string precision, int unit) in (ReadOnlySpan<(string, int)>)[("micro", 1_000), ("nano", 1)])
        {
            string theirs = In(precision);
            WireTool.Run("tcpdump", "-Z", Environment.UserName, "--time-stamp-precision", precision, "-r", ours, "-w", theirs);
            AssertSame(Sample(), Read(theirs), unit);
        }
    }

    [Fact]
    public void A_file_compressed_with_gzip_is_read_as_it_is()
    {
        string ours = Write("ours.pcapng", Sample(), null);
        WireTool.Run("gzip", ours);
        AssertSame(Sample(), Read(ours + ".gz"), 1);
    }

    [Fact]
    public void Tshark_sees_the_times_lengths_names_comments_and_directions_that_were_written()
    {
        CaptureInterface[] interfaces = [new() { Link = LinkType.Ethernet, Name = "eth0" }, new() { Link = LinkType.RawIp, Name = "tun0" }];
        CapturedPacket[] packets = [.. Sample().Select((packet, i) => packet with
        {
            Interface = i % 3 == 2 ? 1 : 0,
            Link = i % 3 == 2 ? LinkType.RawIp : LinkType.Ethernet,
            Direction = (PacketDirection)(i % 3),
            Comment = i % 4 == 0 ? $"nomor {i} ✓" : null,
        })];
        string file = Write("ours.pcapng", packets, interfaces);
        Assert.Equal(
            packets.Select(packet => string.Join('|',
                string.Create(CultureInfo.InvariantCulture, $"{packet.Nanoseconds / 1_000_000_000}.{packet.Nanoseconds % 1_000_000_000:000000000}"),
                packet.Bytes.Length, packet.OriginalLength, interfaces[packet.Interface].Name, packet.Comment, packet.Direction switch { PacketDirection.Inbound => "1", PacketDirection.Outbound => "2", _ => "" })),
            Fields(file, "frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_name", "frame.comment", "frame.packet_flags_direction")
                .Select(line => line.Replace("0x00000001", "1", StringComparison.Ordinal).Replace("0x00000002", "2", StringComparison.Ordinal)));
        string told = WireTool.Run("capinfos", "-M", file);
        Assert.Matches(@"Number of packets: +" + packets.Length, told);
        Assert.Matches(@"Capture application: +Soket", told);
        Assert.Matches(@"Number of interfaces in file: +2", told);
    }

    [Fact]
    public void What_tshark_and_mergecap_write_is_read_as_tshark_reads_it()
    {
        string first = Write("first.pcapng", Sample(), [new() { Link = LinkType.Ethernet, Name = "eth0" }]), second = In("second.pcap"), raw = In("raw.pcapng"), merged = In("merged");
        WireTool.Run("editcap", "-F", "pcap", "-t", "0.0005", first, second);
        using (var writer = new PcapngWriter(File.Create(raw)))
            WriteAll(writer, [.. Sample().Select(packet => packet with { Link = LinkType.LinuxCooked2 })]);
        WireTool.Run("mergecap", "-w", merged, first, second, raw);
        Compare(merged);
        string commented = In("commented"), again = In("again");
        WireTool.Run("editcap", "-a", "3:a first word", "-a", "5:another", "-s", "40", merged, commented);
        Compare(commented);
        Assert.Equal(2, Read(commented).Count(packet => packet.Comment is not null));
        WireTool.Run("tshark", "-r", commented, "-w", again);
        Compare(again);

        void Compare(string file)
        {
            List<CapturedPacket> read = Read(file);
            Assert.True(read.Count > Sample().Length);
            Assert.Equal(
                Fields(file, "frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_id", "frame.comment"),
                read.Select(packet => string.Join('|',
                    string.Create(CultureInfo.InvariantCulture, $"{packet.Nanoseconds / 1_000_000_000}.{packet.Nanoseconds % 1_000_000_000:000000000}"),
                    packet.Bytes.Length, packet.OriginalLength, packet.Interface, packet.Comment)));
        }
    }

    [Fact]
    public void Secrets_and_names_in_a_file_are_passed_over()
    {
        string keys = In("keys"), with = In("with.pcapng");
        File.WriteAllText(keys, $"CLIENT_RANDOM {new string('a', 64)} {new string('b', 96)}\n");
        WireTool.Run("editcap", "--inject-secrets", "tls," + keys, Write("ours.pcapng", Sample(), null), with);
        AssertSame(Sample(), Read(with), 1);
    }

    private static CapturedPacket[] Sample() =>
    [
        .. Frames.Packets.Select((packet, i) =>
        {
            byte[] frame = Frames.Links[0].Wrap(packet.Bytes);
            bool cut = i % 7 == 3;
            return new CapturedPacket
            {
                Nanoseconds = Began + (i * 1_000_003L),
                Link = LinkType.Ethernet,
                Bytes = cut ? frame[..(frame.Length - 5)] : frame,
                OriginalLength = frame.Length,
            };
        }),
    ];

    private static void WriteAll(CaptureWriter writer, CapturedPacket[] packets)
    {
        foreach (CapturedPacket packet in packets)
            writer.Write(packet);
    }

    private static List<CapturedPacket> Read(string file) => CaptureBytes.Read(File.OpenRead(file));

    private static CaptureFormat FormatOf(string file)
    {
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(file));
        return reader.Format;
    }

    private static string[] Fields(string file, params string[] fields) =>
        WireTool.Run("tshark", ["-n", "-r", file, "-T", "fields", "-E", "separator=|", .. fields.SelectMany(field => (string[])["-e", field])])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertSame(CapturedPacket[] expected, List<CapturedPacket> actual, int unit)
    {
        Assert.Equal(
            expected.Select(packet => (packet.Nanoseconds / unit * unit, packet.OriginalLength, packet.Link, Convert.ToHexString(packet.Bytes.Span))),
            actual.Select(packet => (packet.Nanoseconds, packet.OriginalLength, packet.Link, Convert.ToHexString(packet.Bytes.Span))));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Write(string name, CapturedPacket[] packets, CaptureInterface[]? interfaces)
    {
        using var writer = new PcapngWriter(File.Create(In(name)), interfaces);
        WriteAll(writer, packets);
        return In(name);
    }
}
