using System.Buffers.Binary;
using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>Packets with everything that headers may hold, in any combination, the same ones each time.</summary>
internal sealed class RandomPackets(int seed)
{
    private readonly Random _random = new(seed);
    private long _clock = 1_700_000_000_000_000_000;

    /// <summary>A right packet on a link.</summary>
    public CapturedPacket Next(LinkType link)
    {
        bool six = link == LinkType.Ipv6 || (link != LinkType.Ipv4 && _random.Next(2) == 0);
        byte[] ip = six ? Ipv6() : Ipv4();
        byte[] bytes = [.. Header(link, six, ip.Length), .. ip];
        if (link == LinkType.Ethernet && bytes.Length < 60)
            bytes = [.. bytes, .. new byte[60 - bytes.Length]];
        return Captured(link, bytes, bytes.Length);
    }

    /// <summary>One of which the capture kept only the first bytes.</summary>
    public CapturedPacket NextCut(LinkType link)
    {
        CapturedPacket whole = Next(link);
        return whole with { Bytes = whole.Bytes[..(14 + _random.Next(whole.Bytes.Length - 14))] };
    }

    /// <summary>One as <see cref="PacketWriter"/> writes it.</summary>
    public CapturedPacket NextWritten()
    {
        byte[] room = new byte[1000], options = new byte[TcpOptions.MaxLength], data = Data(_random.Next(200));
        (IPAddress source, IPAddress target) = _random.Next(2) == 0 ? (Address(4), Address(4)) : (Address(16), Address(16));
        int length = TcpOptions.Write(options, Maybe() ? (ushort)_random.Next(65536) : null, Maybe() ? (byte)_random.Next(15) : null, Maybe(), Maybe() ? ((uint)_random.NextInt64(1L << 32), 5) : null);
        length = Maybe()
            ? PacketWriter.WriteTcp(room, source, target, Port(), Port(), (uint)_random.NextInt64(1L << 32), (uint)_random.NextInt64(1L << 32), (TcpFlags)_random.Next(512), (ushort)_random.Next(65536), options.AsSpan(0, length), data)
            : PacketWriter.WriteUdp(room, source, target, Port(), Port(), data);
        return Captured(LinkType.RawIp, room[..length], length);
    }

    private CapturedPacket Captured(LinkType link, byte[] bytes, int original) => new() { Nanoseconds = _clock += 1_000_000, Link = link, Bytes = bytes, OriginalLength = original };

    private byte[] Header(LinkType link, bool six, int length)
    {
        byte[] type = six ? [0x86, 0xdd] : [8, 0];
        return link switch
        {
            LinkType.Ethernet => [.. Mac(), .. Mac(), .. Tags(type, length)],
            LinkType.LinuxCooked => [0, (byte)_random.Next(5), 0, 1, 0, 6, .. Mac(), 0, 0, .. type],
            LinkType.LinuxCooked2 => [.. type, 0, 0, .. Data(4), 0, 1, (byte)_random.Next(5), 6, .. Mac(), 0, 0],
            LinkType.Null => [six ? (byte)30 : (byte)2, 0, 0, 0],
            LinkType.Loop => [0, 0, 0, six ? (byte)24 : (byte)2],
            _ => [],
        };
    }

    private byte[] Tags(byte[] type, int length) => _random.Next(6) switch
    {
        0 => [0x81, 0, .. Data(2), .. type],
        1 => [0x88, 0xa8, .. Data(2), 0x81, 0, .. Data(2), .. type],
        2 => [0x81, 0, .. Data(2), 0x81, 0, .. Data(2), .. type],
        3 when length + 8 <= 1500 => [(byte)(length + 8 >> 8), (byte)(length + 8), 0xaa, 0xaa, 3, 0, 0, 0, .. type],
        _ => type,
    };

    private byte[] Ipv4()
    {
        byte[] options = _random.Next(4) == 0 ? Fill([0x94, 4, 0, 0, .. Maybe() ? (byte[])[7, 7, 4, .. Data(4)] : []], 1) : [];
        (byte protocol, byte[] data) = Transport(false);
        bool fragment = _random.Next(8) == 0;
        byte[] header = [(byte)(0x45 + options.Length / 4), Any(), 0, 0, .. Data(2), 0, 0, Any(), protocol, 0, 0, .. Address(4).GetAddressBytes(), .. Address(4).GetAddressBytes(), .. options];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + data.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)(fragment ? _random.Next(65536) : _random.Next(4) << 14));
        if (Maybe())
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Sum(header));
        return [.. header, .. data];
    }

    private byte[] Ipv6()
    {
        (byte next, byte[] data) = Transport(true);
        if (_random.Next(3) == 0)
            (next, data) = (60, [next, 0, 1, 4, 0, 0, 0, 0, .. data]);
        if (_random.Next(6) == 0)
            (next, data) = (51, [next, 4, 0, 0, .. Data(20), .. data]);
        if (_random.Next(5) == 0)
            (next, data) = (44, [next, 0, .. Maybe() ? (byte[])[0, (byte)_random.Next(2)] : Data(2), .. Data(4), .. data]);
        if (_random.Next(6) == 0)
            (next, data) = (43, [next, 2, 2, 0, 0, 0, 0, 0, .. Address(16).GetAddressBytes(), .. data]);
        if (_random.Next(5) == 0)
            (next, data) = (0, [next, 1, 5, 2, 0, 0, 1, 8, .. new byte[8], .. data]);
        byte[] header = [(byte)(0x60 | _random.Next(16)), .. Data(3), 0, 0, next, Any(), .. Address(16).GetAddressBytes(), .. Address(16).GetAddressBytes()];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)data.Length);
        return [.. header, .. data];
    }

    private (byte Protocol, byte[] Bytes) Transport(bool six) => _random.Next(6) switch
    {
        0 => (17, Udp()),
        1 => six ? ((byte)58, Icmp6()) : ((byte)1, Icmp4()),
        _ => (6, Tcp()),
    };

    private byte[] Udp()
    {
        byte[] data = Data(_random.Next(40));
        return [.. Ports(), 0, (byte)(8 + data.Length), .. Data(2), .. data];
    }

    private byte[] Tcp()
    {
        byte[] options = _random.Next(6) switch
        {
            0 => [2, 4, .. Data(2), 4, 2, 8, 10, .. Data(8), 1, 3, 3, (byte)_random.Next(15)],
            1 => [1, 1, 8, 10, .. Data(8)],
            2 => [1, 1, 8, 10, .. Data(8), 1, 1, 5, 18, .. Data(16)],
            3 => [34, 10, .. Data(8), 1, 1],
            4 => [1, 1, 19, 18, .. Data(16)],
            _ => [],
        };
        int length = 20 + options.Length;
        return [.. Ports(), .. Data(8), (byte)(length / 4 << 4 | _random.Next(16)), Any(), .. Data(6), .. options, .. Data(_random.Next(30))];
    }

    private byte[] Icmp4() => _random.Next(5) switch
    {
        0 => [3, 3, .. Data(2), 0, 0, 0, 0, .. Quote4()],
        1 => [3, 4, .. Data(2), 0, 0, .. Data(2), .. Quote4()],
        2 => [11, 0, .. Data(2), 0, 0, 0, 0, .. Quote4()],
        3 => [5, 1, .. Data(2), .. Data(4), .. Quote4()],
        _ => [(byte)(Maybe() ? 8 : 0), 0, .. Data(6), .. Data(56)],
    };

    private byte[] Icmp6() => _random.Next(5) switch
    {
        0 => [1, 4, .. Data(2), 0, 0, 0, 0, .. Quote6()],
        1 => [2, 0, .. Data(2), .. Data(4), .. Quote6()],
        2 => [4, 1, .. Data(2), .. Data(4), .. Quote6()],
        3 => [(byte)(135 + _random.Next(2)), 0, .. Data(2), 0, 0, 0, 0, .. Data(16)],
        _ => [(byte)(128 + _random.Next(2)), 0, .. Data(6), .. Data(56)],
    };

    // The header and eight bytes are what every router quotes.
    private byte[] Quote4()
    {
        byte[] header = [0x45, Any(), 0, 60, .. Data(2), 0, 0, Any(), (byte)(Maybe() ? 6 : 17), .. Data(2), .. Data(4), .. Data(4)];
        return [.. header, .. Ports(), .. Maybe() ? [0, 40, .. Data(2)] : Data(4)];
    }

    private byte[] Quote6() => [0x60, 0, 0, 0, 0, 28, 6, Any(), .. Data(16), .. Data(16), .. Ports(), .. Data(8), 0x50, 0x10, .. Data(6)];

    // High ones: tshark looks for no protocol behind them.
    private byte[] Ports() => [0xf0, Any(), 0xf1, Any()];

    private ushort Port() => (ushort)(61_000 + _random.Next(900));

    private byte[] Mac() => [2, .. Data(5)];

    private IPAddress Address(int length) => length == 4 ? new([(byte)_random.Next(1, 223), .. Data(3)]) : new([0x20, 1, 0x0d, 0xb8, .. Data(12)]);

    private byte[] Data(int length)
    {
        byte[] data = new byte[length];
        _random.NextBytes(data);
        return data;
    }

    private byte Any() => (byte)_random.Next(256);

    private bool Maybe() => _random.Next(2) == 0;

    private static byte[] Fill(byte[] options, byte filling) => [.. options, .. Enumerable.Repeat(filling, (4 - options.Length % 4) % 4)];

    private static ushort Sum(byte[] header)
    {
        int sum = 0;
        for (int i = 0; i < header.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(i));
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
