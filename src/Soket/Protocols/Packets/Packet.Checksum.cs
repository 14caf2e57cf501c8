namespace Soket.Protocols.Packets;

public sealed partial class Packet
{
    /// <summary>Whether the checksum of TCP, UDP or ICMP is right. Null where that cannot be told: there is none or not yet (<see cref="CapturedPacket.ChecksumPending"/>), not all of the packet
    /// was captured or it is a fragment, or a routing header hides the address that it was taken over. In a file, a packet of its sender may lack it and nothing says so.</summary>
    public bool? HasRightChecksum()
    {
        if (IsFragment || Captured.ChecksumPending || Ip.Length < IpLength || Ipv6?.Extensions.Any(extension => extension.Kind == IpProtocol.Routing) == true)
            return null;
        ReadOnlySpan<byte> transport = Ip.Span[TransportOffset..];
        if (Udp is { } udp)
        {
            if ((udp.Checksum == 0 && Ipv4 is not null) || udp.Length is > 0 and < UdpHeader.HeaderLength || udp.Length > transport.Length)
                return null;
            if (udp.Length > 0)
                transport = transport[..udp.Length];
        }
        else if (Icmp is { Version6: false })
        {
            return InternetChecksum.Finish(InternetChecksum.Add(transport)) == 0;
        }
        else if (Tcp is null && Icmp is null)
        {
            return null;
        }

        ulong sum = Ipv4 is { } ipv4
            ? InternetChecksum.AddPseudoHeader(ipv4.SourceValue, ipv4.DestinationValue, ipv4.Protocol, transport.Length)
            : InternetChecksum.AddPseudoHeader(Ipv6!.Value.SourceValue, Ipv6.Value.DestinationValue, Ipv6.Value.Protocol, transport.Length);
        return InternetChecksum.Finish(InternetChecksum.Add(transport, sum)) == 0;
    }
}
