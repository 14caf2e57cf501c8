namespace Soket.Capture.Internal;

/// <summary>
/// Tells what a segment is against those before it. Where tshark has a name for it (its tcp.analysis fields), the rule is the same but for these:
/// what was seen before is known number by number, so that a segment that fills a gap is told from one that was sent twice by the clock of the
/// sender (RFC 7323) or the numbers of its packets, and by the time that has passed only where these say nothing; a byte sent again while it is unacknowledged is a
/// retransmission and no keep-alive; a keep-alive to a peer without room, as Linux sends it, is a zero-window probe; and of several gaps each is
/// remembered until it is filled, where tshark forgets the others with the first.
/// </summary>
internal static class SegmentReader
{
    // A segment that is late for another way through the network comes within a round trip; without a known one, within this (as tshark has it).
    private const long Late = 3_000_000;

    /// <summary>What a segment is. Takes note of the numbers it fills, of nothing else.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="from">Its sender, as it was before.</param>
    /// <param name="to">The other end.</param>
    /// <param name="roundTrip">The round trip of the handshake, nanoseconds; null where it is not known.</param>
    public static SegmentMarks Read(in Segment segment, TcpEnd from, TcpEnd to, long? roundTrip)
    {
        SegmentMarks marks = Room(segment, from, to);
        if ((marks & SegmentMarks.ZeroWindowProbe) == 0)
            marks |= Place(segment, from, to, (marks & SegmentMarks.KeepAlive) != 0, roundTrip);
        if (segment.Ack && !segment.Rst && to.Sent && IsUnseen(segment, to))
            marks |= SegmentMarks.AckOfUnseen;
        if (IsOutside(segment, from, to) && (marks & SegmentMarks.ZeroWindowProbe) == 0)
            marks |= SegmentMarks.OutOfWindow;
        return marks;
    }

    // Windows, and the segments that carry nothing.
    private static SegmentMarks Room(in Segment segment, TcpEnd from, TcpEnd to)
    {
        SegmentMarks marks = SegmentMarks.None;
        if (segment.IsControl)
            return marks;
        bool full = to.RawWindow == 0;
        if (segment.RawWindow == 0)
            marks |= SegmentMarks.ZeroWindow;
        if (!from.Sent)
            return marks;

        if (segment.Length == 1 && segment.Sequence == from.Next && full)
            return SegmentMarks.ZeroWindowProbe;
        if (segment.Length <= 1 && segment.Sequence == from.Next - 1)
        {
            if (full)
                return marks | SegmentMarks.ZeroWindowProbe;
            if (segment.Length == 0 || from.KnownAcked >= from.Next)
                return marks | SegmentMarks.KeepAlive;
        }

        if (segment.Length > 0)
        {
            if (to.SynSeen && to.RawWindow >= 0 && segment.End == to.LastAck + to.Window)
                marks |= SegmentMarks.WindowFull;
            return marks;
        }

        if (segment.RawWindow == 0 || segment.Sequence != from.Next || !segment.Ack || segment.Acknowledgment != from.LastAck)
            return marks;
        if (segment.RawWindow != from.RawWindow)
            return marks | SegmentMarks.WindowUpdate;
        return marks | ((to.LastMarks & SegmentMarks.KeepAlive) != 0 ? SegmentMarks.KeepAliveAck : SegmentMarks.DuplicateAck);
    }

    // Where its numbers lie: new ones, missing ones, ones that were there before.
    private static SegmentMarks Place(in Segment segment, TcpEnd from, TcpEnd to, bool isKeepAlive, long? roundTrip)
    {
        SegmentMarks marks = SegmentMarks.None;
        if (segment.Rst || !from.Sent)
            return marks;
        if (segment.Sequence > from.Next)
        {
            marks |= SegmentMarks.Gap;
            from.Holes.Open(from.Next, segment.Sequence, segment.Clock);
        }

        long taken = segment.End - segment.Sequence;
        if (taken == 0 || isKeepAlive)
            return marks;
        long fresh = Math.Max(0, segment.End - Math.Max(segment.Sequence, from.Next));
        long filled = from.Holes.Fill(segment.Sequence, Math.Min(segment.End, from.Next), out SenderClock? clock);
        if (!from.SynSeen && segment.Sequence < from.First)
        {
            filled += Math.Min(segment.End, from.First) - segment.Sequence;
            clock ??= from.FirstClock;
        }

        long seen = taken - fresh - filled;
        if (filled > 0)
            marks |= WasSentBefore(segment, clock, from, to, roundTrip) ? SegmentMarks.Retransmission : SegmentMarks.OutOfOrder;
        if (seen > 0)
            marks |= fresh + filled > 0 ? SegmentMarks.Overlap : SegmentMarks.Retransmission;
        return marks;
    }

    // It fills a gap. Either the network was slow with it, or the first copy was lost before the capture and this is the second one.
    private static bool WasSentBefore(in Segment segment, SenderClock? jumped, TcpEnd from, TcpEnd to, long? roundTrip)
    {
        if (jumped is { } other && segment.Clock.IsAfter(other) is { } after)
            return after;
        if (to.DuplicateAcks >= 2 && to.LastAck == segment.Sequence)
            return true; // asked for (RFC 5681 3.2)
        return segment.At - from.NextAt >= (roundTrip ?? Late);
    }

    private static bool IsUnseen(in Segment segment, TcpEnd to)
    {
        // One byte asked whether there is room, and was taken after all.
        long next = to.ProbeAt == to.Next ? to.Next + 1 : to.Next;
        return segment.Acknowledgment > next || to.Holes.First < segment.Acknowledgment;
    }

    // RFC 9293 3.10.7.4, seen from the middle: what the receiver was ever ready to take is known, what it has taken since is not.
    private static bool IsOutside(in Segment segment, TcpEnd from, TcpEnd to)
    {
        if (!from.SynSeen || !to.SynSeen || to.Edge < 0 || segment.Syn)
            return false;
        if (segment.Rst)
            return segment.Sequence < to.HighestAck || segment.Sequence > Math.Max(to.Edge, from.Next);
        return segment.Sequence < 0 || segment.Sequence > to.Edge || (segment.Length > 0 && segment.Sequence == to.Edge);
    }
}
