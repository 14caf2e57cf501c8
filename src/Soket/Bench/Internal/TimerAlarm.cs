namespace Soket.Bench.Internal;

/// <summary>A clock's own timer: it works everywhere, and is good to a millisecond or so.</summary>
internal sealed class TimerAlarm(TimeProvider time, Action ring) : IBenchAlarm
{
    private readonly ITimer _timer = time.CreateTimer(static ring => ((Action)ring!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Set(long nanoseconds)
    {
        // Rounded up: a timer that rings too early would have to be set again.
        TimeSpan wait = nanoseconds == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Min(int.MaxValue / 2, (nanoseconds + 999_999) / 1_000_000));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
