using System.Text;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Tests.Protocols.CaptureFiles;

/// <summary>pcapng: its blocks and options, in either byte order.</summary>
public sealed class PcapngTests
{
    private const ulong Micro = 1_700_000_000_000_123;
    private static readonly byte[] Data = [1, 2, 3, 4, 5];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_of_several_interfaces_and_kinds_of_block_are_read(bool little)
    {
        byte[] file = new CaptureBytes(little)
            .Section(options => options.Option(2, "x86").Option(4, "Dumper 1.0").U32(0))
            .Interface(1, options => options.Option(2, "eth0").Option(3, "the wire").Option(9, [6]).U32(0), snap: 4)
            .Block(4, block => block.U16(1).U16(8).Raw(127, 0, 0, 1).Raw("ab\0"u8).Raw(0).U32(0)) // names: passed over
            .Block(0x0BAD, block => block.U32(32473).Raw(1, 2, 3, 4))                             // somebody's own: passed over
            .Interface(101, options => options.Option(2, "tun0").Option(9, [9]))                   // without opt_endofopt
            .Packet(1, (ulong)Micro * 1000 + 7, Data, options => options.Option(1, "first").Option(2, little ? [1, 0, 0, 0] : [0, 0, 0, 1]).Option(1, "second").U32(0), length: 99)
            .Packet(0, Micro, Data)
            .Block(3, block => block.U32(60).Padded([9, 8, 7, 6]))                                  // simple: kept as the snap length says
            .Block(2, block => block.U16(1).U16(3).U64(0).U32(5).U32(5).Padded(Data).Option(2, little ? [2, 0, 0, 0] : [0, 0, 0, 2]).U32(0))
            .Block(5, block => block.U32(1).U64(0).Option(4, new CaptureBytes(little).U64(12).ToArray()).Option(5, new CaptureBytes(little).U64(3).ToArray()).U32(0))
            .ToArray();
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        List<CapturedPacket> packets = CaptureBytes.Read(reader);
        Assert.Equal((CaptureFormat.Pcapng, "Dumper 1.0"), (reader.Format, reader.Application));
        Assert.Equal(
            [
                new CaptureInterface { Link = LinkType.Ethernet, Name = "eth0", Description = "the wire", SnapLength = 4 },
                new CaptureInterface { Link = LinkType.RawIp, Name = "tun0", Received = 12, Dropped = 3 },
            ], reader.Interfaces);
        Assert.Equal(
            [
                (1, LinkType.RawIp, (long)Micro * 1000 + 7, 99, PacketDirection.Inbound, "first\nsecond", "0102030405"),
                (0, LinkType.Ethernet, (long)Micro * 1000, 5, PacketDirection.Unknown, null, "0102030405"),
                (0, LinkType.Ethernet, 0, 60, PacketDirection.Unknown, null, "09080706"),
                (1, LinkType.RawIp, 0, 5, PacketDirection.Outbound, null, "0102030405"),
            ], packets.Select(packet => (packet.Interface, packet.Link, packet.Nanoseconds, packet.OriginalLength, packet.Direction, packet.Comment, Convert.ToHexString(packet.Bytes.Span))));
        Assert.DoesNotContain(packets, packet => packet.Inferred);
    }

    [Fact]
    public void Sections_count_their_interfaces_anew_and_may_turn_the_byte_order()
    {
        byte[] file = [
            .. new CaptureBytes(true).Section().Interface(1).Interface(101).Packet(1, 1, Data).ToArray(),
            .. new CaptureBytes(false).Section().Interface(113).Packet(0, 2, Data).ToArray(),
        ];
        Assert.Equal([(1, LinkType.RawIp, 1000L), (2, LinkType.LinuxCooked, 2000L)], CaptureBytes.Read(file).Select(packet => (packet.Interface, packet.Link, packet.Nanoseconds)));
    }

    [Theory]
    [InlineData(6, 0, 1_500_000, 1_500_000_000)]
    [InlineData(9, 0, 1_500_000, 1_500_000)]
    [InlineData(0, 0, 3, 3_000_000_000)]
    [InlineData(3, 0, 3, 3_000_000)]
    [InlineData(12, 0, 1_999, 1)]
    [InlineData(12, 0, ulong.MaxValue, 18_446_744_073_709_551)]
    [InlineData(40, 0, ulong.MaxValue, 0)]
    [InlineData(0x80 | 1, 0, 3, 1_500_000_000)]
    [InlineData(0x80 | 10, 0, 1, 976_562)]
    [InlineData(0xFF, 0, ulong.MaxValue, 0)]
    [InlineData(6, 100, 1, 100_000_001_000)]
    [InlineData(6, -1, 3_000_000, 2_000_000_000)]
    [InlineData(6, -10, 3_000_000, 0)]                     // before 1970
    [InlineData(6, 0, ulong.MaxValue, long.MaxValue)]      // after 2262
    [InlineData(0, long.MaxValue, ulong.MaxValue, long.MaxValue)]
    public void Every_clock_is_told_in_nanoseconds(int resolution, long offset, ulong ticks, long expected)
    {
        byte[] file = new CaptureBytes(true).Section()
            .Interface(1, options => options.Option(9, [(byte)resolution]).Option(14, BitConverter.GetBytes(offset)).U32(0))
            .Packet(0, ticks, Data).ToArray();
        Assert.Equal(expected, Assert.Single(CaptureBytes.Read(file)).Nanoseconds);
    }

    [Fact]
    public void Comments_directions_and_interfaces_come_back_from_what_was_written()
    {
        CapturedPacket[] packets =
        [
            Packet(1, LinkType.RawIp) with { Comment = "Selamat pagi ✓", Direction = PacketDirection.Outbound },
            Packet(0, LinkType.Ethernet) with { Direction = PacketDirection.Inbound, OriginalLength = 1500 },
            Packet(7, LinkType.Ethernet),                                     // one nobody described
            Packet(0, LinkType.LinuxCooked2),                                 // another link than was told: an interface of its own
            Packet(0, LinkType.Ethernet) with { Comment = "", Inferred = true },
            Packet(0, LinkType.Ethernet) with { Comment = "inferred: the answer to it", Inferred = true },
        ];
        CaptureInterface[] interfaces = [new() { Link = LinkType.Ethernet, Name = "eth0", SnapLength = 9 }, new() { Link = LinkType.RawIp, Name = "tun0", Description = "a tunnel" }];
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, interfaces, leaveOpen: true))
        {
            foreach (CapturedPacket packet in packets)
                writer.Write(packet);
            writer.WriteCounts(0, LinkType.Ethernet, received: 10, dropped: 2, nanoseconds: 5);
        }

        file.Position = 0;
        using CaptureReader reader = CaptureReader.Open(file);
        List<CapturedPacket> read = CaptureBytes.Read(reader);
        Assert.Equal("Soket", reader.Application);
        Assert.Equal(
            [interfaces[1], interfaces[0] with { Received = 10, Dropped = 2 }, new CaptureInterface { Link = LinkType.Ethernet }, new CaptureInterface { Link = LinkType.LinuxCooked2 }],
            reader.Interfaces);
        Assert.Equal([0, 1, 2, 3, 1, 1], read.Select(packet => packet.Interface));
        Assert.Equal(["Selamat pagi ✓", null, null, null, "inferred: ", "inferred: the answer to it"], read.Select(packet => packet.Comment));
        Assert.Equal([false, false, false, false, true, true], read.Select(packet => packet.Inferred));
        Assert.Equal(packets.Select(packet => (packet.Nanoseconds, packet.Link, packet.OriginalLength, packet.Direction)), read.Select(packet => (packet.Nanoseconds, packet.Link, packet.OriginalLength, packet.Direction)));
    }

    [Theory]
    [InlineData("Soket", true)]
    [InlineData("Soket 0.1.0", true)]
    [InlineData("Soketless", false)]
    [InlineData("Dumpcap", false)]
    public void Only_a_file_of_Soket_says_what_was_inferred(string application, bool expected)
    {
        byte[] file = new CaptureBytes(true).Section(options => options.Option(4, application)).Interface(1).Packet(0, 0, Data, options => options.Option(1, "inferred: x")).ToArray();
        Assert.Equal(expected, Assert.Single(CaptureBytes.Read(file)).Inferred);
    }

    [Fact]
    public void A_comment_too_long_for_an_option_is_cut_between_characters()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, leaveOpen: true))
            writer.Write(Packet(0, LinkType.Ethernet) with { Comment = "x" + new string('é', 40_000) });
        Assert.Equal(32_765, Encoding.UTF8.GetString(file.ToArray()).Count(letter => letter == 'é'));
        Assert.EndsWith("é…", Assert.Single(CaptureBytes.Read(file.ToArray())).Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_comments_of_a_packet_4_KiB_are_read_and_the_cut_is_shown()
    {
        byte[] file = new CaptureBytes(true).Section().Interface(1)
            .Packet(0, 0, Data, options =>
            {
                for (int i = 0; i < 100_000; i++)
                    options.Option(1, "");
            })
            .Packet(0, 0, Data, options => options.Option(1, "x" + new string('é', 3_000)).Option(1, "more"))
            .Packet(0, 0, Data, options => options.Option(1, new string('x', 4_096)))
            .ToArray();
        Assert.Equal([new string('\n', 4_096) + "…", "x" + new string('é', 2_047) + "…", new string('x', 4_096)], CaptureBytes.Read(file).Select(packet => packet.Comment));
    }

    [Fact]
    public void Of_the_name_of_an_interface_4_KiB_are_kept()
    {
        byte[] file = new CaptureBytes(true).Section().Interface(1, options => options.Option(2, new string('n', 60_000)).Option(3, new string('d', 60_000))).Packet(0, 0, Data).ToArray();
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Single(CaptureBytes.Read(reader));
        CaptureInterface found = Assert.Single(reader.Interfaces);
        Assert.Equal((new string('n', 4_096) + "…", new string('d', 4_096) + "…"), (found.Name, found.Description));
    }

    private static CapturedPacket Packet(int from, LinkType link) => new() { Nanoseconds = 1_700_000_000_123_456_789, Link = link, Bytes = Data, OriginalLength = 5, Interface = from };
}
