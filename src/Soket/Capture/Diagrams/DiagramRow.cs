using Soket.Events;

namespace Soket.Capture.Diagrams;

/// <summary>What a row of a diagram shows.</summary>
public enum DiagramRowKind
{
    /// <summary>A packet, with the calls that belong to it.</summary>
    Packet,

    /// <summary>A call that no packet belongs to.</summary>
    Call,

    /// <summary>Many packets that are alike, counted.</summary>
    Fold,

    /// <summary>Nothing came to who waited for an answer.</summary>
    Silence,

    /// <summary>Packets that were counted and not kept.</summary>
    Dropped,
}

/// <summary>What became of a datagram, as far as the packets and the calls show it.</summary>
public enum DatagramFate
{
    /// <summary>Nothing is to be said.</summary>
    None,

    /// <summary>Nothing came back before its sender sent the next one, and none of what came later can be its answer.</summary>
    NoAnswerBeforeNext,

    /// <summary>Nothing came back at all.</summary>
    NoAnswer,

    /// <summary>The socket it was for was watched, and never received it.</summary>
    NotReceived,
}

/// <summary>One row of a diagram, from top to bottom in the order of time. Knows no language.</summary>
public sealed record DiagramRow
{
    /// <summary>What it shows.</summary>
    public required DiagramRowKind Kind { get; init; }

    /// <summary>The packet; null for other kinds.</summary>
    public TracedPacket? Packet { get; init; }

    /// <summary>What was folded; null for other kinds.</summary>
    public DiagramFold? Fold { get; init; }

    /// <summary>How many packets were not kept; 0 for other kinds.</summary>
    public long Dropped { get; init; }

    /// <summary>When: nanoseconds since the first row; -1 where no time belongs to it.</summary>
    public long Since { get; init; } = -1;

    /// <summary>Nanoseconds since the row before that has a time; 0 for the first.</summary>
    public long Delay { get; init; }

    /// <summary>Calls of the end that began, in order; empty mostly.</summary>
    public IReadOnlyList<DiagramCall> InitiatorCalls { get; init; } = [];

    /// <summary>Calls of the other end.</summary>
    public IReadOnlyList<DiagramCall> ResponderCalls { get; init; } = [];

    /// <summary>The state that the end which began is in from here on; <see cref="SocketState.None"/> where it is the same as before.</summary>
    public SocketState InitiatorState { get; init; }

    /// <summary>The state that the other end is in from here on.</summary>
    public SocketState ResponderState { get; init; }

    /// <summary>What became of the datagram.</summary>
    public DatagramFate Fate { get; init; }
}
