using System.Collections.Frozen;
using Soket.Explain;

namespace Soket.Bench;

/// <summary>Everything counted up to a moment, or between two of them: the sum over all workers.</summary>
public sealed record BenchReading
{
    private static readonly LatencyHistogram Nothing = new(); // shared, never recorded into

    /// <summary>How long it took; from the first connection for a reading, between the two for a difference.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Messages handed to the system.</summary>
    public long Sent { get; init; }

    /// <summary>Bytes handed to the system, framing included.</summary>
    public long BytesSent { get; init; }

    /// <summary>What was completed: right replies, connections, datagrams that came back, wakings.</summary>
    public long Completed { get; init; }

    /// <summary>Bytes received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Connections made.</summary>
    public long Opened { get; init; }

    /// <summary>Connections that ended.</summary>
    public long Closed { get; init; }

    /// <summary>Connections that stood at the end of it.</summary>
    public long Open { get; init; }

    /// <summary>Replies that were not what they had to be.</summary>
    public long Wrong { get; init; }

    /// <summary>Messages without a reply in time.</summary>
    public long TimedOut { get; init; }

    /// <summary>Failures of the system or the peer.</summary>
    public long Failed { get; init; }

    /// <summary>Datagrams that did not come back.</summary>
    public long Lost { get; init; }

    /// <summary>Datagrams that came back more than once.</summary>
    public long Duplicates { get; init; }

    /// <summary>Datagrams that came back after one that was sent later.</summary>
    public long Reordered { get; init; }

    /// <summary>Open loop: messages that were due and had to wait for the in-flight limit.</summary>
    public long Held { get; init; }

    /// <summary>The jitter at the end of it, RFC 3550, ns: the mean over the workers that have one.</summary>
    public long Jitter { get; init; }

    /// <summary>Latencies of what was completed.</summary>
    public LatencyHistogram Latency { get; init; } = Nothing;

    /// <summary>Open loop: how late messages were handed to the system.</summary>
    public LatencyHistogram Lateness { get; init; } = Nothing;

    /// <summary>The processor time of each worker's thread, ns; -1 where it is not known.</summary>
    public IReadOnlyList<long> Cpu { get; init; } = [];

    /// <summary>Failures, one entry of each call and error.</summary>
    public IReadOnlyList<BenchFailure> Failures { get; init; } = [];

    /// <summary>The first reply of the run that was not what it had to be, of any worker; null where all were.</summary>
    public WrongReply? WrongReply { get; init; }

    /// <summary>Everything that went wrong: replies that were wrong or missing, and failures. Lost datagrams are no errors: UDP promises nothing.</summary>
    public long Errors => Wrong + TimedOut + Failed;

    /// <summary>What was completed, a second.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Completed / Elapsed.TotalSeconds : 0;

    /// <summary>The share of what was tried that went wrong, 0 to 1.</summary>
    public double ErrorShare => Completed + Errors == 0 ? 0 : (double)Errors / (Completed + Errors);

    /// <summary>The share of datagrams that did not come back, 0 to 1.</summary>
    public double Loss => Lost + Completed == 0 ? 0 : (double)Lost / (Lost + Completed);

    /// <summary>Reads what the workers have counted so far.</summary>
    /// <param name="tallies">Theirs.</param>
    /// <param name="elapsed">How long they have counted.</param>
    public static BenchReading Take(IReadOnlyList<BenchTally> tallies, TimeSpan elapsed) => Take(tallies, elapsed, static () => new LatencyHistogram());

    /// <summary>The counts alone, without latencies and failures: cheap enough for a picture that moves.</summary>
    /// <param name="tallies">The workers'.</param>
    /// <param name="elapsed">How long they have counted.</param>
    public static BenchReading Count(IReadOnlyList<BenchTally> tallies, TimeSpan elapsed)
    {
        long[] jitters = [.. tallies.Select(tally => tally.Jitter).Where(jitter => jitter > 0)];
        return new BenchReading
        {
            Elapsed = elapsed,
            Sent = tallies.Sum(tally => tally.Sent),
            BytesSent = tallies.Sum(tally => tally.BytesSent),
            Completed = tallies.Sum(tally => tally.Completed),
            BytesReceived = tallies.Sum(tally => tally.BytesReceived),
            Opened = tallies.Sum(tally => tally.Opened),
            Closed = tallies.Sum(tally => tally.Closed),
            Open = tallies.Sum(tally => tally.Opened - tally.Closed),
            Wrong = tallies.Sum(tally => tally.Wrong),
            WrongReply = tallies.Select(tally => tally.WrongReply).FirstOrDefault(wrong => wrong is not null),
            TimedOut = tallies.Sum(tally => tally.TimedOut),
            Failed = tallies.Sum(tally => tally.Failed),
            Lost = tallies.Sum(tally => tally.Lost),
            Duplicates = tallies.Sum(tally => tally.Duplicates),
            Reordered = tallies.Sum(tally => tally.Reordered),
            Held = tallies.Sum(tally => tally.Held),
            Jitter = jitters.Length == 0 ? 0 : (long)jitters.Average(),
            Cpu = [.. tallies.Select(tally => tally.Cpu)],
        };
    }

    /// <summary>A reading whose histograms come from elsewhere, empty: they are large, and a collection of garbage would stand in what is measured.</summary>
    internal static BenchReading Take(IReadOnlyList<BenchTally> tallies, TimeSpan elapsed, Func<LatencyHistogram> rent)
    {
        // The counts first and together: adding up the histograms takes longer than a message.
        BenchReading counts = Count(tallies, elapsed);
        LatencyHistogram latency = rent(), lateness = rent();
        var failures = new Dictionary<(SocketCall, string), BenchFailure>();
        foreach (BenchTally tally in tallies)
        {
            latency.Add(tally.Latency);
            lateness.Add(tally.Lateness);
            foreach (BenchFailure failure in tally.Failures)
                failures[failure.Kind] = failures.TryGetValue(failure.Kind, out BenchFailure? known) ? known with { Count = known.Count + failure.Count } : failure;
        }

        return counts with { Latency = latency, Lateness = lateness, Failures = [.. failures.Values.OrderByDescending(failure => failure.Count)] };
    }

    /// <summary>What was counted between an earlier reading and this one.</summary>
    /// <param name="earlier">The earlier one, of the same run.</param>
    public BenchReading Since(BenchReading earlier) => Since(earlier, static () => new LatencyHistogram());

    internal BenchReading Since(BenchReading earlier, Func<LatencyHistogram> rent)
    {
        LatencyHistogram latency = rent(), lateness = rent();
        latency.Add(Latency);
        lateness.Add(Lateness);
        latency.Subtract(earlier.Latency);
        lateness.Subtract(earlier.Lateness);
        FrozenDictionary<(SocketCall, string), long> before = earlier.Failures.ToFrozenDictionary(failure => failure.Kind, failure => failure.Count);
        return this with
        {
            Elapsed = Elapsed - earlier.Elapsed,
            Sent = Sent - earlier.Sent,
            BytesSent = BytesSent - earlier.BytesSent,
            Completed = Completed - earlier.Completed,
            BytesReceived = BytesReceived - earlier.BytesReceived,
            Opened = Opened - earlier.Opened,
            Closed = Closed - earlier.Closed,
            Wrong = Wrong - earlier.Wrong,
            TimedOut = TimedOut - earlier.TimedOut,
            Failed = Failed - earlier.Failed,
            Lost = Lost - earlier.Lost,
            Duplicates = Duplicates - earlier.Duplicates,
            Reordered = Reordered - earlier.Reordered,
            Held = Held - earlier.Held,
            Latency = latency,
            Lateness = lateness,
            Cpu = [.. Cpu.Select((cpu, i) => cpu < 0 || i >= earlier.Cpu.Count ? cpu : cpu - Math.Max(0, earlier.Cpu[i]))],
            Failures = [.. Failures.Select(failure => failure with { Count = failure.Count - before.GetValueOrDefault(failure.Kind) }).Where(failure => failure.Count > 0)],
        };
    }
}
