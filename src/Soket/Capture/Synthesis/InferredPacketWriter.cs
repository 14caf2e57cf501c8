using System.Net;
using System.Net.Sockets;
using Soket.Protocols.Packets;

namespace Soket.Capture.Synthesis;

/// <summary>Makes single packets. Where not all of the data is known, the packet is cut off where it ends, as a capture with a limit cuts it.</summary>
internal sealed class InferredPacketWriter(Action<CapturedPacket> write)
{
    private const int LongestHeaders = 40 + 60; // IPv6 and TCP with every option
    private byte[] _room = [];                  // for data of which a part is missing

    /// <summary>A TCP segment of which <paramref name="data"/> is known, from its beginning, and that carried so many bytes.</summary>
    public void Tcp(in InferredHeader header, uint sequence, uint acknowledgment, TcpFlags flags, ReadOnlySpan<byte> options, ReadOnlyMemory<byte> data, int length)
    {
        byte[] packet = new byte[LongestHeaders + length];
        int written = PacketWriter.WriteTcp(
            packet, header.From.Address, header.To.Address, (ushort)header.From.Port, (ushort)header.To.Port, sequence, acknowledgment, flags, ushort.MaxValue, options, Whole(data, length));
        Write(in header, packet, written, length - data.Length);
    }

    /// <summary>A UDP datagram of which <paramref name="data"/> is known, from its beginning, and that carried so many bytes.</summary>
    public void Udp(in InferredHeader header, ReadOnlyMemory<byte> data, int length)
    {
        byte[] packet = new byte[LongestHeaders + length];
        int written = PacketWriter.WriteUdp(packet, header.From.Address, header.To.Address, (ushort)header.From.Port, (ushort)header.To.Port, Whole(data, length));
        Write(in header, packet, written, length - data.Length);
    }

    /// <summary>An ICMP message that says of a datagram that nobody has its port (RFC 792, RFC 4443 3.1).</summary>
    public void PortUnreachable(in InferredHeader header, ReadOnlySpan<byte> about)
    {
        byte[] packet = InferredPortUnreachable.Make(header.From.Address, header.To.Address, about);
        Write(in header, packet, packet.Length, missing: 0);
    }

    /// <summary>The first bytes of a UDP datagram, as an ICMP message quotes them.</summary>
    public static byte[] Quoted(IPEndPoint from, IPEndPoint to, ReadOnlySpan<byte> data)
    {
        byte[] packet = new byte[LongestHeaders + data.Length];
        int written = PacketWriter.WriteUdp(packet, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, data);
        return packet[..Math.Min(written, from.AddressFamily == AddressFamily.InterNetwork ? 28 : 48)];
    }

    private ReadOnlySpan<byte> Whole(ReadOnlyMemory<byte> data, int length)
    {
        if (data.Length == length)
            return data.Span;
        if (_room.Length < length)
            _room = new byte[Math.Max(length, ushort.MaxValue)];
        data.Span.CopyTo(_room);
        _room.AsSpan(data.Length, length - data.Length).Clear();
        return _room.AsSpan(0, length);
    }

    private void Write(in InferredHeader header, byte[] packet, int written, int missing) => write(new CapturedPacket
    {
        Nanoseconds = header.Nanoseconds,
        Link = LinkType.RawIp,
        Bytes = packet.AsMemory(0, written - missing),
        OriginalLength = written,
        Direction = header.Direction,
        Comment = "inferred: " + header.Comment,
        Inferred = true,
    });
}
