using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Tests.Protocols.CaptureFiles;

/// <summary>pcap, as every kind of program has written it.</summary>
public sealed class PcapTests
{
    private static readonly byte[] Data = [1, 2, 3, 4, 5];

    [Theory]
    [InlineData(true, 0xA1B2C3D4, 1_700_000_000_000_123_000)]
    [InlineData(false, 0xA1B2C3D4, 1_700_000_000_000_123_000)]
    [InlineData(true, 0xA1B23C4D, 1_700_000_000_000_000_123)]
    [InlineData(false, 0xA1B23C4D, 1_700_000_000_000_000_123)]
    public void Micro_and_nanoseconds_in_either_byte_order_are_read(bool little, uint magic, long expected)
    {
        byte[] file = new CaptureBytes(little).Pcap(magic).U32(1_700_000_000).U32(123).U32(5).U32(60).Raw(Data).ToArray();
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Equal((CaptureFormat.Pcap, 65535), (reader.Format, Assert.Single(reader.Interfaces).SnapLength));
        CapturedPacket packet = Assert.Single(CaptureBytes.Read(reader));
        Assert.Equal((expected, LinkType.Ethernet, 60, 0), (packet.Nanoseconds, packet.Link, packet.OriginalLength, packet.Interface));
        Assert.Equal(Data, packet.Bytes.ToArray());
        Assert.Equal(file.Length, reader.Offset);
    }

    [Fact]
    public void A_time_after_2038_is_one()
    {
        byte[] file = new CaptureBytes(true).Pcap(0xA1B2C3D4).U32(4_000_000_000).U32(0).U32(5).U32(5).Raw(Data).ToArray();
        Assert.Equal(4_000_000_000_000_000_000, Assert.Single(CaptureBytes.Read(file)).Nanoseconds);
    }

    [Fact]
    public void The_packets_of_the_patched_kind_are_found_behind_their_longer_headers()
    {
        byte[] file = new CaptureBytes(true).Pcap(0xA1B2CD34).U32(1).U32(2).U32(5).U32(5).U32(3).U16(0x800).Raw(0, 0).Raw(Data)
            .U32(2).U32(0).U32(1).U32(1).U32(3).U16(0x800).Raw(0, 0).Raw(9).ToArray();
        Assert.Equal([5, 1], CaptureBytes.Read(file).Select(packet => packet.Bytes.Length));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(543)]
    public void Where_the_lengths_stood_the_other_way_round_they_are_turned(int minor)
    {
        byte[] file = new CaptureBytes(false).Pcap(0xA1B2C3D4, minor: minor).U32(1).U32(0).U32(60).U32(5).Raw(Data).ToArray();
        CapturedPacket packet = Assert.Single(CaptureBytes.Read(file));
        Assert.Equal((5, 60), (packet.Bytes.Length, packet.OriginalLength));
    }

    [Theory]
    [InlineData(12u, LinkType.RawIp)]
    [InlineData(14u, LinkType.RawIp)]
    [InlineData(101u, LinkType.RawIp)]
    [InlineData(0x2400_0001u, LinkType.Ethernet)] // with a frame check sequence of four bytes
    [InlineData(276u, LinkType.LinuxCooked2)]
    [InlineData(147u, (LinkType)147)]
    public void The_link_type_is_what_the_file_says(uint written, LinkType expected)
    {
        byte[] file = new CaptureBytes(true).Pcap(0xA1B2C3D4, written).U32(1).U32(0).U32(5).U32(5).Raw(Data).ToArray();
        Assert.Equal(expected, Assert.Single(CaptureBytes.Read(file)).Link);
    }

    [Fact]
    public void A_wire_length_below_what_was_kept_is_no_length()
    {
        byte[] file = new CaptureBytes(true).Pcap(0xA1B2C3D4).U32(1).U32(0).U32(5).U32(0).Raw(Data).U32(1).U32(0).U32(5).U32(uint.MaxValue).Raw(Data).ToArray();
        Assert.Equal([5, int.MaxValue], CaptureBytes.Read(file).Select(packet => packet.OriginalLength));
    }

    [Fact]
    public void An_empty_capture_is_one()
    {
        foreach (CaptureFormat format in Enum.GetValues<CaptureFormat>())
        {
            var file = new MemoryStream();
            CaptureWriter.Create(file, format).Dispose();
            Assert.Empty(CaptureBytes.Read(file.ToArray()));
        }
    }

    [Fact]
    public void A_file_takes_one_link_type_and_says_which_it_does_not_take()
    {
        using var writer = new PcapWriter(new MemoryStream());
        var packet = new CapturedPacket { Nanoseconds = 0, Link = LinkType.RawIp, Bytes = Data, OriginalLength = 5 };
        Assert.True(writer.Takes(LinkType.Ethernet));
        writer.Write(packet);
        Assert.False(writer.Takes(LinkType.Ethernet));
        Assert.Throws<ArgumentException>(() => writer.Write(packet with { Link = LinkType.Ethernet }));
    }

    [Theory]
    [InlineData("a.pcap", CaptureFormat.Pcap)]
    [InlineData("A.CAP", CaptureFormat.Pcap)]
    [InlineData("a.pcapng", CaptureFormat.Pcapng)]
    [InlineData("a", CaptureFormat.Pcapng)]
    public void The_name_of_a_file_says_how_it_is_written(string path, CaptureFormat expected) => Assert.Equal(expected, CaptureWriter.FormatOf(path));
}
