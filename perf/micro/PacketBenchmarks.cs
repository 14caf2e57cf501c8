using System.Net;
using BenchmarkDotNet.Attributes;
using Soket.Protocols.Packets;

namespace Soket.Perf.Micro;

/// <summary>A packet taken apart, layer by layer.</summary>
public class PacketBenchmarks
{
    private readonly byte[] _tcp = new byte[1600];
    private readonly byte[] _udp = new byte[200];
    private CapturedPacket _segment;
    private CapturedPacket _datagram;

    [GlobalSetup]
    public void Prepare()
    {
        IPAddress client = IPAddress.Parse("192.0.2.7"), server = IPAddress.Parse("192.0.2.1");
        _tcp[12] = _udp[12] = 8; // EtherType 0x0800: IPv4
        int length = PacketWriter.WriteTcp(_tcp.AsSpan(14), client, server, 40_000, 80, 1, 2, TcpFlags.Ack | TcpFlags.Psh, 500, [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2], new byte[1_448]);
        _segment = Captured(_tcp, 14 + length);
        length = PacketWriter.WriteUdp(_udp.AsSpan(14), client, server, 40_000, 53, new byte[40]);
        _datagram = Captured(_udp, 14 + length);
        Check.That(DecodeTcp().PayloadLength == 1_448, "the segment");
        Check.That(DecodeUdp().PayloadLength == 40, "the datagram");
    }

    [Benchmark]
    public Packet DecodeTcp() => Packet.Decode(_segment);

    [Benchmark]
    public Packet DecodeUdp() => Packet.Decode(_datagram);

    private static CapturedPacket Captured(byte[] frame, int length) =>
        new() { Nanoseconds = 1, Link = LinkType.Ethernet, Bytes = frame.AsMemory(0, length), OriginalLength = length };
}
