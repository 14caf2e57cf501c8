namespace Soket.Bench.Internal;

/// <summary>What became of a numbered datagram that came back.</summary>
internal enum DatagramArrival
{
    /// <summary>It came for the first time, in time.</summary>
    Fresh,

    /// <summary>It came once more.</summary>
    Duplicate,

    /// <summary>It has been given up as lost already.</summary>
    Late,

    /// <summary>Its number was never sent.</summary>
    Unknown,
}

/// <summary>
/// Keeps account of one socket's numbered datagrams: which came back, how often, in which order (RFC 4737 3: reordered is one with a smaller number than one that
/// came before), and the jitter of what came (RFC 3550 6.4.1). Pure: the times are given.
/// </summary>
/// <param name="window">How many numbers are remembered, a power of two: what is older and has not come back is lost.</param>
internal sealed class DatagramFlow(int window)
{
    private readonly long[] _sentAt = new long[window];
    private readonly bool[] _came = new bool[window];
    private long _oldest;       // the smallest number not settled
    private long _highest = -1; // the largest number that came back
    private long _transit;      // of the one that came last, ns
    private bool _hasTransit;

    /// <summary>The number of the next datagram.</summary>
    public long Next { get; private set; }

    /// <summary>Datagrams that did not come back.</summary>
    public long Lost { get; private set; }

    /// <summary>Those that came back for the first time after one with a larger number.</summary>
    public long Reordered { get; private set; }

    /// <summary>The smoothed jitter, ns.</summary>
    public double Jitter { get; private set; }

    /// <summary>Whether two have come back, so that there is a jitter.</summary>
    public bool HasJitter { get; private set; }

    /// <summary>Datagrams that are neither back nor lost.</summary>
    public int Pending { get; private set; }

    /// <summary>A datagram is sent: gives its number.</summary>
    /// <param name="now">When, ns.</param>
    public long Sent(long now)
    {
        if (Next - _oldest == window)
            SettleOldest();
        int place = (int)(Next & (window - 1));
        (_sentAt[place], _came[place]) = (now, false);
        Pending++;
        return Next++;
    }

    /// <summary>A datagram came back.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="sentAt">When it was sent, as it says itself, ns.</param>
    /// <param name="now">When it came, ns.</param>
    public DatagramArrival Came(long number, long sentAt, long now)
    {
        if (number >= Next || number < 0)
            return DatagramArrival.Unknown;
        if (number < _oldest)
            return Next - number > window || !_came[number & (window - 1)] ? DatagramArrival.Late : DatagramArrival.Duplicate;
        int place = (int)(number & (window - 1));
        if (_came[place])
            return DatagramArrival.Duplicate;

        _came[place] = true;
        Pending--;
        if (number < _highest)
            Reordered++;
        _highest = Math.Max(_highest, number);
        Smooth(now - sentAt);
        while (_oldest < Next && _came[_oldest & (window - 1)])
            _oldest++;
        return DatagramArrival.Fresh;
    }

    /// <summary>Gives up what was sent before a moment and has not come back; gives how many.</summary>
    public long GiveUp(long sentBefore)
    {
        long before = Lost;
        while (_oldest < Next && (_came[_oldest & (window - 1)] || _sentAt[_oldest & (window - 1)] < sentBefore))
            SettleOldest();
        return Lost - before;
    }

    private void SettleOldest()
    {
        if (!_came[_oldest & (window - 1)])
        {
            Lost++;
            Pending--;
        }

        _oldest++;
    }

    // J += (|D| - J) / 16, D being the difference between two transits that follow each other.
    private void Smooth(long transit)
    {
        if (_hasTransit)
        {
            Jitter += (Math.Abs(transit - _transit) - Jitter) / 16;
            HasJitter = true;
        }

        (_transit, _hasTransit) = (transit, true);
    }
}
