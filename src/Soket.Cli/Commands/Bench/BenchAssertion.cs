using System.Globalization;
using System.Text.RegularExpressions;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;

namespace Soket.Cli.Commands.Bench;

/// <summary>What a run has to have come to: <c>p99&lt;5ms</c>, <c>rate>=10k</c>, <c>errors=0</c>, <c>loss&lt;1%</c>, <c>down>1GiB</c>.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Metric">The figure.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Bound">With what.</param>
internal sealed partial record BenchAssertion(string Text, BenchMetric Metric, string Comparison, double Bound)
{
    /// <summary>Reads the assertions that were typed; one flag may hold several, with commas between.</summary>
    public static List<BenchAssertion> Read(VerbValues values, Flag flag, CliIo io) =>
        [.. values.Many(flag).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)).Select(text => Parse(text, io))];

    /// <summary>What was measured; null where nothing was.</summary>
    public double? Actual(BenchReading reading) => Metric.Read(reading);

    /// <summary>Whether it holds; what was not measured cannot.</summary>
    public bool Holds(BenchReading reading) => Actual(reading) is { } actual && Comparison switch
    {
        "<" => actual < Bound,
        "<=" => actual <= Bound,
        ">" => actual > Bound,
        ">=" => actual >= Bound,
        _ => actual == Bound,
    };

    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static BenchAssertion Parse(string text, CliIo io)
    {
        Match match = Grammar().Match(text);
        if (!match.Success)
            throw io.Wrong("bench.wrong.assert", ("value", TerminalText.Safe(text)));
        string name = match.Groups["name"].Value, value = match.Groups["value"].Value;
        // A share of what is a number elsewhere: errors<1% is about the share of errors.
        if (value.EndsWith('%'))
            name = name switch { "errors" => "error-share", "lost" => "loss", _ => name };
        if (!BenchMetric.TryParse(name, out BenchMetric? metric))
            throw io.Wrong("bench.wrong.assert-metric", ("value", TerminalText.Safe(name)), ("names", string.Join(", ", BenchMetric.Names.Append("p50 ... p99.9"))));
        if (!TryBound(metric.Unit, value, out double bound))
            throw io.Wrong("bench.wrong.assert-value", ("value", TerminalText.Safe(value)), ("name", metric.Name), ("example", Example(metric)));
        return new BenchAssertion(text, metric, match.Groups["how"].Value, bound);
    }

    private static bool TryBound(MetricUnit unit, string text, out double bound)
    {
        bound = 0;
        switch (unit)
        {
            case MetricUnit.Time:
                // A bare number could be meant in any unit.
                if (!char.IsAsciiLetter(text[^1]) || !Units.TryParseDuration(text, out TimeSpan time, out _))
                    return false;
                bound = time.TotalNanoseconds;
                return true;
            case MetricUnit.Throughput:
                if (!Units.TryParseBytes(text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text, out long bytes, out _))
                    return false;
                bound = bytes;
                return true;
            case MetricUnit.Share:
                return Units.TryParsePercent(text, out bound, out _);
            default:
                if (!Units.TryParseCount(unit == MetricUnit.Rate && text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text, out long count, out _))
                    return false;
                bound = count;
                return true;
        }
    }

    private static string Example(BenchMetric metric) => metric.Name + metric.Unit switch
    {
        MetricUnit.Time => "<5ms",
        MetricUnit.Rate => ">=10k",
        MetricUnit.Throughput => ">=1GiB/s",
        MetricUnit.Share => "<1%",
        _ => "=0",
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Metric.Name}{Comparison}{Bound}");

    [GeneratedRegex(@"^(?<name>[a-z][a-z0-9.-]*)\s*(?<how><=|>=|<|>|==?)\s*(?<value>[0-9][0-9.a-zA-Zµ%/]*)$")]
    private static partial Regex Grammar();
}
