namespace Soket.Bench;

/// <summary>How hard the generator itself worked while it measured.</summary>
public sealed record GeneratorLoad
{
    /// <summary>From this share of its time on, a thread has none to spare.</summary>
    public const double Full = 0.9;

    // A message that is a millisecond late still tells a tenth of a ten-millisecond latency wrong; below that it is the timer's own grain.
    private const long LateFrom = 1_000_000;

    // The clocks of processors tick in milliseconds where they are read from outside: less than this says nothing.
    private const double Shortest = 0.1;

    /// <summary>The busiest worker's share of a processor, 0 to 1; -1 where it is not known.</summary>
    public double Busiest { get; init; } = -1;

    /// <summary>The processor time of the whole process, in processors: 1.5 is one and a half of them.</summary>
    public double Process { get; init; }

    /// <summary>How much of the time the process's threads were ready to run and had no processor, in threads; -1 where the system does not tell.</summary>
    public double Waiting { get; init; } = -1;

    /// <summary>The processors this process may use.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>How late messages went out at most but for one in a hundred, ns; 0 for a closed loop.</summary>
    public long Lateness { get; init; }

    /// <summary>What that means.</summary>
    public GeneratorVerdict Verdict { get; init; } = GeneratorVerdict.Unknown;

    /// <summary>About how much a second the generator could do in this way of working, were nothing else in its way; 0 where it cannot be told.</summary>
    public double Ceiling { get; init; }

    /// <summary>Judges what was measured.</summary>
    /// <param name="plan">What was done.</param>
    /// <param name="measured">What was counted.</param>
    /// <param name="process">The processor time the process used meanwhile.</param>
    /// <param name="waiting">How long its threads waited for a processor meanwhile, summed up; null where the system does not tell.</param>
    /// <param name="processors">The processors it may use.</param>
    public static GeneratorLoad Judge(BenchPlan plan, BenchReading measured, TimeSpan process, TimeSpan? waiting, int processors)
    {
        double elapsed = Math.Max(1e-9, measured.Elapsed.TotalSeconds);
        if (elapsed < Shortest)
            return new() { Process = Math.Min(process.TotalSeconds / elapsed, processors), Processors = processors };
        double busiest = measured.Cpu.Count == 0 || measured.Cpu.Any(cpu => cpu < 0) ? -1 : measured.Cpu.Max() / 1e9 / elapsed;
        double used = process.TotalSeconds / elapsed;
        double share = busiest >= 0 ? busiest : used / processors;
        double waited = waiting is { } wait ? Math.Max(0, wait.TotalSeconds / elapsed) : -1; // a thread that ended takes its part with it
        long late = plan.Arrivals is null ? 0 : measured.Lateness.Percentile(0.99);
        var load = new GeneratorLoad
        {
            Busiest = busiest,
            Process = used,
            Waiting = waited,
            Processors = processors,
            Lateness = late,
            Ceiling = share > 0.01 && measured.Completed > 0 ? measured.Rate / Math.Min(1, share) : 0,
        };
        return load with { Verdict = Decide(load, plan, measured, share) };
    }

    private static GeneratorVerdict Decide(GeneratorLoad load, BenchPlan plan, BenchReading measured, double share)
    {
        int workers = Math.Max(1, measured.Cpu.Count);
        if (share >= Full)
            return GeneratorVerdict.Busy;
        // The busiest worker's time, with its part of the waiting, leaves none to sleep in.
        if (load.Waiting >= 0 && load.Waiting / workers >= 0.1 && share + (load.Waiting / workers) >= Full)
            return GeneratorVerdict.Crowded;
        if (plan.Arrivals is not null && load.Lateness >= LateFrom)
            return measured.Held * 100 >= measured.Sent ? GeneratorVerdict.Held : load.Waiting / workers >= 0.1 ? GeneratorVerdict.Crowded : GeneratorVerdict.Late;
        return GeneratorVerdict.Spare;
    }
}
