namespace Soket.Capture.Internal;

/// <summary>Numbers that were jumped over: bytes that a later segment left out.</summary>
/// <param name="From">The first of them.</param>
/// <param name="To">The one behind the last.</param>
/// <param name="Clock">When the segment that jumped over them was sent.</param>
internal readonly record struct SequenceHole(long From, long To, SenderClock Clock);

/// <summary>
/// Which numbers of a direction were not seen yet, though later ones were: what tells a late segment from one that was sent twice. Bounded: the
/// oldest hole is forgotten, and what fills it later passes for sent before.
/// </summary>
internal sealed class SequenceHoles
{
    private const int Most = 64;

    private readonly List<SequenceHole> _holes = [];

    /// <summary>Where the first hole begins; null where there is none.</summary>
    public long? First => _holes.Count == 0 ? null : _holes[0].From;

    public void Open(long from, long to, SenderClock clock)
    {
        _holes.Add(new(from, to, clock));
        Trim();
    }

    /// <summary>Takes out of the holes what a segment brings.</summary>
    /// <param name="from">Its first number.</param>
    /// <param name="to">The one behind its last.</param>
    /// <param name="clock">When the segment that had jumped over it was sent.</param>
    /// <returns>How many numbers were missing until now.</returns>
    public long Fill(long from, long to, out SenderClock? clock)
    {
        long filled = 0;
        clock = null;
        for (int i = 0; i < _holes.Count; i++)
        {
            SequenceHole hole = _holes[i];
            long left = Math.Max(from, hole.From), right = Math.Min(to, hole.To);
            if (left >= right)
                continue;
            filled += right - left;
            clock ??= hole.Clock;
            _holes.RemoveAt(i--);
            if (right < hole.To)
                _holes.Insert(i + 1, hole with { From = right });
            if (left > hole.From)
                _holes.Insert(++i, hole with { To = left });
            if (right < hole.To)
                i++;
        }

        // What lies in the middle of a hole makes two of it.
        Trim();
        return filled;
    }

    /// <summary>Forgets the holes below a number: the peer has what was in them, whether it was captured or not.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Forget(long below)
    {
        bool any = false;
        while (_holes.Count > 0 && _holes[0].From < below)
        {
            any = true;
            SequenceHole hole = _holes[0];
            _holes.RemoveAt(0);
            if (hole.To > below)
                _holes.Insert(0, hole with { From = below });
            if (hole.To > below)
                break;
        }

        return any;
    }

    // The first is the oldest, and the one that is acknowledged soonest: what comes next fills a later one.
    private void Trim()
    {
        if (_holes.Count > Most)
            _holes.RemoveRange(0, _holes.Count - Most);
    }
}
