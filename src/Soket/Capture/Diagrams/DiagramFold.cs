namespace Soket.Capture.Diagrams;

/// <summary>A run of packets that are drawn as one row.</summary>
public sealed record DiagramFold
{
    /// <summary>The packets, in order.</summary>
    public required IReadOnlyList<TracedPacket> Packets { get; init; }

    /// <summary>Bytes of data from the end that began the conversation, those sent again among them.</summary>
    public required long InitiatorBytes { get; init; }

    /// <summary>Bytes of data from the other end.</summary>
    public required long ResponderBytes { get; init; }

    /// <summary>How many calls stood beside them.</summary>
    public required int Calls { get; init; }

    /// <summary>How many of the packets carry a mark.</summary>
    /// <param name="mark">One mark.</param>
    public int Count(SegmentMarks mark) => Packets.Count(packet => (packet.Marks & mark) != 0);
}
