namespace Soket.Options;

/// <summary>How an option's value is written by people and laid out for the system.</summary>
public enum SocketOptionKind
{
    /// <summary>On or off; an int to the system.</summary>
    Flag,

    /// <summary>A number; an int to the system.</summary>
    Number,

    /// <summary>A size in bytes; an int to the system. The kernel may keep another value than the one set.</summary>
    Bytes,

    /// <summary>A time; a <c>struct timeval</c> (milliseconds on Windows). Also a deadline of Soket's own, since the system's does not reach asynchronous calls.</summary>
    Timeout,

    /// <summary>A time in whole seconds; an int to the system.</summary>
    Seconds,

    /// <summary>A time in milliseconds; an int to the system.</summary>
    Milliseconds,

    /// <summary>Off, or on with a number of seconds; a <c>struct linger</c>.</summary>
    Linger,

    /// <summary>A name of up to 15 bytes.</summary>
    Text,

    /// <summary>A differentiated services code point, 0 to 63 or by name (<see cref="Dscp"/>); the upper six bits of an int.</summary>
    Dscp,

    /// <summary>A multicast group and maybe an interface, <c>239.1.2.3%eth0</c>; a <c>struct ip_mreqn</c> or <c>ipv6_mreq</c>.</summary>
    Group,

    /// <summary>A network interface by name, number or address.</summary>
    Interface,
}
