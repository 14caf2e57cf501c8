namespace Soket.Tests.Hosting;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = []; // under _lock
    private long _now = 1;                           // under _lock
    private TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously); // under _lock

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Ends the next time somebody asks what time it is.</summary>
    public Task NextRead
    {
        get
        {
            lock (_lock)
                return _read.Task;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            _read.TrySetResult();
            _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _now;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return DateTimeOffset.UnixEpoch.AddTicks(_now);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_lock)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += by.Ticks;
            due = [.. _timers.Where(timer => timer.IsDue(_now))];
        }

        foreach (ManualTimer timer in due)
            timer.Fire();
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long? _due;      // under the clock's lock
        private TimeSpan _period;

        public bool IsDue(long now)
        {
            if (_due is not { } due || due > now)
                return false;
            // However many periods have passed, it fires once: PeriodicTimer would merge them as well.
            _due = _period > TimeSpan.Zero ? now + _period.Ticks : null;
            return true;
        }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool now;
            lock (time._lock)
            {
                _period = period;
                now = dueTime == TimeSpan.Zero;
                _due = dueTime == Timeout.InfiniteTimeSpan || now ? null : time._now + dueTime.Ticks;
            }

            if (now)
                Fire();
            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
