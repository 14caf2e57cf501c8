namespace Soket.Protocols.Packets;

/// <summary>What the first bytes of a captured packet are: the LINKTYPE_ values of capture files (draft-ietf-opsawg-pcaplinktype).</summary>
public enum LinkType
{
    /// <summary>BSD loopback: the address family as four bytes in the byte order of the machine that captured.</summary>
    Null = 0,

    /// <summary>Ethernet (IEEE 802.3).</summary>
    Ethernet = 1,

    /// <summary>IP, whose version the first four bits tell.</summary>
    RawIp = 101,

    /// <summary>OpenBSD loopback: the address family as four bytes in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1: what the pseudo device <c>any</c> gave.</summary>
    LinuxCooked = 113,

    /// <summary>IPv4 only.</summary>
    Ipv4 = 228,

    /// <summary>IPv6 only.</summary>
    Ipv6 = 229,

    /// <summary>Linux "cooked" capture, version 2: with the index of the interface.</summary>
    LinuxCooked2 = 276,
}
