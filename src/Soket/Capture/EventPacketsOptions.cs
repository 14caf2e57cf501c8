using System.Net;

namespace Soket.Capture;

/// <summary>Which packets <see cref="EventPackets"/> concludes, and what it cannot see in the events.</summary>
public sealed record EventPacketsOptions
{
    /// <summary>The packets of TCP and UDP sockets. Not wanted where these are captured.</summary>
    public bool Carriers { get; init; } = true;

    /// <summary>What TLS carried, in the clear: a conversation of its own beside the encrypted one, on another port of the server (<see cref="PlainTextPort"/>).</summary>
    public bool PlainText { get; init; } = true;

    /// <summary>
    /// The address that this machine sends from to a peer, where a socket's own address is not told: bound to any, or never connected. Null, or
    /// null for an answer: loopback for a loopback peer, else the unspecified address.
    /// </summary>
    public Func<IPAddress, IPAddress?>? SourceFor { get; init; }

    /// <summary>How many times a SYN is sent again a second apart before the waits double: Linux's net.ipv4.tcp_syn_linear_timeouts (6.5 and later). 0: RFC 6298 alone.</summary>
    public int LinearSynTimeouts { get; init; }

    /// <summary>
    /// The port under which the plain text of a TLS port stands, so that it is not taken for the encrypted bytes and is read by what it is: the
    /// protocol's own port without TLS where there is one (443: 80), else the same with 10,000 added (or taken away above 55,535).
    /// </summary>
    /// <param name="port">The port of the server.</param>
    public static int PlainTextPort(int port) => port switch
    {
        443 => 80,
        465 => 25,
        636 => 389,
        853 => 53,
        990 => 21,
        993 => 143,
        995 => 110,
        5061 => 5060,
        5671 => 5672,
        6697 => 6667,
        8443 => 8080,
        8883 => 1883,
        > 55_535 => port - 10_000,
        _ => port + 10_000,
    };
}
