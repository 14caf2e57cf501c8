using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class TransportHeaderTests
{
    // A SYN as Linux sends it on loopback.
    private const string Syn = "C6F4 1F90 FFFFFFFE 00000000 A002 FFD7 FE30 0000 0204FFD7 0402 080A 00000001 00000000 01 030307";

    [Fact]
    public void A_SYN_is_read_with_its_options()
    {
        Assert.True(TcpHeader.TryParse(Hex(Syn), out TcpHeader header, out PacketProblem problem));
        Assert.Equal((PacketProblem.None, (ushort)50932, (ushort)8080, 0xFFFFFFFE, 0u), (problem, header.SourcePort, header.DestinationPort, header.Sequence, header.Acknowledgment));
        Assert.Equal((40, TcpFlags.Syn, (ushort)65495, (ushort)0xFE30), (header.HeaderLength, header.Flags, header.Window, header.Checksum));
        TcpOptions options = header.Options;
        Assert.Equal(((ushort?)65495, (byte?)7, true, ((uint, uint)?)(1, 0), false), (options.MaximumSegmentSize, options.WindowScale, options.SackPermitted, options.Timestamp, options.Malformed));
        Assert.Empty(options.SackBlocks);
        Assert.Empty(options.Others);
        Assert.Null(options.FastOpenCookie);
    }

    [Fact]
    public void Every_flag_is_told_and_so_is_what_should_be_0()
    {
        Assert.True(TcpHeader.TryParse(Hex("0001 0002 00000000 00000000 5FFF 0000 0000 0007"), out TcpHeader header, out _));
        Assert.Equal(TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Psh | TcpFlags.Ack | TcpFlags.Urg | TcpFlags.Ece | TcpFlags.Cwr | TcpFlags.Ae, header.Flags);
        Assert.Equal((7, 7), (header.Reserved, header.UrgentPointer));
        Assert.Same(TcpOptions.None, header.Options);
    }

    [Fact]
    public void What_arrived_out_of_order_is_read()
    {
        var options = TcpOptions.Parse(Hex("01 01 05 12 00000010 00000020 FFFFFFF0 00000004"));
        Assert.Equal([(0x10u, 0x20u), (0xFFFFFFF0, 4u)], options.SackBlocks);
    }

    [Theory]
    [InlineData("22 02", "")]
    [InlineData("22 0A 0102030405060708", "0102030405060708")]
    public void The_cookie_of_fast_open_is_asked_for_and_given(string hex, string cookie) =>
        Assert.Equal(cookie, Convert.ToHexString(TcpOptions.Parse(Hex(hex)).FastOpenCookie!.Value.Span));

    [Fact]
    public void Options_without_a_name_here_are_kept()
    {
        var options = TcpOptions.Parse(Hex("1C 04 8005 FE 04 F989 00 00"));
        Assert.Equal([(0x1C, "8005"), (0xFE, "F989")], options.Others.Select(option => ((int)option.Kind, Convert.ToHexString(option.Data.Span))));
        Assert.False(options.Malformed);
    }

    [Theory]
    [InlineData("02 04 05")]          // past the end
    [InlineData("02")]                // no length
    [InlineData("02 01 05B4")]        // shorter than itself
    [InlineData("02 03 05")]          // not its length
    [InlineData("05 03 00")]
    [InlineData("22 03 00")]
    public void A_malformed_option_is_told(string hex)
    {
        var options = TcpOptions.Parse(Hex(hex));
        Assert.True(options.Malformed);
        Assert.Null(options.MaximumSegmentSize);
    }

    [Fact]
    public void What_stands_after_the_end_of_options_is_none_and_what_stands_before_a_malformed_one_counts()
    {
        Assert.Null(TcpOptions.Parse(Hex("00 02 04 05B4")).MaximumSegmentSize);
        var options = TcpOptions.Parse(Hex("02 04 05B4 03 09 07"));
        Assert.Equal((1460, true), (options.MaximumSegmentSize!.Value, options.Malformed));
    }

    [Fact]
    public void Of_options_that_were_not_all_captured_those_that_were_are_told()
    {
        Assert.True(TcpHeader.TryParse(Hex(Syn).AsSpan(0, 30), out TcpHeader header, out PacketProblem problem));
        Assert.Equal((PacketProblem.Truncated, (ushort?)65495, true, null, false),
            (problem, header.Options.MaximumSegmentSize, header.Options.SackPermitted, header.Options.Timestamp, header.Options.Malformed));
        Assert.True(TcpOptions.Parse(Hex("02 01 05B4"), cut: true).Malformed);
    }

    [Fact]
    public void Options_are_equal_when_their_bytes_are()
    {
        Assert.Equal(TcpOptions.Parse(Hex("0101")), TcpOptions.Parse(Hex("0101")));
        Assert.NotEqual(TcpOptions.Parse(Hex("0101")), TcpOptions.Parse(Hex("0100")));
        Assert.Equal(TcpOptions.Parse(Hex("0101")).GetHashCode(), TcpOptions.Parse(Hex("0101")).GetHashCode());
    }

    [Theory]
    [InlineData("", false, PacketProblem.Truncated)]
    [InlineData("0001 0002 00000000 00000000 4000 0000 0000 0000", false, PacketProblem.Length)]
    [InlineData("0001 0002 00000000 00000000 6000 0000 0000 0000", true, PacketProblem.Truncated)]
    public void What_is_wrong_with_a_TCP_header_is_told(string hex, bool read, PacketProblem expected)
    {
        Assert.Equal(read, TcpHeader.TryParse(Hex(hex), out _, out PacketProblem problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Options_for_which_IP_leaves_no_room_are_no_fault_of_the_capture()
    {
        Packet packet = Decode([.. Hex(Link + "0800"), .. Ipv4(IpProtocol.Tcp, Hex("0001 0002 00000000 00000000 8000 0000 0000 0000")), .. new byte[20]], LinkType.Ethernet);
        Assert.Equal((PacketProblem.Length, (ushort)2, 0), (packet.Problem, packet.Tcp!.Value.DestinationPort, packet.PayloadLength));
    }

    [Fact]
    public void The_length_on_the_wire_is_told_where_the_capture_kept_less()
    {
        byte[] bytes = [.. Hex(Link + "0800"), .. Ipv4(IpProtocol.Tcp, [.. Hex(Syn), .. new byte[1000]])];
        Packet packet = Decode(bytes[..80], LinkType.Ethernet, original: bytes.Length);
        Assert.Equal((1000, 6, PacketProblem.None), (packet.PayloadLength, packet.Payload.Length, packet.Problem));
        Packet less = Decode(bytes[..60], LinkType.Ethernet, original: bytes.Length);
        Assert.Equal((1000, 0, PacketProblem.Truncated), (less.PayloadLength, less.Payload.Length, less.Problem));
        Assert.Equal(((ushort)8080, TcpFlags.Syn), (less.Tcp!.Value.DestinationPort, less.Tcp.Value.Flags));
    }

    [Fact]
    public void What_IP_tells_and_the_frame_never_had_is_no_payload()
    {
        Packet packet = Decode(Ipv4(IpProtocol.Tcp, [.. Hex(Syn), 1, 2], total: 800));
        Assert.Equal((PacketProblem.Length, 2, 800, TcpFlags.Syn, null), (packet.Problem, packet.PayloadLength, packet.IpLength, packet.Tcp!.Value.Flags, packet.HasRightChecksum()));
        Packet six = Decode(Ipv6(IpProtocol.Udp, Udp([1, 2]), payload: 800));
        Assert.Equal((PacketProblem.Length, 2, 840), (six.Problem, six.PayloadLength, six.IpLength));
    }

    [Fact]
    public void A_datagram_ends_where_UDP_says_so()
    {
        Packet packet = Decode(Ipv4(IpProtocol.Udp, Udp([1, 2, 3, 4], length: 10)));
        Assert.Equal((2, "0102", PacketProblem.None), (packet.PayloadLength, Convert.ToHexString(packet.Payload.Span), packet.Problem));
    }

    [Theory]
    [InlineData(100, 4)] // longer than the packet
    [InlineData(7, 4)]   // shorter than itself
    public void A_length_that_cannot_be_is_told(int length, int payload)
    {
        Packet packet = Decode(Ipv4(IpProtocol.Udp, Udp([1, 2, 3, 4], length)));
        Assert.Equal((PacketProblem.Length, payload, (ushort)53), (packet.Problem, packet.PayloadLength, packet.Udp!.Value.DestinationPort));
    }

    [Fact]
    public void The_first_fragment_of_a_datagram_has_its_ports()
    {
        Packet first = Decode(Ipv4(IpProtocol.Udp, Udp(new byte[24], length: 5008), fragment: 0x2000));
        Assert.Equal((PacketProblem.None, (ushort)53, 24, true), (first.Problem, first.Udp!.Value.DestinationPort, first.PayloadLength, first.IsFragment));
        Packet later = Decode(Ipv4(IpProtocol.Udp, new byte[24], fragment: 0x2004));
        Assert.Equal((PacketProblem.Fragment, null, 24), (later.Problem, later.Udp, later.PayloadLength));
    }

    [Fact]
    public void A_protocol_that_is_not_read_leaves_its_bytes()
    {
        Packet packet = Decode(Ipv4(IpProtocol.Gre, [1, 2, 3]));
        Assert.Equal((PacketProblem.UnknownProtocol, 3, IpProtocol.Gre), (packet.Problem, packet.PayloadLength, packet.Protocol));
        Assert.Equal(PacketProblem.UnknownProtocol, Decode(Ipv4(IpProtocol.Icmpv6, new byte[8])).Problem);
        Assert.Equal(PacketProblem.UnknownProtocol, Decode(Ipv6(IpProtocol.Icmp, new byte[8])).Problem);
    }
}
