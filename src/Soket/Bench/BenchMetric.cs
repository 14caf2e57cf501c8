using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Soket.Bench;

/// <summary>What a metric is counted in.</summary>
public enum MetricUnit
{
    /// <summary>A number.</summary>
    Count,

    /// <summary>A number a second.</summary>
    Rate,

    /// <summary>Nanoseconds.</summary>
    Time,

    /// <summary>Bytes a second.</summary>
    Throughput,

    /// <summary>A part of a whole, 0 to 1.</summary>
    Share,
}

/// <summary>A figure of a run by its name: <c>rate</c>, <c>p99</c>, <c>p99.9</c>, <c>max</c>, <c>errors</c>, <c>loss</c> ...</summary>
/// <param name="Name">Its name, as it is written in an assertion.</param>
/// <param name="Unit">What it is counted in.</param>
public sealed record BenchMetric(string Name, MetricUnit Unit)
{
    private static readonly (BenchMetric Metric, Func<BenchReading, double> Read)[] Fixed =
    [
        (new("rate", MetricUnit.Rate), r => r.Rate),
        (new("completed", MetricUnit.Count), r => r.Completed),
        (new("sent", MetricUnit.Count), r => r.Sent),
        (new("min", MetricUnit.Time), r => r.Latency.Min),
        (new("mean", MetricUnit.Time), r => r.Latency.Mean),
        (new("max", MetricUnit.Time), r => r.Latency.Max),
        (new("errors", MetricUnit.Count), r => r.Errors),
        (new("error-share", MetricUnit.Share), r => r.ErrorShare),
        (new("wrong", MetricUnit.Count), r => r.Wrong),
        (new("timed-out", MetricUnit.Count), r => r.TimedOut),
        (new("lost", MetricUnit.Count), r => r.Lost),
        (new("loss", MetricUnit.Share), r => r.Loss),
        (new("duplicates", MetricUnit.Count), r => r.Duplicates),
        (new("reordered", MetricUnit.Count), r => r.Reordered),
        (new("jitter", MetricUnit.Time), r => r.Jitter),
        (new("up", MetricUnit.Throughput), r => PerSecond(r, r.BytesSent)),
        (new("down", MetricUnit.Throughput), r => PerSecond(r, r.BytesReceived)),
        (new("open", MetricUnit.Count), r => r.Open),
    ];

    /// <summary>The names there are; beside these every percentile, <c>p50</c> to <c>p99.999</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Fixed.Select(one => one.Metric.Name)];

    /// <summary>Whether it is a latency of what was completed, and means nothing where nothing was.</summary>
    public bool IsLatency => Unit == MetricUnit.Time && Name != "jitter";

    /// <summary>Finds a metric by its name.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out BenchMetric? metric)
    {
        metric = Array.Find(Fixed, one => one.Metric.Name == name).Metric;
        if (metric is null && Share(name) is not null)
            metric = new BenchMetric(name, MetricUnit.Time);
        return metric is not null;
    }

    /// <summary>The figure; null for a latency where nothing was completed.</summary>
    public double? Read(BenchReading reading)
    {
        if (IsLatency && reading.Completed == 0)
            return null;
        return Share(Name) is { } share ? reading.Latency.Percentile(share) : Array.Find(Fixed, one => one.Metric.Name == Name).Read(reading);
    }

    // p50, p99.9: a share between nothing and all.
    private static double? Share(string name) =>
        name.StartsWith('p') && decimal.TryParse(name.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent) && percent is > 0 and < 100
            ? (double)(percent / 100)
            : null;

    private static double PerSecond(BenchReading reading, long bytes) => reading.Elapsed > TimeSpan.Zero ? bytes / reading.Elapsed.TotalSeconds : 0;
}
