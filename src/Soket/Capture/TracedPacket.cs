using Soket.Events;
using Soket.Protocols.Packets;

namespace Soket.Capture;

/// <summary>One packet in its conversation: what it says, what it is against those before it, and the states it leaves both ends in.</summary>
public sealed record TracedPacket
{
    /// <summary>Its place in the capture, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>When: nanoseconds since 1970-01-01 00:00 UTC.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>Whether the end that began the conversation sent it.</summary>
    public required bool FromInitiator { get; init; }

    /// <summary>TCP's flags; none for UDP and ICMP.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>TCP: the sequence number of the first byte, counted from the sender's SYN (0). Where that was not captured, the first segment that was counts as 1, as though the SYN stood before it.</summary>
    public long Sequence { get; init; }

    /// <summary>TCP: the next byte awaited from the peer, counted from the peer's SYN; 0 where it lies before what was captured first; -1 without the flag ACK.</summary>
    public long Acknowledgment { get; init; } = -1;

    /// <summary>TCP: the room that is left, in bytes, scaled where the handshake with its scale was seen; -1 for other protocols.</summary>
    public long Window { get; init; } = -1;

    /// <summary>TCP: the options of the header; null for other protocols.</summary>
    public TcpOptions? Options { get; init; }

    /// <summary>How many bytes of data it carries, on the wire.</summary>
    public required int Length { get; init; }

    /// <summary>What it is, against those before it.</summary>
    public SegmentMarks Marks { get; init; }

    /// <summary>The state of the end that began, after this packet; always concluded from packets, never told by the system. None for UDP, and for an end that was asked and has not shown yet that it is there.</summary>
    public SocketState InitiatorState { get; init; }

    /// <summary>The state of the other end.</summary>
    public SocketState ResponderState { get; init; }

    /// <summary>What of the application's protocol ended in this packet, in order: <c>GET / HTTP/1.1</c>, <c>ClientHello, SNI example.com</c>. Peers' words: to be shown as such.</summary>
    public IReadOnlyList<ApplicationMessage> Messages { get; init; } = [];

    /// <summary>The first bytes of the data, at most 64, copied.</summary>
    public ReadOnlyMemory<byte> Preview { get; init; }

    /// <summary>An ICMP error about this conversation: its type and code in words ("port unreachable"); null for others.</summary>
    public string? Icmp { get; init; }

    /// <summary>Whether it is a fragment of a datagram, whose transport header only the first carries.</summary>
    public bool Fragment { get; init; }

    /// <summary>Whether it was never captured but concluded from the calls of a socket.</summary>
    public bool Inferred { get; init; }

    /// <summary>What was written beside it in the capture.</summary>
    public string? Comment { get; init; }
}
