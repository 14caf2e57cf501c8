namespace Soket.Protocols.Packets;

/// <summary>What an Ethernet frame carries (IANA's IEEE 802 numbers); others than those named occur.</summary>
public enum EtherType : ushort
{
    /// <summary>Not told: an IEEE 802.3 frame that tells its length in the place of a type, or a link that has no such field.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    Ipv4 = 0x0800,

    /// <summary>ARP.</summary>
    Arp = 0x0806,

    /// <summary>A VLAN tag (IEEE 802.1Q).</summary>
    Vlan = 0x8100,

    /// <summary>IPv6.</summary>
    Ipv6 = 0x86dd,

    /// <summary>A service provider's VLAN tag (IEEE 802.1ad).</summary>
    ServiceVlan = 0x88a8,

    /// <summary>A stacked VLAN tag, as switches wrote it before 802.1ad.</summary>
    OldServiceVlan = 0x9100,
}
