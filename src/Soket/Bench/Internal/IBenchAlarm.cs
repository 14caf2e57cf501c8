namespace Soket.Bench.Internal;

/// <summary>Wakes a worker.</summary>
internal interface IBenchAlarm : IAsyncDisposable
{
    /// <summary>Rings once, when this time has passed, and no more at the one set before.</summary>
    /// <param name="nanoseconds">From now on, 0 or more; <see cref="long.MaxValue"/> for never.</param>
    void Set(long nanoseconds);
}
