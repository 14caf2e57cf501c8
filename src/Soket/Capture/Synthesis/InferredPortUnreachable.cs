using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Soket.Protocols.Packets;

namespace Soket.Capture.Synthesis;

/// <summary>The ICMP message "port unreachable", in an IP packet. Pure.</summary>
internal static class InferredPortUnreachable
{
    /// <summary>Makes the packet.</summary>
    /// <param name="from">Who says it.</param>
    /// <param name="to">To whom.</param>
    /// <param name="about">The first bytes of the datagram it is about.</param>
    public static byte[] Make(IPAddress from, IPAddress to, ReadOnlySpan<byte> about)
    {
        bool v4 = from.AddressFamily == AddressFamily.InterNetwork;
        int length = IcmpMessage.HeaderLength + about.Length;
        byte[] packet = new byte[(v4 ? Ipv4Header.MinLength : Ipv6Header.FixedLength) + length];
        int header = PacketWriter.WriteIp(packet, from, to, v4 ? IpProtocol.Icmp : IpProtocol.Icmpv6, length);
        Span<byte> message = packet.AsSpan(header);
        message[0] = v4 ? (byte)3 : (byte)1; // destination unreachable (RFC 792, RFC 4443 3.1)
        message[1] = v4 ? (byte)3 : (byte)4; // the port
        about.CopyTo(message[IcmpMessage.HeaderLength..]);
        // RFC 4443 2.3: in IPv6 the addresses, the protocol and the length are summed as well.
        ulong sum = v4 ? 0 : InternetChecksum.Add(packet.AsSpan(8, 32), (ulong)IpProtocol.Icmpv6 + (uint)length);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Finish(InternetChecksum.Add(message, sum)));
        return packet;
    }
}
