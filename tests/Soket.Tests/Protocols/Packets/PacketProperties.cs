using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Protocols.Packets.Bytes;

namespace Soket.Tests.Protocols.Packets;

/// <summary>What holds for whatever bytes a network or a file brings.</summary>
public sealed class PacketProperties
{
    private static readonly LinkType[] _links = [LinkType.Null, LinkType.Ethernet, LinkType.RawIp, LinkType.Loop, LinkType.LinuxCooked, LinkType.Ipv4, LinkType.Ipv6, LinkType.LinuxCooked2, (LinkType)999];

    // Right packets of every kind: what is found by chance in random bytes is little.
    private static readonly (LinkType Link, byte[] Bytes)[] _right =
    [
        (LinkType.Ethernet, [.. Hex(Link + "0800"), .. Ipv4(IpProtocol.Tcp, [.. Hex("C6F4 1F90 FFFFFFFE 00000000 A002 FFD7 FE30 0000 0204FFD7 0402 080A 00000001 00000000 01 030307"), 1, 2, 3])]),
        (LinkType.Ethernet, [.. Hex(Link + "88A8 0014 8100 001E 86DD"), .. Ipv6(IpProtocol.HopByHop, [.. Hex("2C00 050200000100 1100 0001 00000009"), .. Udp(new byte[20])])]),
        (LinkType.Ethernet, [.. Hex(Link + "0028 AAAA03 000000 0800"), .. Ipv4(IpProtocol.Udp, Udp([1, 2, 3, 4]), options: "94040000")]),
        (LinkType.Ethernet, Hex(Link + "0806 0001 0800 06 04 0001 020000000002 C0000201 000000000000 C0000202")),
        (LinkType.LinuxCooked, [.. Hex("0004 0001 0006 0242AC1100020000 0800"), .. Ipv4(IpProtocol.Icmp, [.. Hex("0304 0000 0000 0578"), .. Ipv4(IpProtocol.Tcp, Hex("04D2 0050 89ABCDEF"))])]),
        (LinkType.LinuxCooked2, [.. Hex("86DD 0000 00000003 0304 00 00 0000000000000000"), .. Ipv6(IpProtocol.Icmpv6, [.. Hex("0104 0000 00000000"), .. Ipv6(IpProtocol.HopByHop, [.. Hex("1100 050200000100"), .. Udp([])])])]),
        (LinkType.Null, [.. Hex("1E000000"), .. Ipv6(IpProtocol.Authentication, [.. Hex("0604 0000 00000001 00000002 000102030405060708090A0B"), .. Hex("0001 0002 00000000 00000000 8010 0000 0000 0000 0101 050A 00000001 00000002")])]),
        (LinkType.RawIp, Ipv6(IpProtocol.Routing, [.. Hex("1100 0000 00000000"), .. Udp([1])])),
    ];

    [Fact]
    public void Bytes_of_any_kind_are_taken_without_a_word() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Elements(_links).ToArbitrary(), ArbMap.Default.ArbFor<int>(), static (bytes, link, original) =>
            IsSound(Captured(bytes, link, original))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_packet_cut_anywhere_is_taken_and_what_was_read_of_it_stays()
    {
        foreach ((LinkType link, byte[] bytes) in _right)
        {
            Packet whole = Decode(bytes, link);
            Assert.Equal(PacketProblem.None, whole.Problem);
            for (int length = 0; length <= bytes.Length; length++)
            {
                CapturedPacket captured = Captured(bytes[..length], link, bytes.Length);
                Assert.True(IsSound(captured));
                Packet cut = Packet.Decode(captured);

                // Where the transport was read, it says the same, and how much it carried on the wire is known.
                if (cut.Udp is not null || cut.Tcp is not null)
                    Assert.Equal((whole.Udp, whole.Tcp?.Sequence, whole.PayloadLength), (cut.Udp, cut.Tcp?.Sequence, cut.PayloadLength));
            }
        }
    }

    [Fact]
    public void A_right_packet_with_wrong_bytes_is_taken()
    {
        Gen<CapturedPacket> packets =
            from right in Gen.Elements(_right)
            from changes in Gen.Zip(Gen.Choose(0, 119), ArbMap.Default.GeneratorFor<byte>()).ListOf(4)
            from cut in Gen.Choose(0, 200)
            select Captured(Changed(right.Bytes, changes)[..Math.Min(cut, right.Bytes.Length)], right.Link, right.Bytes.Length);
        Prop.ForAll(packets.ToArbitrary(), static packet => IsSound(packet)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void Every_header_takes_bytes_of_any_kind() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), static bytes =>
        {
            foreach (byte first in (byte[])[0, 0x45, 0x46, 0x4f, 0x60, 0x81, 0x50, 0xf0])
            {
                byte[] changed = [first, .. bytes];
                bool read = EthernetHeader.TryParse(changed, out _, out PacketProblem problem);
                Assert.Equal(read, problem == PacketProblem.None);
                Assert.Equal(LoopbackHeader.TryParse(changed, out _, out problem), problem == PacketProblem.None);
                Assert.Equal(LinuxCookedHeader.TryParse(changed, out _, out problem), problem == PacketProblem.None);
                Assert.Equal(LinuxCookedHeader.TryParse2(changed, out _, out problem), problem == PacketProblem.None);
                Assert.Equal(SnapHeader.TryParse(changed, out _, out problem), problem == PacketProblem.None);
                Assert.Equal(VlanTag.TryParse(changed, out _, out problem), problem == PacketProblem.None);

                // These may be read in part, with the reason why not all of it.
                Assert.True(ArpMessage.TryParse(changed, out _, out problem) || problem != PacketProblem.None);
                Assert.True(Ipv4Header.TryParse(changed, out _, out problem) || problem != PacketProblem.None);
                Assert.True(Ipv6Header.TryParse(changed, out _, out problem) || problem != PacketProblem.None);
                Assert.True(IcmpMessage.TryParse(changed, false, out _, out problem) || problem != PacketProblem.None);
                Assert.True(IcmpMessage.TryParse(changed, true, out _, out problem) || problem != PacketProblem.None);
                Assert.True(TcpHeader.TryParse(changed, out _, out problem) || problem != PacketProblem.None);
                Assert.True(UdpHeader.TryParse(changed, out _, out problem) || problem != PacketProblem.None);
                Assert.InRange(TcpOptions.Parse(changed).Others.Count, 0, changed.Length / 2);
            }
        }).QuickCheckThrowOnFailure();

    // What anybody may rely on who is given a packet taken apart.
    private static bool IsSound(CapturedPacket captured)
    {
        Packet packet = Packet.Decode(captured);
        _ = packet.HasRightChecksum();
        _ = (packet.Source?.ToString(), packet.Destination?.ToString(), packet.Icmp?.TypeName, packet.Icmp?.CodeName, packet.Icmp?.Quote?.ToString());
        Assert.True(packet.PayloadLength >= packet.Payload.Length);
        Assert.True(packet.IpLength >= packet.Ip.Length);
        Assert.True(packet.Payload.Length <= captured.Bytes.Length);
        Assert.True(packet.Tcp is null || packet.Udp is null);
        Assert.True(packet.Ipv4 is null || packet.Ipv6 is null);
        Assert.True((packet.Tcp is null && packet.Udp is null && packet.Icmp is null) || packet.Protocol is not null);
        return packet.Problem != PacketProblem.None || packet.Protocol is not null || packet.Arp is not null;
    }

    private static byte[] Changed(byte[] bytes, IEnumerable<(int Where, byte Value)> changes)
    {
        byte[] changed = [.. bytes];
        foreach ((int where, byte value) in changes)
            changed[where % changed.Length] = value;
        return changed;
    }
}
