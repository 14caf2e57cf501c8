using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

public sealed class IcmpMessageTests
{
    private static readonly byte[] _segment = Ipv4(IpProtocol.Tcp, Hex("04D2 0050 89ABCDEF"));

    [Fact]
    public void A_port_that_nobody_listens_on_is_told_with_the_datagram()
    {
        Packet packet = Decode(Ipv4(IpProtocol.Icmp, [.. Hex("0303 0000 00000000"), .. Ipv4(IpProtocol.Udp, Udp([]))]));
        IcmpMessage icmp = packet.Icmp!.Value;
        Assert.Equal(("destination unreachable", "port unreachable", true, PacketProblem.None), (icmp.TypeName, icmp.CodeName, icmp.IsError, packet.Problem));
        IcmpQuote quote = icmp.Quote!;
        Assert.Equal(("192.0.2.1", "192.0.2.2", IpProtocol.Udp, (ushort?)1000, (ushort?)53, null), (quote.Source.ToString(), quote.Destination.ToString(), quote.Protocol, quote.SourcePort, quote.DestinationPort, quote.Sequence));
        Assert.Null(packet.Udp);
    }

    [Fact]
    public void A_segment_that_is_too_large_is_told_with_its_number_and_the_size_that_fits()
    {
        IcmpMessage icmp = Decode(Ipv4(IpProtocol.Icmp, [.. Hex("0304 0000 0000 0578"), .. _segment])).Icmp!.Value;
        Assert.Equal(("fragmentation needed", (uint?)1400, (uint?)0x89ABCDEF, (ushort?)80), (icmp.CodeName, icmp.Mtu, icmp.Quote!.Sequence, icmp.Quote.DestinationPort));
        IcmpMessage icmp6 = Decode(Ipv6(IpProtocol.Icmpv6, [.. Hex("0200 0000 00000500"), .. Ipv6(IpProtocol.Tcp, Hex("04D2 0050 89ABCDEF"))])).Icmp!.Value;
        Assert.Equal(("packet too big", "", (uint?)1280, (uint?)0x89ABCDEF, "2001:db8::2"), (icmp6.TypeName, icmp6.CodeName, icmp6.Mtu, icmp6.Quote!.Sequence, icmp6.Quote.Destination.ToString()));
    }

    [Fact]
    public void A_quote_is_read_through_extension_headers()
    {
        byte[] quoted = Ipv6(IpProtocol.HopByHop, [.. Hex("1100 050200000100"), .. Udp([])]);
        IcmpMessage icmp = Decode(Ipv6(IpProtocol.Icmpv6, [.. Hex("0104 0000 00000000"), .. quoted])).Icmp!.Value;
        Assert.Equal(("port unreachable", (ushort?)53), (icmp.CodeName, icmp.Quote!.DestinationPort));
    }

    [Fact]
    public void A_quote_of_a_later_fragment_has_no_ports()
    {
        IcmpMessage icmp = Decode(Ipv4(IpProtocol.Icmp, [.. Hex("0B01 0000 00000000"), .. Ipv4(IpProtocol.Udp, new byte[8], fragment: 0x0004)])).Icmp!.Value;
        Assert.Equal(("time exceeded", "fragment reassembly time exceeded", null, 32), (icmp.TypeName, icmp.CodeName, icmp.Quote!.SourcePort, icmp.Quote.Ipv4!.Value.FragmentOffset));
    }

    [Theory]
    [InlineData(true, "8000 0000 1234 0005 61", "echo request")]
    [InlineData(true, "8100 0000 1234 0005 61", "echo reply")]
    [InlineData(false, "0800 0000 1234 0005 61", "echo request")]
    [InlineData(false, "0000 0000 1234 0005 61", "echo reply")]
    public void Echoes_have_a_number(bool version6, string hex, string name)
    {
        Assert.True(IcmpMessage.TryParse(Hex(hex), version6, out IcmpMessage icmp, out _));
        Assert.Equal((name, "", (ushort?)0x1234, (ushort?)5, true, false), (icmp.TypeName, icmp.CodeName, icmp.Id, icmp.Sequence, icmp.IsEcho, icmp.IsError));
    }

    [Fact]
    public void A_quoted_echo_keeps_its_number()
    {
        IcmpQuote quote = Decode(Ipv4(IpProtocol.Icmp, [.. Hex("0301 0000 00000000"), .. Ipv4(IpProtocol.Icmp, Hex("0800 0000 1234 0005"))])).Icmp!.Value.Quote!;
        Assert.Equal(((ushort?)0x1234, (ushort?)5, null), (quote.EchoId, quote.EchoSequence, quote.SourcePort));
    }

    [Fact]
    public void Whom_a_neighbour_asks_for_and_where_a_redirect_leads_is_told()
    {
        Assert.True(IcmpMessage.TryParse(Hex("8700 0000 00000000 FE800000000000000000000000000009"), true, out IcmpMessage ask, out PacketProblem problem));
        Assert.Equal(("neighbor solicitation", "fe80::9", PacketProblem.None), (ask.TypeName, ask.Target!.ToString(), problem));
        Assert.True(IcmpMessage.TryParse([.. Hex("0501 0000 C00002FE"), .. _segment], false, out IcmpMessage redirect, out _));
        Assert.Equal(("redirect for the host", "192.0.2.254", (ushort?)1234), (redirect.CodeName, redirect.Target!.ToString(), redirect.Quote!.SourcePort));
    }

    [Fact]
    public void The_byte_that_is_wrong_is_told()
    {
        Assert.True(IcmpMessage.TryParse([.. Hex("0C00 0000 09000000"), .. _segment], false, out IcmpMessage icmp, out _));
        Assert.True(IcmpMessage.TryParse([.. Hex("0401 0000 00000028"), .. Ipv6(IpProtocol.Udp, [])], true, out IcmpMessage icmp6, out _));
        Assert.Equal((9u, 40u, "unrecognized next header type"), (icmp.Pointer!.Value, icmp6.Pointer!.Value, icmp6.CodeName));
    }

    [Theory]
    [InlineData("0303", false, PacketProblem.Truncated)]
    [InlineData("0303 0000", true, PacketProblem.Truncated)]
    [InlineData("0303 0000 00000000 4500", true, PacketProblem.Truncated)]
    [InlineData("6300 0000 00000000", true, PacketProblem.None)]
    public void What_is_missing_is_told(string hex, bool read, PacketProblem expected)
    {
        Assert.Equal(read, IcmpMessage.TryParse(Hex(hex), false, out IcmpMessage icmp, out PacketProblem problem));
        Assert.Equal((expected, null), (problem, icmp.Quote));
        if (hex.StartsWith("63", StringComparison.Ordinal))
            Assert.Equal("type 99", icmp.TypeName);
    }
}
