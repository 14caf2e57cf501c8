using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class IpReassemblerTests
{
    private static readonly byte[] _data = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_datagram_is_put_together_in_whatever_order_its_fragments_come(bool six)
    {
        Prop.ForAll(Gen.Shuffle(Fragments(six, _data, 24)).ToArbitrary(), ArbMap.Default.ArbFor<byte>(), (fragments, twice) =>
        {
            var reassembler = new IpReassembler();
            List<Packet> all = [.. fragments];
            all.Insert(0, all[twice % (all.Count - 1)]); // one comes twice, as networks do; not the last, which would come after the end
            Packet?[] results = [.. all.Select(reassembler.Add)];
            Assert.All(results[..^1], Assert.Null);
            Packet whole = results[^1]!;
            Assert.Equal((PacketProblem.None, (ushort)53, 100, fragments.Length), (whole.Problem, whole.Udp!.Value.DestinationPort, whole.PayloadLength, whole.Fragments));
            Assert.Equal(_data, whole.Payload.ToArray());
            Assert.False(whole.IsFragment);
            Assert.NotEqual(false, whole.Ipv4?.ChecksumRight);
            Assert.Equal((0, 0L), (reassembler.Pending, reassembler.Abandoned));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_no_fragment_comes_back_as_it_is()
    {
        Packet packet = Decode(Ipv4(IpProtocol.Udp, Udp(_data)));
        Assert.Same(packet, new IpReassembler().Add(packet));
        Packet broken = Decode([1, 2, 3]);
        Assert.Same(broken, new IpReassembler().Add(broken));
    }

    [Fact]
    public void The_link_of_the_last_fragment_is_kept()
    {
        var reassembler = new IpReassembler();
        Packet? whole = null;
        foreach (Packet fragment in Fragments(false, _data, 64))
            whole = reassembler.Add(Packet.Decode(Captured([.. Hex(Link + "8100 0007 0800"), .. fragment.Ip.Span], LinkType.Ethernet, nanoseconds: 5)));
        Assert.Equal(("02:00:00:00:00:02", (ushort)7, 5L), (whole!.Ethernet!.Value.Source.ToString(), whole.Vlans[0].Id, whole.Captured.Nanoseconds));
        Assert.Equal(LinkType.RawIp, whole.Captured.Link);
    }

    [Fact]
    public void Extension_headers_before_the_fragment_header_stay_and_it_goes()
    {
        byte[] datagram = Udp(_data);
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv6(IpProtocol.HopByHop, [.. Hex("2C00 050200000100 1100 0001 00000009"), .. datagram[..64]]))));
        Packet whole = reassembler.Add(Decode(Ipv6(IpProtocol.HopByHop, [.. Hex("2C00 050200000100 1100 0040 00000009"), .. datagram[64..]])))!;
        Assert.Equal([IpProtocol.HopByHop], whole.Ipv6!.Value.Extensions.Select(extension => extension.Kind));
        Assert.Equal((IpProtocol.Udp, 100, null), (whole.Protocol, whole.PayloadLength, whole.Ipv6.Value.Fragment));
    }

    [Fact]
    public void Datagrams_are_kept_apart_by_their_ends_number_and_protocol()
    {
        var reassembler = new IpReassembler();
        Packet[] one = [.. Fragments(false, _data, 64)], other = [.. Fragments(false, _data, 64, id: 8)], icmp = [.. Fragments(false, _data, 64, protocol: IpProtocol.Icmp)];
        Assert.Null(reassembler.Add(one[0]));
        Assert.Null(reassembler.Add(other[1]));
        Assert.Null(reassembler.Add(icmp[1]));
        Assert.Equal(3, reassembler.Pending);
        Assert.NotNull(reassembler.Add(one[1]));
        Assert.NotNull(reassembler.Add(other[0]));
    }

    [Fact]
    public void Fragments_that_overlap_make_no_datagram()
    {
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, Udp(new byte[24]), fragment: 0x2000))));
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[24], fragment: 0x2003))));
        Assert.Equal(1, reassembler.Abandoned);

        // What would complete it comes too late.
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[24], fragment: 0x0006))));
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[24], fragment: 0x0004))));
        Assert.Equal(1, reassembler.Abandoned);
    }

    [Theory]
    [InlineData(0x2001, 20)] // not the last, and no multiple of eight
    [InlineData(0x2001, 0)]
    [InlineData(0x1fff, 24)] // ends past what IP can carry
    public void A_fragment_that_cannot_be_gives_its_datagram_up(int fragment, int length)
    {
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[length], fragment))));
        Assert.Equal(1, reassembler.Abandoned);
    }

    [Fact]
    public void Two_ends_of_one_datagram_contradict_each_other()
    {
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[8], fragment: 4))));
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[8], fragment: 8))));
        Assert.Equal(1, reassembler.Abandoned);
    }

    [Fact]
    public void A_datagram_that_the_header_makes_too_long_is_given_up()
    {
        // Each fragment is right by itself; with the header it is more than 65,535 bytes.
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, Udp(new byte[65_496 - 8]), fragment: 0x2000))));
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[39], fragment: 65_496 / 8))));
        Assert.Equal((1L, 0), (reassembler.Abandoned, reassembler.Pending));
    }

    [Fact]
    public void A_datagram_is_waited_for_a_minute_of_the_capture()
    {
        var reassembler = new IpReassembler();
        Packet[] fragments = [.. Fragments(false, _data, 64)];
        reassembler.Add(fragments[0]);
        CapturedPacket late = fragments[1].Captured with { Nanoseconds = 60_000_000_001 };
        Assert.Null(reassembler.Add(Packet.Decode(late)));
        Assert.Equal((1L, 1), (reassembler.Abandoned, reassembler.Pending));
    }

    [Fact]
    public void A_fragment_that_was_not_captured_whole_counts_for_nothing()
    {
        var reassembler = new IpReassembler();
        Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, Udp(new byte[64]), fragment: 0x2000)[..60])));
        Assert.Equal(0, reassembler.Pending);
    }

    [Fact]
    public void Datagrams_that_never_end_take_no_more_than_their_share()
    {
        var reassembler = new IpReassembler();
        for (int id = 0; id < 2000; id++)
            Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[1400], fragment: 0x2001, id: (ushort)id))));
        Assert.Equal((IpReassembler.MaxDatagrams, 2000L - IpReassembler.MaxDatagrams), (reassembler.Pending, reassembler.Abandoned));

        // Few and large ones: it is the bytes that end it.
        reassembler = new();
        for (int id = 0; id < 200; id++)
            Assert.Null(reassembler.Add(Decode(Ipv4(IpProtocol.Udp, new byte[60_000], fragment: 0x2001, id: (ushort)id))));
        Assert.Equal(IpReassembler.MaxBytes / (60_000 + 64), reassembler.Pending);
    }

    [Fact]
    public void Fragments_of_any_kind_are_taken_without_a_word()
    {
        Gen<Packet> fragments =
            from fragment in Gen.Choose(0, 40)
            from more in Gen.Elements(0, 0x2000)
            from length in Gen.Choose(0, 40)
            from id in Gen.Choose(0, 2)
            select Decode(Ipv4(IpProtocol.Udp, new byte[length], fragment | more, (ushort)id));
        Prop.ForAll(fragments.ArrayOf().ToArbitrary(), packets =>
        {
            var reassembler = new IpReassembler();
            foreach (Packet packet in packets)
            {
                if (reassembler.Add(packet) is { IsFragment: true })
                    return false;
            }

            return reassembler.Pending <= 3;
        }).QuickCheckThrowOnFailure();
    }

    private static Packet[] Fragments(bool six, byte[] data, int size, ushort id = 7, IpProtocol protocol = IpProtocol.Udp)
    {
        byte[] datagram = Udp(data);
        var packets = new List<Packet>();
        for (int offset = 0; offset < datagram.Length; offset += size)
        {
            byte[] piece = datagram[offset..Math.Min(offset + size, datagram.Length)];
            bool more = offset + size < datagram.Length;
            packets.Add(Decode(six
                ? Ipv6(IpProtocol.Fragment, [.. Hex($"{(int)protocol:X2}00 {offset | (more ? 1 : 0):X4} {id:X8}"), .. piece])
                : Ipv4(protocol, piece, offset / 8 | (more ? 0x2000 : 0), id)));
        }

        return [.. packets];
    }
}
