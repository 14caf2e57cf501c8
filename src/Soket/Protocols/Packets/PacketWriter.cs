using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>Writes IP packets with right checksums, as <see cref="LinkType.RawIp"/> has them. Pure.</summary>
public static class PacketWriter
{
    /// <summary>The most bytes an IP packet has here: header and data of IPv4; IPv6 would take forty more.</summary>
    public const int MaxLength = ushort.MaxValue;

    private const byte TimeToLive = 64;

    /// <summary>Writes a TCP segment in an IP packet.</summary>
    /// <param name="destination">Where to: room for both headers, the options and the data.</param>
    /// <param name="source">From whom.</param>
    /// <param name="target">To whom; of the same family as <paramref name="source"/>. IPv4 written as IPv6 counts as IPv4.</param>
    /// <param name="sourcePort">From which port.</param>
    /// <param name="targetPort">To which port.</param>
    /// <param name="sequence">The number of the first byte.</param>
    /// <param name="acknowledgment">The number of the next byte awaited.</param>
    /// <param name="flags">The flags.</param>
    /// <param name="window">The room left, not scaled.</param>
    /// <param name="options">The options, at most 40 bytes (<see cref="TcpOptions.Write"/>); filled up to a multiple of four.</param>
    /// <param name="data">What it carries.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">The addresses are of two families, there is no room, or more is to be sent than a packet holds.</exception>
    public static int WriteTcp(Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort targetPort,
        uint sequence, uint acknowledgment, TcpFlags flags, ushort window, ReadOnlySpan<byte> options, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Length, TcpOptions.MaxLength, nameof(options));
        int header = TcpHeader.MinLength + ((options.Length + 3) & ~3);
        int ip = WriteIp(destination, source, target, IpProtocol.Tcp, header + data.Length);
        Span<byte> segment = destination.Slice(ip, header + data.Length);
        WriteUInt16BigEndian(segment, sourcePort);
        WriteUInt16BigEndian(segment[2..], targetPort);
        WriteUInt32BigEndian(segment[4..], sequence);
        WriteUInt32BigEndian(segment[8..], acknowledgment);
        WriteUInt16BigEndian(segment[12..], (ushort)(header / 4 << 12 | (int)flags & 0x1ff));
        WriteUInt16BigEndian(segment[14..], window);
        segment[16..TcpHeader.MinLength].Clear();
        segment[TcpHeader.MinLength..header].Clear(); // 0 ends the options
        options.CopyTo(segment[TcpHeader.MinLength..]);
        data.CopyTo(segment[header..]);
        WriteUInt16BigEndian(segment[16..], Checksum(destination, ip, IpProtocol.Tcp, segment));
        return ip + segment.Length;
    }

    /// <summary>Writes a UDP datagram in an IP packet.</summary>
    /// <param name="destination">Where to: room for both headers and the data.</param>
    /// <param name="source">From whom.</param>
    /// <param name="target">To whom; of the same family as <paramref name="source"/>. IPv4 written as IPv6 counts as IPv4.</param>
    /// <param name="sourcePort">From which port.</param>
    /// <param name="targetPort">To which port.</param>
    /// <param name="data">What it carries: at most 65,507 bytes over IPv4 and 65,527 over IPv6.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">The addresses are of two families, there is no room, or more is to be sent than a packet holds.</exception>
    public static int WriteUdp(Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort targetPort, ReadOnlySpan<byte> data)
    {
        int length = UdpHeader.HeaderLength + data.Length;
        int ip = WriteIp(destination, source, target, IpProtocol.Udp, length);
        Span<byte> datagram = destination.Slice(ip, length);
        WriteUInt16BigEndian(datagram, sourcePort);
        WriteUInt16BigEndian(datagram[2..], targetPort);
        WriteUInt16BigEndian(datagram[4..], (ushort)length);
        WriteUInt16BigEndian(datagram[6..], 0);
        data.CopyTo(datagram[UdpHeader.HeaderLength..]);
        ushort checksum = Checksum(destination, ip, IpProtocol.Udp, datagram);

        // 0 would say that there is none (RFC 768).
        WriteUInt16BigEndian(datagram[6..], checksum == 0 ? ushort.MaxValue : checksum);
        return ip + length;
    }

    /// <summary>Writes the header of IPv4 (20 bytes, not to be fragmented) or of IPv6 (40 bytes), whichever the addresses are.</summary>
    /// <param name="destination">Where to: room for the header and what it is to carry.</param>
    /// <param name="source">From whom.</param>
    /// <param name="target">To whom; of the same family as <paramref name="source"/>. IPv4 written as IPv6 counts as IPv4.</param>
    /// <param name="protocol">What it carries.</param>
    /// <param name="length">How many bytes it carries.</param>
    /// <returns>The length of the header, bytes.</returns>
    /// <exception cref="ArgumentException">The addresses are of two families, there is no room, or more is to be sent than a packet holds.</exception>
    public static int WriteIp(Span<byte> destination, IPAddress source, IPAddress target, IpProtocol protocol, int length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        source = Plain(source);
        target = Plain(target);
        if (source.AddressFamily != target.AddressFamily)
            throw new ArgumentException($"{source} and {target} are of two families", nameof(target));
        bool version6 = source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        int header = version6 ? Ipv6Header.FixedLength : Ipv4Header.MinLength;
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ushort.MaxValue - (version6 ? 0 : header));
        if (destination.Length < header + length)
            throw new ArgumentException($"room for {destination.Length} bytes, and {header + length} are to be written", nameof(destination));
        if (version6)
            WriteIpv6(destination, source, target, protocol, (ushort)length);
        else
            WriteIpv4(destination, source, target, protocol, (ushort)(header + length));
        return header;

        static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static void WriteIpv4(Span<byte> destination, IPAddress source, IPAddress target, IpProtocol protocol, ushort total)
    {
        destination[0] = 4 << 4 | Ipv4Header.MinLength / 4;
        destination[1] = 0;
        WriteUInt16BigEndian(destination[2..], total);
        WriteUInt16BigEndian(destination[4..], 0); // what is not fragmented needs no number (RFC 6864 4.1)
        WriteUInt16BigEndian(destination[6..], 0x4000);
        destination[8] = TimeToLive;
        destination[9] = (byte)protocol;
        WriteUInt16BigEndian(destination[10..], 0);
        source.TryWriteBytes(destination[12..], out _);
        target.TryWriteBytes(destination[16..], out _);
        WriteUInt16BigEndian(destination[10..], InternetChecksum.Finish(InternetChecksum.Add(destination[..Ipv4Header.MinLength])));
    }

    private static void WriteIpv6(Span<byte> destination, IPAddress source, IPAddress target, IpProtocol protocol, ushort payload)
    {
        WriteUInt32BigEndian(destination, 6u << 28);
        WriteUInt16BigEndian(destination[4..], payload);
        destination[6] = (byte)protocol;
        destination[7] = TimeToLive;
        source.TryWriteBytes(destination[8..], out _);
        target.TryWriteBytes(destination[24..], out _);
    }

    // Over the addresses as they were just written.
    private static ushort Checksum(ReadOnlySpan<byte> packet, int ip, IpProtocol protocol, ReadOnlySpan<byte> transport)
    {
        ReadOnlySpan<byte> addresses = ip == Ipv4Header.MinLength ? packet[12..20] : packet[8..40];
        return InternetChecksum.Finish(InternetChecksum.Add(transport, InternetChecksum.Add(addresses, (ulong)protocol + (uint)transport.Length)));
    }
}
