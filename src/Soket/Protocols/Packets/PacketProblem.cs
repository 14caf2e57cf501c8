namespace Soket.Protocols.Packets;

/// <summary>Why a header could not be read, or could be read only in part.</summary>
public enum PacketProblem
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The bytes end before the header does: the capture kept too few, or it came so.</summary>
    Truncated,

    /// <summary>A length that the header tells cannot be: shorter than the header itself, or longer than what carries it.</summary>
    Length,

    /// <summary>It should be IP, and its version is neither 4 nor 6.</summary>
    Version,

    /// <summary>A later fragment of a datagram: the header that would follow is in the first one (see <see cref="IpReassembler"/>).</summary>
    Fragment,

    /// <summary>What follows is a protocol that is not read here.</summary>
    UnknownProtocol,

    /// <summary>More VLAN tags or extension headers than anybody sends.</summary>
    TooManyHeaders,

    /// <summary>The capture's link type is not read here.</summary>
    UnknownLink,
}
