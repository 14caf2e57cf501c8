using Soket.Explain;

namespace Soket.Bench;

/// <summary>Has a generator make its traffic, and reads the clock beside it: warm-up, seconds, stages, the end.</summary>
/// <param name="generator">What makes the traffic.</param>
/// <param name="plan">What it is to do.</param>
/// <param name="time">Whose clock counts; null for the system's.</param>
/// <param name="waiting">
/// How long this process's threads have been ready to run without a processor so far, summed up; null, or a null of it, where the system does not tell.
/// </param>
public sealed class BenchRun(ILoadGenerator generator, BenchPlan plan, TimeProvider? time = null, Func<TimeSpan?>? waiting = null)
{
    // Less than this at the end of a run is no second to compare with the others.
    private static readonly TimeSpan Crumb = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly List<BenchSecond> _seconds = []; // under _lock
    private long _began;                              // when what is measured began, a timestamp; 0 before. Any thread
    private TimeSpan _offset;                         // the same, from the start of the run
    private readonly Stack<LatencyHistogram> _spare = new(); // the clock's task only, like the two below
    private BenchReading _before = new();
    private BenchReading _last = new();

    /// <summary>What the generator tells.</summary>
    public BenchProgress Progress { get; } = new(plan, time ?? TimeProvider.System);

    /// <summary>Told of each second as it is over, from one thread at a time; must not block for long.</summary>
    public Action<BenchSecond>? OnSecond { get; init; }

    /// <summary>The seconds so far. Any thread.</summary>
    public IReadOnlyList<BenchSecond> Seconds
    {
        get
        {
            lock (_lock)
                return [.. _seconds];
        }
    }

    /// <summary>How long has been measured so far. Any thread.</summary>
    public TimeSpan Elapsed => Interlocked.Read(ref _began) is var began and not 0 ? _time.GetElapsedTime(began) : TimeSpan.Zero;

    /// <summary>Runs it, once.</summary>
    /// <param name="interrupt">Ends it before its time; what was measured until then is the result.</param>
    /// <exception cref="SocketFailure">Nothing could be connected.</exception>
    public async Task<BenchResult> RunAsync(CancellationToken interrupt)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        long started = _time.GetTimestamp();
        Task traffic = Task.Run(async () => await generator.RunAsync(plan, Progress, stop.Token).ConfigureAwait(false), CancellationToken.None);
        try
        {
            await Task.WhenAny(traffic, Progress.Started).ConfigureAwait(false);
            if (traffic.IsFaulted)
                await traffic.ConfigureAwait(false);
            TimeSpan connecting = _time.GetElapsedTime(started);
            await WaitAsync(traffic, plan.WarmUp, stop.Token).ConfigureAwait(false);
            return await MeasureAsync(traffic, started, connecting, stop, interrupt).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await traffic.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Progress.Phase = BenchPhase.Done;
        }
    }

    private async Task<BenchResult> MeasureAsync(Task traffic, long started, TimeSpan connecting, CancellationTokenSource stop, CancellationToken interrupt)
    {
        DateTimeOffset clock = _time.GetUtcNow();
        // Without a warm-up everything counts from the first message on, what failed while connecting as well.
        BenchReading before = plan.WarmUp > TimeSpan.Zero ? Read(started) : new BenchReading { Elapsed = connecting };
        (_before, _last, _offset) = (before, before, before.Elapsed);
        TimeSpan process = ProcessTime();
        TimeSpan? waited = waiting?.Invoke();
        Interlocked.Exchange(ref _began, _time.GetTimestamp());
        Progress.Phase = BenchPhase.Measuring;

        List<BenchStage> stages = await TickAsync(traffic, started, stop.Token).ConfigureAwait(false);

        BenchReading end = Read(started);
        process = ProcessTime() - process;
        waited = waiting?.Invoke() - waited;
        Progress.Phase = BenchPhase.Draining;
        await stop.CancelAsync().ConfigureAwait(false);
        if (end.Elapsed - _last.Elapsed > Crumb || _seconds.Count == 0)
            Keep(end);
        await traffic.ConfigureAwait(false);
        // Whether a datagram is lost shows after the last one was sent; the time was over before.
        if (plan.Mode == BenchMode.Datagrams)
            end = Read(started) with { Elapsed = end.Elapsed };
        BenchReading measured = end.Since(before);
        return new BenchResult
        {
            Plan = plan,
            Generator = generator.Name,
            Began = clock,
            Connecting = connecting,
            Before = before,
            Measured = measured,
            Seconds = Seconds,
            Stages = stages,
            Notes = Progress.Notes,
            Load = GeneratorLoad.Judge(plan, measured, process, waited, Environment.ProcessorCount),
            Worked = measured.Completed > 0 || Progress.HasWorked,
            Interrupted = interrupt.IsCancellationRequested,
        };
    }

    // Reads at every full second and at the end of every stage, until the time is over, the traffic ends by itself, or nobody wants more.
    private async Task<List<BenchStage>> TickAsync(Task traffic, long started, CancellationToken stop)
    {
        var stages = new List<BenchStage>();
        var ahead = new Queue<(TimeSpan End, ArrivalStage Stage)>(Ahead());
        BenchReading stageBegan = _last;
        for (int second = 1; ;)
        {
            TimeSpan next = TimeSpan.FromSeconds(second);
            if (ahead.TryPeek(out (TimeSpan End, ArrivalStage Stage) stage) && stage.End < next)
                next = stage.End;
            if (plan.Duration is { } least && least < next)
                next = least;
            if (!await WaitAsync(traffic, next + _offset - _time.GetElapsedTime(started), stop).ConfigureAwait(false))
                return stages;

            BenchReading now = Read(started);
            if (ahead.Count > 0 && stage.End <= next)
            {
                ahead.Dequeue();
                stages.Add(new BenchStage(stage.Stage, now.Since(stageBegan)));
                stageBegan = now with { Latency = now.Latency.Copy(), Lateness = now.Lateness.Copy() };
            }

            if (plan.Duration is { } all && next >= all)
                return stages;
            if (next >= TimeSpan.FromSeconds(second))
            {
                Keep(now);
                second++;
            }
            else
            {
                GiveBack(now);
            }
        }
    }

    // The clock stops when the generator says that it has done all.
    private BenchReading Read(long started)
    {
        long now = Progress.Finished is var finished and not 0 ? finished : _time.GetTimestamp();
        return BenchReading.Take(Progress.Tallies, _time.GetElapsedTime(started, now), Rent);
    }

    // A histogram a second, thrown away, would call for collections that stop every thread: they are used again.
    private LatencyHistogram Rent() => _spare.TryPop(out LatencyHistogram? spare) ? spare : new LatencyHistogram();

    private void GiveBack(BenchReading reading)
    {
        foreach (LatencyHistogram histogram in (ReadOnlySpan<LatencyHistogram>)[reading.Latency, reading.Lateness])
        {
            histogram.Clear();
            _spare.Push(histogram);
        }
    }

    private void Keep(BenchReading now)
    {
        BenchReading since = now.Since(_last, Rent);
        BenchSecond second = BenchSecond.Of(_last.Elapsed - _offset, since);
        GiveBack(since);
        if (!ReferenceEquals(_last, _before))
            GiveBack(_last);
        _last = now;
        lock (_lock)
            _seconds.Add(second);
        OnSecond?.Invoke(second);
    }

    // The stages of the schedule that lie in what is measured, with their ends from its beginning; a single one is no series.
    private List<(TimeSpan End, ArrivalStage Stage)> Ahead()
    {
        var ahead = new List<(TimeSpan, ArrivalStage)>();
        TimeSpan at = -plan.WarmUp;
        foreach (ArrivalStage stage in plan.Arrivals?.Stages ?? [])
        {
            if (at >= TimeSpan.Zero)
                ahead.Add((at + stage.Time, stage));
            at += stage.Time;
        }

        return ahead.Count > 1 ? ahead : [];
    }

    // True: the time is over. False: the traffic ended, or it was stopped.
    private async Task<bool> WaitAsync(Task traffic, TimeSpan left, CancellationToken stop)
    {
        if (left <= TimeSpan.Zero)
            return !traffic.IsCompleted && !stop.IsCancellationRequested;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task delay = Task.Delay(left, _time, over.Token);
        await Task.WhenAny(traffic, delay).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return delay.IsCompletedSuccessfully && !traffic.IsCompleted;
    }

    private static TimeSpan ProcessTime() => OperatingSystem.IsBrowser() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? TimeSpan.Zero : Environment.CpuUsage.TotalTime;
}
