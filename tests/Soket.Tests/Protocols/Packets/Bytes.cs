using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Tests.Protocols.Packets;

/// <summary>Packets written by hand.</summary>
internal static class Bytes
{
    /// <summary>A link between 02:00:00:00:00:02 and 02:00:00:00:00:01, up to the type.</summary>
    public const string Link = "020000000001 020000000002 ";

    /// <summary>Bytes as people write them; blanks and line ends between them do not count.</summary>
    public static byte[] Hex(string hex) => Convert.FromHexString(string.Concat(hex.Where(c => !char.IsWhiteSpace(c))));

    /// <summary>An IPv4 packet from 192.0.2.1 to 192.0.2.2 with its checksum.</summary>
    public static byte[] Ipv4(IpProtocol protocol, byte[] data, int fragment = 0, ushort id = 7, string options = "", int? total = null)
    {
        byte[] extra = Hex(options);
        byte[] header = [.. Hex("4500 0000 0000 0000 4000 0000 C0000201 C0000202"), .. extra];
        header[0] = (byte)(0x45 + extra.Length / 4);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(total ?? header.Length + data.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), id);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)fragment);
        header[9] = (byte)protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Checksum(header));
        return [.. header, .. data];
    }

    /// <summary>An IPv6 packet from 2001:db8::1 to 2001:db8::2.</summary>
    public static byte[] Ipv6(IpProtocol next, byte[] data, int? payload = null)
    {
        byte[] header = Hex("6000 0000 0000 0040 20010DB8000000000000000000000001 20010DB8000000000000000000000002");
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)(payload ?? data.Length));
        header[6] = (byte)next;
        return [.. header, .. data];
    }

    /// <summary>A UDP datagram from port 1000 to 53, without a checksum.</summary>
    public static byte[] Udp(byte[] data, int? length = null) =>
        [.. Hex(string.Create(CultureInfo.InvariantCulture, $"03E8 0035 {length ?? data.Length + 8:X4} 0000")), .. data];

    /// <summary>A packet as it comes from a capture.</summary>
    public static CapturedPacket Captured(byte[] bytes, LinkType link = LinkType.RawIp, int? original = null, long nanoseconds = 0) =>
        new() { Nanoseconds = nanoseconds, Link = link, Bytes = bytes, OriginalLength = original ?? bytes.Length };

    /// <summary>A packet taken apart.</summary>
    public static Packet Decode(byte[] bytes, LinkType link = LinkType.RawIp, int? original = null) => Packet.Decode(Captured(bytes, link, original));

    /// <summary>What RFC 1071 says, word by word.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>An address.</summary>
    public static IPAddress Address(string text) => IPAddress.Parse(text);
}
