using System.Text;
using System.Text.Json;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Commands.Bench;

/// <summary>Two runs that were kept: what changed, and whether it is more than the seconds of each differ by among themselves.</summary>
internal sealed class BenchCompare(CliIo io)
{
    // What has to be the same for a comparison to say something of the server. Where it was, and who asked, may be just what changed.
    private static readonly string[] Conditions = ["mode", "connections", "in_flight", "payload", "framing", "verify", "direction", "arrivals", "think_us", "hold_us", "options", "generator"];

    public async Task<int> RunAsync(string first, string second, bool json)
    {
        List<BenchFile> before = ReadAll(first), after = ReadAll(second);
        if (before.Concat(after).FirstOrDefault(run => run.Mode != before[0].Mode) is { } other)
            throw io.Wrong("bench.wrong.modes", ("first", TerminalText.Safe(before[0].Mode)), ("second", TerminalText.Safe(other.Mode)));
        IReadOnlyList<MetricComparison> compared = Compare(before, after);
        (string Key, string First, string Second)[] differing =
            [.. Conditions.Select(key => (key, Said(before, key), Said(after, key))).Where(one => one.Item2 != one.Item3)];
        if (json)
        {
            await using var lines = new JsonLinesObserver(io.Out, new JsonLinesOptions { LeaveOpen = true });
            await lines.WriteAsync(writer => Write(writer, before, after, compared, differing)).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        IEnumerable<string> text = Render(before, after, compared, differing).SelectMany(line => io.FitOut(line));
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(text.Select(line => line + "\n")))).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    /// <summary>The figures that mean something in the mode, compared.</summary>
    public static IReadOnlyList<MetricComparison> Compare(IReadOnlyList<BenchFile> before, IReadOnlyList<BenchFile> after)
    {
        bool openLoop = before.Concat(after).Any(run => run.Plan.ContainsKey("arrivals"));
        // With the open loop the rate is what was asked for: neither more nor less of it is better by itself.
        (string Key, string Name, MetricUnit Unit, bool? More)[] metrics = before[0].Mode switch
        {
            "stream" => [("bytes_sent", "up", MetricUnit.Throughput, true), ("bytes_received", "down", MetricUnit.Throughput, true)],
            "idle" => [],
            _ => [("rate", "rate", MetricUnit.Rate, openLoop ? null : true), ("p50_us", "p50", MetricUnit.Time, false), ("p90_us", "p90", MetricUnit.Time, false), ("p99_us", "p99", MetricUnit.Time, false), ("p99.9_us", "p99.9", MetricUnit.Time, false)],
        };
        return
        [
            .. from metric in metrics
               let scale = metric.Unit == MetricUnit.Time ? 1e3 : 1
               let a = before.Select(run => Scaled(run, metric.Key, scale)).ToArray()
               let b = after.Select(run => Scaled(run, metric.Key, scale)).ToArray()
               where a.Concat(b).Any(run => run.Any(value => value > 0))
               select MetricComparison.Of(metric.Name, metric.Unit, metric.More, a, b),
        ];
    }

    private static IReadOnlyList<double> Scaled(BenchFile run, string key, double scale) => [.. run.Seconds.GetValueOrDefault(key, []).Select(value => value * scale)];

    private static string Said(List<BenchFile> runs, string key) => string.Join(", ", runs.Select(run => run.Plan.GetValueOrDefault(key, "")).Distinct());

    private List<BenchFile> ReadAll(string paths)
    {
        string[] files = paths.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return files.Length > 0 ? [.. files.Select(path => BenchFile.Read(path, io))] : throw io.Wrong("bench.wrong.compare");
    }

    private IEnumerable<string> Render(List<BenchFile> before, List<BenchFile> after, IReadOnlyList<MetricComparison> compared, (string Key, string First, string Second)[] differing)
    {
        var ink = new Ink(io.ColourOut);
        foreach (BenchFile run in before)
            yield return Name("bench.compare.before", run);
        foreach (BenchFile run in after)
            yield return Name("bench.compare.after", run);
        yield return "";
        foreach ((string key, string first, string second) in differing)
            yield return ink.Yellow(io.Text("bench.compare.differs", ("key", key), ("first", Or(first)), ("second", Or(second))));
        if (before.Concat(after).Any(run => run.Verdict is "busy" or "crowded"))
            yield return ink.Yellow(io.Text("bench.compare.generator"));
        if (compared.Count == 0)
            yield return io.Text("bench.compare.nothing");
        foreach (MetricComparison one in compared)
        {
            string change = one.Change is { } part ? BenchFigures.Change(part, io.Unicode) : "";
            string range = one.Range is { } between ? $" ({BenchFigures.Change(between.Least, io.Unicode)} .. {BenchFigures.Change(between.Most, io.Unicode)})" : "";
            string verdict = io.Text("bench.compare." + one.Verdict.ToString().ToLowerInvariant());
            string line = $"{one.Metric,-6} {BenchFigures.Of(one.Unit, one.Before, io.Unicode),14} -> {BenchFigures.Of(one.Unit, one.After, io.Unicode),-14} {change + range,-30} {verdict}";
            yield return one.Verdict switch { ComparisonVerdict.Better => ink.Green(line), ComparisonVerdict.Worse => ink.Red(line), _ => line };
        }

        foreach ((string key, Func<BenchFile, long> of) in ((string, Func<BenchFile, long>)[])[("bench.compare.errors", run => run.Errors), ("bench.compare.loss", run => run.Lost)])
        {
            if (before.Concat(after).Any(run => of(run) > 0))
                yield return io.Text(key, ("first", Share(before, of)), ("second", Share(after, of)));
        }

        yield return "";
        yield return io.Text(before.Count > 1 && after.Count > 1 ? "bench.compare.remark-several" : "bench.compare.remark");
    }

    private string Name(string key, BenchFile file)
    {
        string endpoint = TerminalText.Safe(file.Plan.GetValueOrDefault("endpoint", ""));
        return $"{io.Text(key),-8} {TerminalText.Safe(file.Path)}: {TerminalText.Safe(file.Mode)} {endpoint}, {Units.Format(TimeSpan.FromSeconds(file.ElapsedSeconds))}";
    }

    private static string Share(List<BenchFile> runs, Func<BenchFile, long> of)
    {
        long part = runs.Sum(of), all = part + runs.Sum(run => run.Completed);
        return $"{Units.FormatCount(part)} ({BenchFigures.Share(all == 0 ? 0 : (double)part / all)})";
    }

    private string Or(string text) => text.Length == 0 ? io.Text("bench.compare.none") : TerminalText.Safe(text);

    private static void Write(Utf8JsonWriter writer, List<BenchFile> before, List<BenchFile> after, IReadOnlyList<MetricComparison> compared, (string Key, string First, string Second)[] differing)
    {
        writer.WriteString("type", "bench-comparison");
        foreach ((string side, List<BenchFile> runs) in ((string, List<BenchFile>)[])[("before", before), ("after", after)])
        {
            writer.WriteStartArray(side);
            foreach (BenchFile run in runs)
                writer.WriteStringValue(run.Path);
            writer.WriteEndArray();
        }

        writer.WriteStartArray("differing");
        foreach ((string key, _, _) in differing)
            writer.WriteStringValue(key);
        writer.WriteEndArray();
        writer.WriteStartArray("metrics");
        foreach (MetricComparison one in compared)
        {
            double scale = one.Unit == MetricUnit.Time ? 1e3 : 1;
            writer.WriteStartObject();
            writer.WriteString("metric", one.Metric);
            writer.WriteString("unit", BenchJson.UnitName(one.Unit));
            BenchJson.Number(writer, "before", one.Before / scale);
            BenchJson.Number(writer, "after", one.After / scale);
            if (one.Change is { } change)
                BenchJson.Number(writer, "change", change, 6);
            if (one.Range is { } range)
            {
                BenchJson.Number(writer, "change_least", range.Least, 6);
                BenchJson.Number(writer, "change_most", range.Most, 6);
            }

            BenchJson.Number(writer, "probability", one.Probability, 6);
            writer.WriteString("verdict", one.Verdict == ComparisonVerdict.TooFew ? "too-few" : one.Verdict.ToString().ToLowerInvariant());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("errors");
        writer.WriteNumberValue(before.Sum(run => run.Errors));
        writer.WriteNumberValue(after.Sum(run => run.Errors));
        writer.WriteEndArray();
    }
}
