using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class IpHeaderTests
{
    [Fact]
    public void An_IPv4_header_is_read()
    {
        // The example of a header everybody computes by hand: its checksum is b861.
        Assert.True(Ipv4Header.TryParse(Hex("4500 0073 0000 4000 4011 B861 C0A80001 C0A800C7"), out Ipv4Header header, out PacketProblem problem));
        Assert.Equal(("192.168.0.1", "192.168.0.199", IpProtocol.Udp, PacketProblem.None), (header.Source.ToString(), header.Destination.ToString(), header.Protocol, problem));
        Assert.Equal((20, (ushort)115, (byte)64, true, false), (header.HeaderLength, header.TotalLength, header.TimeToLive, header.DontFragment, header.IsFragment));
        Assert.True(header.ChecksumRight);
    }

    [Theory]
    [InlineData("B9", 46, 1)] // expedited forwarding, ECT(1)
    [InlineData("03", 0, 3)]
    [InlineData("FC", 63, 0)]
    public void The_treatment_and_the_congestion_share_a_byte(string hex, int dscp, int ecn)
    {
        byte[] bytes = Ipv4(IpProtocol.Udp, []);
        bytes[1] = Hex(hex)[0];
        Assert.True(Ipv4Header.TryParse(bytes, out Ipv4Header header, out _));
        Assert.Equal((dscp, ecn, (bool?)false), (header.Dscp, header.Ecn, header.ChecksumRight));
        byte[] six = Ipv6(IpProtocol.Udp, []);
        six[0] = (byte)(0x60 | bytes[1] >> 4);
        six[1] = (byte)(bytes[1] << 4 | 0xA);
        six[2] = 0xBC;
        six[3] = 0xDE;
        Assert.True(Ipv6Header.TryParse(six, out Ipv6Header header6, out _));
        Assert.Equal((dscp, ecn, 0xABCDEu), (header6.Dscp, header6.Ecn, header6.FlowLabel));
    }

    [Fact]
    public void Fragments_tell_their_place_in_bytes()
    {
        Assert.True(Ipv4Header.TryParse(Ipv4(IpProtocol.Udp, [], fragment: 0x20B9), out Ipv4Header header, out _));
        Assert.Equal((true, 1480, true), (header.MoreFragments, header.FragmentOffset, header.IsFragment));
        Assert.True(Ipv4Header.TryParse(Ipv4(IpProtocol.Udp, [], fragment: 0xC000), out header, out _));
        Assert.Equal((true, true, false), (header.ReservedFlag, header.DontFragment, header.IsFragment));
    }

    [Fact]
    public void Options_of_IPv4_are_read_and_what_fills_is_left_out()
    {
        Assert.True(Ipv4Header.TryParse(Ipv4(IpProtocol.Igmp, [1, 2], options: "01 94040000 0703 04 01010100"), out Ipv4Header header, out PacketProblem problem));
        Assert.Equal((32, PacketProblem.None, false), (header.HeaderLength, problem, header.OptionsMalformed));
        Assert.Equal([148, 7], header.Options.Select(option => (int)option.Kind));
        Assert.Equal([0, 0], header.Options[0].Data.ToArray());
        Assert.True(header.ChecksumRight);
    }

    [Theory]
    [InlineData("94050000")] // past the end
    [InlineData("94000000")]
    [InlineData("01010194")] // no length
    public void Options_that_end_in_the_middle_are_told(string options)
    {
        Assert.True(Ipv4Header.TryParse(Ipv4(IpProtocol.Igmp, [], options: options), out Ipv4Header header, out _));
        Assert.True(header.OptionsMalformed);
        Assert.Empty(header.Options);
    }

    [Theory]
    [InlineData("", PacketProblem.Truncated)]
    [InlineData("45", PacketProblem.Truncated)]
    [InlineData("5500 0014 0000 0000 4011 0000 00000000 00000000", PacketProblem.Version)]
    [InlineData("4400 0014 0000 0000 4011 0000 00000000 00000000", PacketProblem.Length)]
    [InlineData("4500 0013 0000 0000 4011 0000 00000000 00000000", PacketProblem.Length)]
    public void What_is_no_IPv4_is_refused_with_the_reason(string hex, PacketProblem expected)
    {
        Assert.False(Ipv4Header.TryParse(Hex(hex), out _, out PacketProblem problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Options_that_were_not_captured_leave_the_checksum_open()
    {
        byte[] bytes = Ipv4(IpProtocol.Igmp, [], options: "94040000");
        Assert.True(Ipv4Header.TryParse(bytes.AsSpan(0, 22), out Ipv4Header header, out PacketProblem problem));
        Assert.Equal((PacketProblem.Truncated, null, 24, false), (problem, header.ChecksumRight, header.HeaderLength, header.OptionsMalformed));
    }

    [Fact]
    public void Extension_headers_of_IPv6_are_walked_to_what_is_carried()
    {
        // Hop-by-hop (8), destination options (16), routing (8), fragment (8), authentication (24), UDP.
        byte[] chain = Hex("3C00 050200000100 2B01 0000000000000000000000000000 2C00 0000 00000000 3300 0001 12345678 1104 0000 00000001 00000002 000102030405060708090A0B");
        byte[] bytes = Ipv6(IpProtocol.HopByHop, [.. chain, .. Udp("hi"u8.ToArray())]);
        Assert.True(Ipv6Header.TryParse(bytes, out Ipv6Header header, out PacketProblem problem));
        Assert.Equal((PacketProblem.None, IpProtocol.Udp, 40 + chain.Length), (problem, header.Protocol, header.HeaderLength));
        Assert.Equal([(IpProtocol.HopByHop, 40, 8), (IpProtocol.DestinationOptions, 48, 16), (IpProtocol.Routing, 64, 8), (IpProtocol.Fragment, 72, 8), (IpProtocol.Authentication, 80, 24)],
            header.Extensions.Select(extension => (extension.Kind, extension.Offset, extension.Length)));
        Assert.Equal((new Ipv6Fragment(0x12345678, 0, More: true), true), (header.Fragment!.Value, header.IsFragment));
        Packet packet = Decode(bytes);
        Assert.Equal(("2001:db8::1", "2001:db8::2", (ushort)53, 2), (packet.Source!.ToString(), packet.Destination!.ToString(), packet.Udp!.Value.DestinationPort, packet.PayloadLength));
    }

    [Fact]
    public void Behind_a_later_fragment_header_is_data_and_no_header()
    {
        Packet packet = Decode(Ipv6(IpProtocol.Fragment, [.. Hex("3C00 05A8 12345678"), .. "data"u8]));
        Assert.Equal((PacketProblem.Fragment, 1448, IpProtocol.DestinationOptions, 4), (packet.Problem, packet.Ipv6!.Value.Fragment!.Value.Offset, packet.Protocol, packet.PayloadLength));
        Assert.Single(packet.Ipv6.Value.Extensions);
    }

    [Fact]
    public void A_fragment_header_on_a_whole_datagram_makes_no_fragment()
    {
        Packet packet = Decode(Ipv6(IpProtocol.Fragment, [.. Hex("1100 0000 12345678"), .. Udp("hi"u8.ToArray())]));
        Assert.Equal((false, PacketProblem.None, 2), (packet.IsFragment, packet.Problem, packet.PayloadLength));
    }

    [Theory]
    [InlineData("1101 0000 0000 0000", 8, PacketProblem.Length)]     // longer than the packet says it is
    [InlineData("1101 0000 0000 0000", 16, PacketProblem.Truncated)] // longer than what was captured
    [InlineData("1101 00", 3, PacketProblem.Length)]
    public void An_extension_header_that_does_not_fit_is_told(string hex, int payload, PacketProblem expected)
    {
        Assert.True(Ipv6Header.TryParse(Ipv6(IpProtocol.HopByHop, Hex(hex), payload), out Ipv6Header header, out PacketProblem problem));
        Assert.Equal((expected, IpProtocol.HopByHop, 40), (problem, header.Protocol, header.HeaderLength));
    }

    [Fact]
    public void A_chain_of_headers_has_an_end()
    {
        byte[] chain = [.. Enumerable.Repeat(Hex("3C00 010400000000"), Ipv6Header.MaxExtensions + 1).SelectMany(header => header)];
        Assert.True(Ipv6Header.TryParse(Ipv6(IpProtocol.DestinationOptions, chain), out Ipv6Header header, out PacketProblem problem));
        Assert.Equal((PacketProblem.TooManyHeaders, Ipv6Header.MaxExtensions), (problem, header.Extensions.Count));
    }

    [Fact]
    public void Nothing_follows_where_IPv6_says_so()
    {
        Packet packet = Decode(Ipv6(IpProtocol.NoNextHeader, []));
        Assert.Equal((PacketProblem.None, 0), (packet.Problem, packet.PayloadLength));
    }

    [Fact]
    public void A_packet_that_was_still_to_be_cut_is_as_long_as_its_frame()
    {
        byte[] data = [.. "012345678901234567890123456789"u8];
        byte[] segment = [.. Hex("0001 0002 00000000 00000000 5010 0000 0000 0000"), .. data];
        Packet four = Decode(Ipv4(IpProtocol.Tcp, segment, total: 0)), six = Decode(Ipv6(IpProtocol.Tcp, segment, payload: 0));
        Packet jumbo = Decode(Ipv6(IpProtocol.HopByHop, [.. Hex("0600 C204 00000032"), .. segment], payload: 0));
        Assert.Equal((30, 30, 30), (four.PayloadLength, six.PayloadLength, jumbo.PayloadLength));
    }

    [Fact]
    public void A_packet_of_IPv6_that_says_it_carries_nothing_carries_nothing()
    {
        Packet packet = Decode(Ipv6(IpProtocol.Icmpv6, Hex("8800 0000 00000000"), payload: 0));
        Assert.Equal((null, PacketProblem.Truncated, 0), (packet.Icmp, packet.Problem, packet.PayloadLength));
    }

    [Fact]
    public void The_version_in_the_packet_counts_and_not_what_the_link_says()
    {
        Packet packet = Decode([.. Hex(Link + "0800"), .. Ipv6(IpProtocol.Udp, Udp([1]))], LinkType.Ethernet);
        Assert.Equal((EtherType.Ipv4, true, 1), (packet.Type, packet.Ipv6 is not null, packet.PayloadLength));
        Assert.Equal(PacketProblem.Version, Decode([0x70, 0, 0, 0]).Problem);
        Assert.Equal(PacketProblem.Truncated, Decode([]).Problem);
    }
}
