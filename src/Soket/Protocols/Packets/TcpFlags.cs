using System.Diagnostics.CodeAnalysis;

namespace Soket.Protocols.Packets;

/// <summary>The flags of a TCP segment, as bits of its header (RFC 9293 3.1, RFC 3168 6.1).</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "They are what TCP calls them.")]
public enum TcpFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The sender has no more to send.</summary>
    Fin = 0x001,

    /// <summary>The sender begins: its sequence number is the first.</summary>
    Syn = 0x002,

    /// <summary>The connection is no more.</summary>
    Rst = 0x004,

    /// <summary>Hand it to the program now.</summary>
    Psh = 0x008,

    /// <summary>The acknowledgment number holds.</summary>
    Ack = 0x010,

    /// <summary>The urgent pointer holds.</summary>
    Urg = 0x020,

    /// <summary>There was congestion; in a SYN: congestion is understood.</summary>
    Ece = 0x040,

    /// <summary>The sender has slowed down.</summary>
    Cwr = 0x080,

    /// <summary>Accurate congestion notification (RFC 9768); once the nonce sum.</summary>
    Ae = 0x100,
}
