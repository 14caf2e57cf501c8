using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

// The checksum of IPv4, ICMP, TCP and UDP (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words.
internal static class InternetChecksum
{
    // A sum may be carried on from one piece to the next where the piece before had an even length.
    public static ulong Add(ReadOnlySpan<byte> bytes, ulong sum = 0)
    {
        // Words of 32 bits add up to the same, once they are folded (RFC 1071 2).
        for (; bytes.Length >= 4; bytes = bytes[4..])
            sum += ReadUInt32BigEndian(bytes);
        if (bytes.Length >= 2)
        {
            sum += ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        return bytes.Length == 1 ? sum + ((ulong)bytes[0] << 8) : sum;
    }

    // What the two ends, the protocol and the length add to it for TCP, UDP and ICMPv6 (RFC 9293 3.1, RFC 8200 8.1).
    public static ulong AddPseudoHeader(UInt128 source, UInt128 destination, IpProtocol protocol, int length) =>
        Words(source) + Words(destination) + (ulong)protocol + (uint)length;

    // 0 where the sum was taken over a right checksum too.
    public static ushort Finish(ulong sum)
    {
        while (sum > ushort.MaxValue)
            sum = (sum >> 16) + (sum & ushort.MaxValue);
        return (ushort)~sum;
    }

    // In 32 bits each: four of them do not overflow, as two of 64 bits would.
    private static ulong Words(UInt128 address) =>
        (uint)(address >> 96) + (ulong)(uint)(address >> 64) + (uint)(address >> 32) + (uint)address;
}
