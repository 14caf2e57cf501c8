namespace Soket.Middleware.Rates;

/// <summary>When the next piece may move. One caller at a time.</summary>
internal sealed class Pace(long bytesPerSecond, TimeProvider time)
{
    private long _paidFor = time.GetTimestamp(); // until when what has moved so far takes at this rate

    /// <summary>How many bytes move in a tenth of a second; at least one.</summary>
    public int Piece { get; } = (int)Math.Clamp(bytesPerSecond / 10, 1, 64 * 1024);

    /// <summary>Bytes have moved. Time in which nothing moved is not saved up.</summary>
    public void Moved(long bytes) => _paidFor = Math.Max(_paidFor, time.GetTimestamp()) + (long)((double)bytes / bytesPerSecond * time.TimestampFrequency);

    /// <summary>Ends when the next piece may move.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan left = time.GetElapsedTime(time.GetTimestamp(), _paidFor);
            if (left <= TimeSpan.Zero)
                return;
            // A timer knows whole milliseconds only, and none longer than 49 days.
            TimeSpan pause = left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : left;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
