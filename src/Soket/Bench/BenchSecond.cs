namespace Soket.Bench;

/// <summary>One second of a run, or the rest of one at its end.</summary>
/// <param name="At">When it began, from the start of what is measured.</param>
/// <param name="Length">How long it was.</param>
public sealed record BenchSecond(TimeSpan At, TimeSpan Length)
{
    /// <summary>The shares that are kept of each second: enough for its picture.</summary>
    public static IReadOnlyList<double> Shares { get; } = [0.5, 0.9, 0.99, 0.999];

    /// <summary>Messages sent.</summary>
    public long Sent { get; init; }

    /// <summary>What was completed.</summary>
    public long Completed { get; init; }

    /// <summary>Bytes sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>What went wrong.</summary>
    public long Errors { get; init; }

    /// <summary>Datagrams found lost.</summary>
    public long Lost { get; init; }

    /// <summary>Connections that stood at its end.</summary>
    public long Open { get; init; }

    /// <summary>The jitter at its end, ns.</summary>
    public long Jitter { get; init; }

    /// <summary>The latencies at each of <see cref="Shares"/>, ns; 0 where nothing was completed.</summary>
    public IReadOnlyList<long> Latency { get; init; } = [0, 0, 0, 0];

    /// <summary>The longest latency, ns.</summary>
    public long Max { get; init; }

    /// <summary>What was completed, a second.</summary>
    public double Rate => Length > TimeSpan.Zero ? Completed / Length.TotalSeconds : 0;

    internal static BenchSecond Of(TimeSpan at, BenchReading reading) => new(at, reading.Elapsed)
    {
        Sent = reading.Sent,
        Completed = reading.Completed,
        BytesSent = reading.BytesSent,
        BytesReceived = reading.BytesReceived,
        Errors = reading.Errors,
        Lost = reading.Lost,
        Open = reading.Open,
        Jitter = reading.Jitter,
        Latency = [.. Shares.Select(reading.Latency.Percentile)],
        Max = reading.Latency.Max,
    };
}
