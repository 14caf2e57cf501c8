using System.Buffers.Binary;
using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Tests.Capture;

/// <summary>One packet of each kind that a filter decides about, between three hosts A, B and C and a router R, in either version of IP.</summary>
internal static class Frames
{
    private static readonly byte[] Mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    private static readonly IPAddress[] Four = [.. ((string[])["192.0.2.1", "192.0.2.2", "198.51.100.3", "203.0.113.9"]).Select(static text => IPAddress.Parse(text))];
    private static readonly IPAddress[] Six = [.. ((string[])["2001:db8::1", "2001:db8::2", "2001:db8:0:1::3", "fe80::9"]).Select(static text => IPAddress.Parse(text))];

    public static IPAddress Address(bool six, char host) => (six ? Six : Four)["ABCR".IndexOf(host, StringComparison.Ordinal)];

    /// <summary>Every kind, as an IP packet, with what it is.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Packets { get; } =
    [
        .. Of(six: false), .. Of(six: true),
        ("4 fragment 1 udp A>B", Fragmented(Udp(false, 'A', 1000, 'B', 80), 0x2000)),
        ("4 fragment 2 udp A>B", Fragmented(Udp(false, 'A', 1000, 'B', 80), 0x00B9)),
        ("4 fragment 2 udp C>B", Fragmented(Udp(false, 'C', 1000, 'B', 80), 0x00B9)),
        ("4 fragment 2 tcp A>B", Fragmented(Tcp(false, 'A', 1000, 'B', 80), 0x00B9)),
        ("4 fragment 2 icmp A>B", Fragmented(Icmp(false, 'A', 'B', 8, [1, 2, 3, 4]), 0x00B9)),
        ("4 options tcp A:1000>B:80", WithOptions(Tcp(false, 'A', 1000, 'B', 80))),
        ("4 options tcp A:1000>B:81", WithOptions(Tcp(false, 'A', 1000, 'B', 81))),
        ("4 error R>A of options tcp A:1000>B:80", Icmp(false, 'R', 'A', 3, WithOptions(Tcp(false, 'A', 1000, 'B', 80)))),
        ("4 options error R>A of options tcp B:80>A:1000", WithOptions(Icmp(false, 'R', 'A', 11, WithOptions(Tcp(false, 'B', 80, 'A', 1000))))),
        ("4 igmp A>B", Ip(false, 'A', 'B', 2, [0x16, 0, 0, 0, 0, 0, 0, 0])),
        ("6 fragment 1 udp A>B", Extended(Udp(true, 'A', 1000, 'B', 80), 44, [17, 0, 0, 1, 0, 0, 0, 1])),
        ("6 fragment 1 tcp A>B:81", Extended(Tcp(true, 'A', 1000, 'B', 81), 44, [6, 0, 0, 1, 0, 0, 0, 1])),
        ("6 fragment 2 udp A>B", Extended(Udp(true, 'A', 1000, 'B', 80), 44, [17, 0, 0, 8, 0, 0, 0, 1])),
        ("6 fragment 2 tcp C>B", Extended(Tcp(true, 'C', 1000, 'B', 80), 44, [6, 0, 0, 8, 0, 0, 0, 1])),
        ("6 fragment 1 icmp A>B", Extended(Icmp(true, 'A', 'B', 128, [1, 2, 3, 4]), 44, [58, 0, 0, 1, 0, 0, 0, 1])),
        ("6 hop by hop tcp A:1000>B:80", Extended(Tcp(true, 'A', 1000, 'B', 80), 0, [6, 1, 5, 2, 0, 0, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("6 hop by hop, destination options, tcp A:1000>B:81", Extended(Extended(Tcp(true, 'A', 1000, 'B', 81), 60, [6, 0, 1, 4, 0, 0, 0, 0]), 0, [60, 0, 5, 2, 0, 0, 1, 0])),
        ("6 hop by hop report A>B", Extended(Icmp(true, 'A', 'B', 143, [0, 0, 0, 0]), 0, [58, 0, 5, 2, 0, 0, 1, 0])),
        ("6 AH tcp A:1000>B:81", Extended(Tcp(true, 'A', 1000, 'B', 81), 51, [6, 4, 0, 0, .. new byte[20]])),
        ("6 hop by hop tcp A>B:81", Extended(Tcp(true, 'A', 1000, 'B', 81), 0, [6, 0, 5, 2, 0, 0, 1, 0])),
        ("6 hop by hop tcp C>C", Extended(Tcp(true, 'C', 1000, 'C', 81), 0, [6, 0, 5, 2, 0, 0, 1, 0])),
        ("6 error R>A of fragment udp A:1000>B:80", Icmp(true, 'R', 'A', 2, Extended(Udp(true, 'A', 1000, 'B', 80), 44, [17, 0, 0, 1, 0, 0, 0, 1]))),
        ("6 error R>A of destination options udp A>B", Icmp(true, 'R', 'A', 1, Extended(Udp(true, 'A', 1000, 'B', 80), 60, [17, 0, 1, 4, 0, 0, 0, 0]))),
    ];

    /// <summary>The ways a packet lies in a frame, by link type.</summary>
    public static IReadOnlyList<(string Name, LinkType Link, Func<byte[], byte[]> Wrap)> Links { get; } =
    [
        ("ethernet", LinkType.Ethernet, (byte[] ip) => [.. Mac, .. Type(ip), .. ip]),
        ("one tag", LinkType.Ethernet, (byte[] ip) => [.. Mac, 0x81, 0, 0, 5, .. Type(ip), .. ip]),
        ("two tags", LinkType.Ethernet, (byte[] ip) => [.. Mac, 0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, .. Type(ip), .. ip]),
        ("cooked", LinkType.LinuxCooked, (byte[] ip) => [.. new byte[14], .. Type(ip), .. ip]),
        ("cooked with a tag", LinkType.LinuxCooked, (byte[] ip) => [.. new byte[14], 0x81, 0, 0, 5, .. Type(ip), .. ip]),
        ("cooked 2", LinkType.LinuxCooked2, (byte[] ip) => [.. Type(ip), .. new byte[18], .. ip]),
        ("cooked 2 with a tag", LinkType.LinuxCooked2, (byte[] ip) => [0x81, 0, .. new byte[18], 0, 5, .. Type(ip), .. ip]),
        ("null", LinkType.Null, (byte[] ip) => [(byte)(ip[0] >> 4 == 4 ? 2 : 10), 0, 0, 0, .. ip]),
        ("loop", LinkType.Loop, (byte[] ip) => [0, 0, 0, (byte)(ip[0] >> 4 == 4 ? 2 : 24), .. ip]),
        ("raw", LinkType.RawIp, (byte[] ip) => ip),
    ];

    private static IEnumerable<(string, byte[])> Of(bool six)
    {
        string version = six ? "6 " : "4 ";
        yield return (version + "tcp A:1000>B:80", Tcp(six, 'A', 1000, 'B', 80));
        yield return (version + "tcp B:80>A:1000", Tcp(six, 'B', 80, 'A', 1000));
        yield return (version + "tcp A:1000>B:81", Tcp(six, 'A', 1000, 'B', 81));
        yield return (version + "tcp A:80>C:81", Tcp(six, 'A', 80, 'C', 81));
        yield return (version + "tcp C:1000>B:80", Tcp(six, 'C', 1000, 'B', 80));
        yield return (version + "tcp C:80>B:1000", Tcp(six, 'C', 80, 'B', 1000)); // B's, and the port is C's
        yield return (version + "udp A:1000>B:80", Udp(six, 'A', 1000, 'B', 80));
        yield return (version + "udp B:80>A:1000", Udp(six, 'B', 80, 'A', 1000));
        yield return (version + "udp C:53>C:54", Udp(six, 'C', 53, 'C', 54));
        yield return (version + "echo A>B", Icmp(six, 'A', 'B', six ? 128 : 8, [0, 1, 2, 3, 4, 5, 6, 7]));
        yield return (version + "echo C>C", Icmp(six, 'C', 'C', six ? 128 : 8, [0, 1, 2, 3, 4, 5, 6, 7]));
        foreach (int type in six ? (int[])[1, 2, 3, 4] : [3, 4, 5, 11, 12])
        {
            yield return ($"{version}error {type} R>A of tcp A:1000>B:80", Icmp(six, 'R', 'A', type, Tcp(six, 'A', 1000, 'B', 80)));
            yield return ($"{version}error {type} R>C of udp C:1000>B:80", Icmp(six, 'R', 'C', type, Udp(six, 'C', 1000, 'B', 80)));
            yield return ($"{version}error {type} R>C of tcp B:80>C:9", Icmp(six, 'R', 'C', type, Tcp(six, 'B', 80, 'C', 9)));
            yield return ($"{version}error {type} R>C of tcp C:9>A:7", Icmp(six, 'R', 'C', type, Tcp(six, 'C', 9, 'A', 7)));
        }

        yield return (version + "error R>A of echo A>B", Icmp(six, 'R', 'A', six ? 1 : 3, Icmp(six, 'A', 'B', six ? 128 : 8, [0, 1, 2, 3])));
        yield return (version + "sctp A>B", Ip(six, 'A', 'B', 132, [3, 232, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0]));
    }

    private static byte[] Tcp(bool six, char from, ushort port, char to, ushort at)
    {
        byte[] room = new byte[200];
        return room[..PacketWriter.WriteTcp(room, Address(six, from), Address(six, to), port, at, 1, 2, TcpFlags.Ack | TcpFlags.Psh, 100, [], "hello"u8)];
    }

    private static byte[] Udp(bool six, char from, ushort port, char to, ushort at)
    {
        byte[] room = new byte[200];
        return room[..PacketWriter.WriteUdp(room, Address(six, from), Address(six, to), port, at, "hello"u8)];
    }

    private static byte[] Icmp(bool six, char from, char to, int type, byte[] about) => Ip(six, from, to, six ? 58 : 1, [(byte)type, 1, 0, 0, 0, 0, 0, 0, .. about]);

    private static byte[] Ip(bool six, char from, char to, int protocol, byte[] data)
    {
        byte[] room = new byte[40 + data.Length];
        int header = PacketWriter.WriteIp(room, Address(six, from), Address(six, to), (IpProtocol)protocol, data.Length);
        return [.. room.AsSpan(0, header), .. data];
    }

    private static byte[] Fragmented(byte[] packet, ushort fragment)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), fragment);
        return packet;
    }

    // Eight bytes of NOP behind the fixed header.
    private static byte[] WithOptions(byte[] packet)
    {
        byte[] longer = [.. packet.AsSpan(0, 20), 1, 1, 1, 1, 1, 1, 1, 0, .. packet.AsSpan(20)];
        longer[0] = 0x47;
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(2), (ushort)longer.Length);
        return longer;
    }

    private static byte[] Extended(byte[] packet, byte next, byte[] header)
    {
        byte[] longer = [.. packet.AsSpan(0, 40), .. header, .. packet.AsSpan(40)];
        longer[6] = next;
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(4), (ushort)(longer.Length - 40));
        return longer;
    }

    private static byte[] Type(byte[] ip) => ip[0] >> 4 == 4 ? [0x08, 0x00] : [0x86, 0xDD];
}
