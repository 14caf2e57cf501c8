namespace Soket.Protocols.Packets;

/// <summary>What IP carries: IPv4's protocol and IPv6's next header (IANA's protocol numbers); others than those named occur.</summary>
public enum IpProtocol : byte
{
    /// <summary>IPv6: options that each router on the way reads (RFC 8200 4.3).</summary>
    HopByHop = 0,

    /// <summary>ICMP (RFC 792).</summary>
    Icmp = 1,

    /// <summary>IGMP.</summary>
    Igmp = 2,

    /// <summary>IPv4 within IP.</summary>
    Ipv4 = 4,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,

    /// <summary>IPv6 within IP.</summary>
    Ipv6 = 41,

    /// <summary>IPv6: the way to go (RFC 8200 4.4).</summary>
    Routing = 43,

    /// <summary>IPv6: a fragment (RFC 8200 4.5).</summary>
    Fragment = 44,

    /// <summary>GRE.</summary>
    Gre = 47,

    /// <summary>Encrypted (RFC 4303).</summary>
    Esp = 50,

    /// <summary>Authenticated (RFC 4302).</summary>
    Authentication = 51,

    /// <summary>ICMPv6 (RFC 4443).</summary>
    Icmpv6 = 58,

    /// <summary>IPv6: nothing follows (RFC 8200 4.7).</summary>
    NoNextHeader = 59,

    /// <summary>IPv6: options for the destination (RFC 8200 4.6).</summary>
    DestinationOptions = 60,

    /// <summary>SCTP.</summary>
    Sctp = 132,
}
