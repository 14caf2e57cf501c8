using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>
/// Folds long runs of packets that are alike: data and acknowledgements in which nothing begins, ends, stalls or changes. Where even so too much would be
/// left, messages that were understood and stalls are folded as well.
/// </summary>
internal static class RowFolding
{
    private const int Head = 3;
    private const int Tail = 2;

    // More than this nobody reads to its end.
    private const int ManyRows = 200;

    private const SegmentMarks Stalls = SegmentMarks.ZeroWindow | SegmentMarks.WindowFull | SegmentMarks.ZeroWindowProbe | SegmentMarks.KeepAlive | SegmentMarks.KeepAliveAck;

    public static List<DiagramRow> Fold(List<DiagramRow> rows, int foldAfter)
    {
        List<DiagramRow> folded = Fold(rows, foldAfter, all: false);
        return folded.Count > ManyRows ? Fold(rows, foldAfter, all: true) : folded;
    }

    private static List<DiagramRow> Fold(List<DiagramRow> rows, int foldAfter, bool all)
    {
        var folded = new List<DiagramRow>();
        for (int i = 0; i < rows.Count;)
        {
            int end = i;
            while (end < rows.Count && IsDull(rows[end], all) && (all || end == i || rows[end].Since - rows[end - 1].Since < DiagramLayout.LongDelay))
                end++;
            int packets = rows.Skip(i).Take(end - i).Count(static row => row.Packet is not null);
            if (packets > Math.Max(foldAfter, Head + Tail + 1))
            {
                int from = IndexAfter(rows, i, Head), to = end;
                for (int tail = 0; tail < Tail; to--)
                    tail += rows[to - 1].Packet is not null ? 1 : 0;
                folded.AddRange(rows.GetRange(i, from - i));
                folded.Add(One(rows.GetRange(from, to - from)));
                folded.AddRange(rows.GetRange(to, end - to));
            }
            else
            {
                folded.AddRange(rows.GetRange(i, end - i));
            }

            // What ended the run: itself no part of one, or the first row after a long wait, where the next one begins.
            if (end < rows.Count && !IsDull(rows[end], all))
                folded.Add(rows[end++]);
            i = end;
        }

        return folded;
    }

    private static int IndexAfter(List<DiagramRow> rows, int start, int packets)
    {
        for (int seen = 0; seen < packets; start++)
            seen += rows[start].Packet is not null ? 1 : 0;
        return start;
    }

    private static bool IsDull(DiagramRow row, bool all)
    {
        if (row.InitiatorState != SocketState.None || row.ResponderState != SocketState.None || row.Kind is not (DiagramRowKind.Packet or DiagramRowKind.Call))
            return false;
        if (!row.InitiatorCalls.Concat(row.ResponderCalls).All(static call => call.Event is { Call: SocketCall.Send or SocketCall.SendTo or SocketCall.Receive or SocketCall.ReceiveFrom, Failure: null, Moved: not 0 }))
            return false;
        return row.Packet is not { } packet
            || (packet is { Icmp: null } && (packet.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) == 0 && (all || (packet.Messages.Count == 0 && (packet.Marks & Stalls) == 0))
                && (packet.Comment is null || packet.Inferred) && (packet.Marks & (SegmentMarks.Conflict | SegmentMarks.AfterClose)) == 0);
    }

    private static DiagramRow One(List<DiagramRow> rows)
    {
        List<TracedPacket> packets = [.. rows.Where(static row => row.Packet is not null).Select(static row => row.Packet!)];
        return new()
        {
            Kind = DiagramRowKind.Fold,
            Since = packets[0].Nanoseconds,
            Fold = new()
            {
                Packets = packets,
                InitiatorBytes = packets.Where(static packet => packet.FromInitiator).Sum(static packet => (long)packet.Length),
                ResponderBytes = packets.Where(static packet => !packet.FromInitiator).Sum(static packet => (long)packet.Length),
                Calls = rows.Sum(static row => row.InitiatorCalls.Count + row.ResponderCalls.Count),
            },
        };
    }
}
