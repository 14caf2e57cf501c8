using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class LinkHeaderTests
{
    private static readonly byte[] _datagram = Ipv4(IpProtocol.Udp, Udp("halo"u8.ToArray()));

    [Fact]
    public void An_Ethernet_header_is_read()
    {
        Assert.True(EthernetHeader.TryParse(Hex("0242AC110002 FFFFFFFFFFFF 86DD"), out EthernetHeader header, out PacketProblem problem));
        Assert.Equal(("02:42:ac:11:00:02", "ff:ff:ff:ff:ff:ff", EtherType.Ipv6, PacketProblem.None), (header.Destination.ToString(), header.Source.ToString(), header.Type, problem));
        Assert.True(header.Source.IsBroadcast);
        Assert.True(header.Source.IsMulticast);
        Assert.False(header.Destination.IsMulticast);
    }

    [Fact]
    public void A_frame_that_tells_its_length_has_no_type()
    {
        Assert.True(EthernetHeader.TryParse(Hex(Link + "05DC"), out EthernetHeader header, out _));
        Assert.Equal((EtherType.None, (ushort)1500), (header.Type, header.TypeOrLength));
    }

    [Fact]
    public void A_VLAN_tag_is_read_from_the_type_that_announces_it()
    {
        Assert.True(VlanTag.TryParse(Hex("8100 B00A 0800"), out VlanTag tag, out _));
        Assert.Equal(new VlanTag(EtherType.Vlan, Priority: 5, DropEligible: true, Id: 10, 0x0800), tag);
        Assert.False(VlanTag.TryParse(Hex("0800 B00A 0800"), out _, out PacketProblem problem));
        Assert.Equal(PacketProblem.UnknownProtocol, problem);
    }

    [Theory]
    [InlineData("8100 000A", new[] { 10 })]
    [InlineData("88A8 0014 8100 001E", new[] { 20, 30 })]
    [InlineData("9100 0014 8100 001E 8100 0001", new[] { 20, 30, 1 })]
    public void VLAN_tags_are_read_outermost_first_and_what_is_under_them_too(string tags, int[] ids)
    {
        Packet packet = Decode([.. Hex(Link + tags + "0800"), .. _datagram], LinkType.Ethernet);
        Assert.Equal(ids, packet.Vlans.Select(vlan => (int)vlan.Id));
        Assert.Equal((EtherType.Ipv4, (ushort)53, "halo"), (packet.Type, packet.Udp?.DestinationPort, Text(packet)));
        Assert.Equal(EtherType.Vlan, packet.Vlans[^1].Protocol);
    }

    [Fact]
    public void More_tags_than_anybody_sends_are_not_followed()
    {
        string tags = string.Concat(Enumerable.Repeat("8100 0001 ", Packet.MaxVlans + 1));
        Packet packet = Decode([.. Hex(Link + tags + "0800"), .. _datagram], LinkType.Ethernet);
        Assert.Equal((PacketProblem.TooManyHeaders, Packet.MaxVlans), (packet.Problem, packet.Vlans.Count));
    }

    [Fact]
    public void A_frame_with_a_length_says_in_SNAP_what_it_carries()
    {
        Packet packet = Decode([.. Hex(Link + "0028 AAAA03 000000 0800"), .. _datagram], LinkType.Ethernet);
        Assert.Equal((EtherType.Ipv4, "halo"), (packet.Type, Text(packet)));
        Packet spanning = Decode(Hex(Link + "0026 424203 0000000000"), LinkType.Ethernet);
        Assert.Equal((EtherType.None, PacketProblem.UnknownProtocol), (spanning.Type, spanning.Problem));
    }

    [Fact]
    public void What_fills_a_short_frame_up_is_no_payload()
    {
        Packet packet = Decode([.. Hex(Link + "0800"), .. _datagram, .. new byte[14]], LinkType.Ethernet);
        Assert.Equal(("halo", 4), (Text(packet), packet.PayloadLength));
    }

    [Fact]
    public void An_ARP_request_is_read()
    {
        Packet packet = Decode(Hex(Link + "0806 0001 0800 06 04 0001 020000000002 C0000201 000000000000 C0000202" + "0000"), LinkType.Ethernet);
        ArpMessage arp = packet.Arp!.Value;
        Assert.Equal((1, "192.0.2.1", "192.0.2.2", "02:00:00:00:00:02"), (arp.Operation, arp.Sender.ToString(), arp.Target.ToString(), arp.SenderHardware.ToString()));
        Assert.Equal((PacketProblem.None, 0), (packet.Problem, packet.PayloadLength));
    }

    [Fact]
    public void ARP_between_other_addresses_is_told_without_them()
    {
        Assert.True(ArpMessage.TryParse(Hex("0018 0800 08 04 0002 00"), out ArpMessage arp, out PacketProblem problem));
        Assert.Equal((false, (ushort)2, PacketProblem.UnknownProtocol), (arp.HasAddresses, arp.Operation, problem));
    }

    [Theory]
    [InlineData("02000000", EtherType.Ipv4)] // captured on x86
    [InlineData("00000002", EtherType.Ipv4)] // on a big-endian machine, or OpenBSD
    [InlineData("1E000000", EtherType.Ipv6)] // macOS
    [InlineData("1C000000", EtherType.Ipv6)] // FreeBSD
    [InlineData("00000018", EtherType.Ipv6)] // OpenBSD
    [InlineData("17000000", EtherType.Ipv6)] // Windows
    [InlineData("0A000000", EtherType.Ipv6)] // Linux
    [InlineData("07000000", EtherType.None)]
    public void The_family_before_a_loopback_packet_is_read_in_either_byte_order(string hex, EtherType type)
    {
        Assert.True(LoopbackHeader.TryParse(Hex(hex), out LoopbackHeader header, out _));
        Assert.Equal(type, header.Type);
        foreach (LinkType link in (LinkType[])[LinkType.Null, LinkType.Loop])
        {
            Packet packet = Decode([.. Hex(hex), .. _datagram], link);
            Assert.Equal(type == EtherType.None ? null : "halo", packet.Udp is null ? null : Text(packet));
        }
    }

    [Fact]
    public void A_cooked_header_is_read_in_both_versions()
    {
        Packet first = Decode([.. Hex("0004 0001 0006 0242AC1100020000 0800"), .. _datagram], LinkType.LinuxCooked);
        Assert.Equal((1, CookedPacketType.Outgoing, "02:42:ac:11:00:02", 0u), (first.Cooked!.Value.Version, first.Cooked.Value.PacketType, first.Cooked.Value.Address.ToString(), first.Cooked.Value.InterfaceIndex));
        Packet second = Decode([.. Hex("0800 0000 00000003 0304 00 00 0000000000000000"), .. _datagram], LinkType.LinuxCooked2);
        Assert.Equal((2, CookedPacketType.ToUs, null, 3u), (second.Cooked!.Value.Version, second.Cooked.Value.PacketType, second.Cooked.Value.Address, second.Cooked.Value.InterfaceIndex));
        Assert.Equal((PacketDirection.Outbound, PacketDirection.Inbound, (ushort)772), (first.Cooked.Value.Direction, second.Cooked.Value.Direction, second.Cooked.Value.HardwareType));
        Assert.Equal(("halo", "halo"), (Text(first), Text(second)));
    }

    [Fact]
    public void A_cooked_header_of_netlink_carries_no_EtherType()
    {
        Packet packet = Decode([.. Hex("0004 0338 0000 0000000000000000 0800"), .. _datagram], LinkType.LinuxCooked);
        Assert.Equal((PacketProblem.UnknownProtocol, null), (packet.Problem, packet.Ipv4));
    }

    [Fact]
    public void A_link_that_is_not_read_says_so()
    {
        Packet packet = Decode(_datagram, (LinkType)127);
        Assert.Equal((PacketProblem.UnknownLink, _datagram.Length), (packet.Problem, packet.PayloadLength));
    }

    private static string Text(Packet packet) => System.Text.Encoding.ASCII.GetString(packet.Payload.Span);
}
