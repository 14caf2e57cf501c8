using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class PacketWriterTests
{
    [Fact]
    public void A_datagram_is_the_bytes_a_person_writes_by_hand()
    {
        byte[] room = new byte[100];
        int length = PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1234, 4321, "hi"u8);
        Assert.Equal("4500001E0000400040113CCD" + "7F000001" + "7F000001" + "04D210E1" + "000A83BB" + "6869", Convert.ToHexString(room.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("::1", "2001:db8::2", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.2", false)]
    public void The_family_is_that_of_the_addresses(string source, string target, bool version6)
    {
        Packet packet = Udp(source, target, [1, 2, 3]);
        Assert.Equal((version6, Address(target), true, PacketProblem.None), (packet.Ipv6 is not null, packet.Destination, packet.HasRightChecksum(), packet.Problem));
    }

    [Fact]
    public void A_segment_reads_as_it_was_written()
    {
        Gen<byte[]> options = Gen.Elements<byte[]>([], Hex("020405B4"), Hex("0204FFD7 0402 080A 00000001 00000000 01 030307"), [1], [0x1C, 4, 0x80, 5, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
        Gen<(byte[] Data, uint Number, byte[] Options, bool Six, int Flags)> segments =
            from data in ArbMap.Default.GeneratorFor<byte[]>()
            from number in ArbMap.Default.GeneratorFor<uint>()
            from option in options
            from six in ArbMap.Default.GeneratorFor<bool>()
            from flags in Gen.Choose(0, 0x1ff)
            select (data, number, option, six, flags);
        Prop.ForAll(Arb.From(segments), static segment =>
        {
            byte[] room = new byte[2000];
            string prefix = segment.Six ? "2001:db8::" : "192.0.2.";
            int length = PacketWriter.WriteTcp(room, Address(prefix + "1"), Address(prefix + "2"), (ushort)(segment.Number >> 7), 80,
                segment.Number, ~segment.Number, (TcpFlags)segment.Flags, (ushort)segment.Number, segment.Options, segment.Data);
            Packet packet = Decode(room[..length]);
            Assert.Equal(PacketProblem.None, packet.Problem);
            Assert.True(packet.HasRightChecksum());
            Assert.NotEqual(false, packet.Ipv4?.ChecksumRight);
            TcpHeader tcp = packet.Tcp!.Value;
            Assert.Equal(((ushort)(segment.Number >> 7), (ushort)80, segment.Number, ~segment.Number, (TcpFlags)segment.Flags, (ushort)segment.Number),
                (tcp.SourcePort, tcp.DestinationPort, tcp.Sequence, tcp.Acknowledgment, tcp.Flags, tcp.Window));
            Assert.StartsWith(Convert.ToHexString(segment.Options), Convert.ToHexString(tcp.Options.Bytes.Span), StringComparison.Ordinal);
            Assert.Equal(segment.Data, packet.Payload.ToArray());
            Assert.Equal(length, packet.IpLength);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void One_bit_that_flips_makes_a_checksum_wrong()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<ushort>(), static (data, where) =>
        {
            byte[] room = new byte[2000];
            int length = PacketWriter.WriteTcp(room, Address("192.0.2.1"), Address("192.0.2.2"), 1, 2, 3, 4, TcpFlags.Ack, 5, [], data);
            int bit = where % ((length - 20) * 8);
            room[20 + bit / 8] ^= (byte)(1 << bit % 8);
            Packet packet = Decode(room[..length]);

            // The length of the header is the one field without which nothing can be checked.
            return packet.Tcp is null || packet.HasRightChecksum() == false;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_checksum_that_was_still_to_be_computed_is_neither_right_nor_wrong()
    {
        CapturedPacket captured = Captured(Ipv4(IpProtocol.Tcp, Hex("0001 0002 00000000 00000000 5010 0000 1234 0000")));
        Assert.False(Packet.Decode(captured).HasRightChecksum());
        Assert.Null(Packet.Decode(captured with { ChecksumPending = true }).HasRightChecksum());
    }

    [Fact]
    public void Options_are_written_as_Linux_orders_them()
    {
        byte[] room = new byte[TcpOptions.MaxLength];
        int length = TcpOptions.Write(room, 65495, 7, sackPermitted: true, (1, 0));
        Assert.Equal("0204FFD7" + "0402080A0000000100000000" + "01030307", Convert.ToHexString(room.AsSpan(0, length)));
        Assert.Equal("0101080A0000000100000002", Convert.ToHexString(room.AsSpan(0, TcpOptions.Write(room, timestamp: (1, 2)))));
        Assert.Equal("020405B404020101", Convert.ToHexString(room.AsSpan(0, TcpOptions.Write(room, 1460, sackPermitted: true))));
        Assert.Equal(0, TcpOptions.Write(room));
        Assert.Throws<ArgumentOutOfRangeException>(() => TcpOptions.Write(room, windowScale: 15));
    }

    [Fact]
    public void The_largest_datagrams_fit_and_larger_ones_do_not()
    {
        byte[] room = new byte[70_000];
        Assert.Equal(65_535, PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, new byte[65_507]));
        Assert.Equal(65_575, PacketWriter.WriteUdp(room, Address("::1"), Address("::1"), 1, 2, new byte[65_527]));
        Assert.Equal(65_535, Decode(room[..65_575]).Udp!.Value.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, new byte[65_508]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PacketWriter.WriteUdp(room, Address("::1"), Address("::1"), 1, 2, new byte[65_528]));
    }

    [Fact]
    public void What_cannot_be_written_is_refused()
    {
        byte[] room = new byte[39];
        Assert.Throws<ArgumentException>(() => PacketWriter.WriteTcp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, 3, 4, TcpFlags.Syn, 5, [], []));
        Assert.Throws<ArgumentException>(() => PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("::1"), 1, 2, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => PacketWriter.WriteTcp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, 3, 4, TcpFlags.Syn, 5, new byte[41], []));
    }

    [Fact]
    public void A_datagram_whose_sum_is_0_says_so_as_ffff()
    {
        // 0 in the field would say that nobody has computed it: two bytes make the sum come out so.
        byte[] room = new byte[30];
        PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, [0, 0]);
        byte[] filling = room[26..28];
        int length = PacketWriter.WriteUdp(room, Address("127.0.0.1"), Address("127.0.0.1"), 1, 2, filling);
        Assert.Equal("FFFF", Convert.ToHexString(room.AsSpan(26, 2)));
        Assert.True(Decode(room[..length]).HasRightChecksum());
    }

    private static Packet Udp(string source, string target, byte[] data)
    {
        byte[] room = new byte[2000];
        return Decode(room[..PacketWriter.WriteUdp(room, Address(source), Address(target), 1, 2, data)]);
    }
}
