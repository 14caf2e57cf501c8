using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>Which segments of one direction carried which bytes first.</summary>
internal sealed class StreamSegments
{
    private readonly List<(long Start, long End, int Index)> _stretches = []; // by Start, none over another

    public StreamSegments(IReadOnlyList<TracedPacket> packets, bool fromInitiator)
    {
        for (int i = 0; i < packets.Count; i++)
        {
            TracedPacket packet = packets[i];
            if (packet.FromInitiator != fromInitiator || packet.Length == 0 || packet.Icmp is not null || (packet.Marks & (SegmentMarks.OutOfWindow | SegmentMarks.AfterClose)) != 0)
                continue;
            long start = packet.Sequence + (packet.Flags.HasFlag(TcpFlags.Syn) ? 1 : 0);
            Add(start, start + packet.Length, i);
        }
    }

    /// <summary>The segment that first carried a byte; -1 where none did.</summary>
    /// <param name="number">The byte's sequence number.</param>
    public int Carrying(long number)
    {
        int at = FirstEndingAfter(number);
        return at < _stretches.Count && _stretches[at].Start <= number ? _stretches[at].Index : -1;
    }

    /// <summary>The segments that carried a stretch of bytes: the first that came, the last, and how many there were; -1, -1, 0 where a byte of them is missing.</summary>
    /// <param name="number">The first byte's sequence number.</param>
    /// <param name="count">How many bytes.</param>
    public (int First, int Last, int Count) Carrying(long number, long count)
    {
        int first = int.MaxValue, last = -1;
        var segments = new HashSet<int>();
        long at = number;
        for (int i = FirstEndingAfter(number); at < number + count; i++)
        {
            if (i >= _stretches.Count || _stretches[i].Start > at)
                return (-1, -1, 0);
            first = Math.Min(first, _stretches[i].Index);
            last = Math.Max(last, _stretches[i].Index);
            segments.Add(_stretches[i].Index);
            at = _stretches[i].End;
        }

        return (first, last, segments.Count);
    }

    // Only the bytes that are new in it; mostly all of them, at the end.
    private void Add(long start, long end, int index)
    {
        int at = FirstEndingAfter(start);
        while (start < end)
        {
            long until = at < _stretches.Count ? Math.Min(end, _stretches[at].Start) : end;
            if (start < until)
                _stretches.Insert(at++, (start, until, index));
            if (at == _stretches.Count)
                return;
            start = Math.Max(start, _stretches[at++].End);
        }
    }

    private int FirstEndingAfter(long number)
    {
        int low = 0, high = _stretches.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_stretches[middle].End <= number)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
