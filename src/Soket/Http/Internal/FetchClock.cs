using System.Diagnostics;

namespace Soket.Http.Internal;

/// <summary>The time of one fetch: when it began, and when all of it must have ended.</summary>
internal sealed class FetchClock : IDisposable
{
    private readonly long _epoch = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _total;

    public FetchClock(TimeSpan? total, CancellationToken user)
    {
        User = user;
        _total = CancellationTokenSource.CreateLinkedTokenSource(user);
        if (total is { } limit)
            _total.CancelAfter(limit);
    }

    /// <summary>Cancelled by whoever asked.</summary>
    public CancellationToken User { get; }

    /// <summary>Cancelled by them, or because the time of all of it is up.</summary>
    public CancellationToken Token => _total.Token;

    public TimeSpan Now => Stopwatch.GetElapsedTime(_epoch);

    /// <summary>The time of a time stamp of <see cref="Stopwatch"/>.</summary>
    public TimeSpan At(long timestamp) => Stopwatch.GetElapsedTime(_epoch, timestamp);

    public void Dispose() => _total.Dispose();
}
