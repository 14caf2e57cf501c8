namespace Soket.Bench.Internal;

/// <summary>When a worker's part of an open loop is due: every so manieth of all.</summary>
/// <param name="schedule">The schedule of all workers.</param>
/// <param name="worker">The worker, from 0.</param>
/// <param name="workers">How many share the schedule.</param>
internal struct DueTimes(ArrivalSchedule schedule, int worker, int workers)
{
    private long _start;
    private long _number = worker;

    /// <summary>When the next one is due, ns; for ever away before <see cref="Begin"/>.</summary>
    public long Next { get; private set; } = long.MaxValue;

    /// <summary>The schedule begins.</summary>
    /// <param name="start">Now, ns.</param>
    public void Begin(long start)
    {
        _start = start;
        Next = start + schedule.DueAt(_number);
    }

    /// <summary>The next one has been begun.</summary>
    public void Advance()
    {
        _number += workers;
        Next = _start + schedule.DueAt(_number);
    }

    /// <summary>How many were due by now and have not been begun.</summary>
    /// <param name="now">Now, ns.</param>
    public readonly long Behind(long now)
    {
        if (Next > now)
            return 0;
        return (schedule.CountAt(now - _start) - _number + workers - 1) / workers;
    }
}
