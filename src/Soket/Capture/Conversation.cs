using System.Net;
using Soket.Events;

namespace Soket.Capture;

/// <summary>What carries a conversation.</summary>
public enum ConversationKind
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,
}

/// <summary>Two endpoints and what went between them, in the order it was captured.</summary>
public sealed class Conversation
{
    /// <summary>Its number in the capture, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What carries it.</summary>
    public required ConversationKind Kind { get; init; }

    /// <summary>The end that began: the sender of the SYN; where none was captured, the one with the higher port; on UDP the first sender.</summary>
    public required IPEndPoint Initiator { get; init; }

    /// <summary>The other end.</summary>
    public required IPEndPoint Responder { get; init; }

    /// <summary>Whether the beginning was captured (a SYN; always so for UDP).</summary>
    public bool SawBeginning { get; internal set; }

    /// <summary>Its packets, at most <see cref="ConversationTracker.PacketLimit"/>: the first ones, with <see cref="Dropped"/> told.</summary>
    public IReadOnlyList<TracedPacket> Packets => _packets;

    /// <summary>Packets that were counted and not kept.</summary>
    public long Dropped { get; internal set; }

    /// <summary>Packets of the end that began, kept or not; without ICMP errors.</summary>
    public long InitiatorPackets { get; internal set; }

    /// <summary>Packets of the other end: 0 where nobody answered.</summary>
    public long ResponderPackets { get; internal set; }

    /// <summary>Bytes of data that the end that began sent, what it sent again included.</summary>
    public long InitiatorBytes { get; internal set; }

    /// <summary>Bytes of data that the other end sent, what it sent again included.</summary>
    public long ResponderBytes { get; internal set; }

    /// <summary>ICMP errors about this conversation.</summary>
    public long IcmpErrors { get; internal set; }

    /// <summary>Segments with <see cref="SegmentMarks.Retransmission"/>.</summary>
    public long Retransmissions { get; internal set; }

    /// <summary>What the marks of all its segments were.</summary>
    public SegmentMarks Marks { get; internal set; }

    /// <summary>From the SYN to the acknowledgement of its answer: one round trip, wherever between the ends the capture stood. Null where the handshake was not captured whole.</summary>
    public TimeSpan? HandshakeRoundTrip { get; internal set; }

    /// <summary>When the first packet was captured: nanoseconds since 1970-01-01 00:00 UTC.</summary>
    public long FirstNanoseconds { get; internal set; }

    /// <summary>When the last one was.</summary>
    public long LastNanoseconds { get; internal set; }

    /// <summary>From the first packet to the last.</summary>
    public TimeSpan Duration => TimeSpan.FromTicks((LastNanoseconds - FirstNanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>The application's protocol, where one was found: <c>HTTP</c>, <c>DNS</c>, <c>TLS</c>, <c>WebSocket</c>.</summary>
    public string? Application { get; internal set; }

    /// <summary>The state of the end that began, after the last packet. None for UDP.</summary>
    public SocketState InitiatorState { get; internal set; }

    /// <summary>The state of the other end.</summary>
    public SocketState ResponderState { get; internal set; }

    internal readonly List<TracedPacket> _packets = [];
}
