using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Commands.Bench;

/// <summary>
/// A run as one HTML page that needs nothing besides itself: no script, nothing is loaded, and its own policy (CSP) allows neither. Its charts are SVG, its
/// figures tables; it is light or dark as the reader prefers. Pure.
/// </summary>
internal sealed class BenchPage
{
    private const int MostRows = 600;

    private readonly CliIo _io;
    private readonly BenchOutcome _outcome;
    private readonly BenchResult _result;
    private readonly StringBuilder _page = new();

    private BenchPage(BenchOutcome outcome, CliIo io) => (_outcome, _result, _io) = (outcome, outcome.Result, io);

    /// <summary>The page.</summary>
    public static string Draw(BenchOutcome outcome, CliIo io)
    {
        var page = new BenchPage(outcome, io);
        page.Page();
        return page._page.ToString();
    }

    private bool HasLatency => _result.Measured.Completed > 0 && _result.Plan.Mode != BenchMode.Stream;

    private bool IsStream => _result.Plan.Mode == BenchMode.Stream;

    private void Page()
    {
        string title = Escape(BenchReport.Heading(_result.Plan, _io));
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(BenchPageStyle.Sheet)));
        Add($"<!doctype html>\n<html lang=\"{(_io.Language == Language.Indonesian ? "id" : "en")}\">\n<head>\n<meta charset=\"utf-8\">\n");
        Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">\n");
        Add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        Add($"<title>soket bench: {title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{BenchPageStyle.Sheet}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
        string warm = _result.Plan.WarmUp > TimeSpan.Zero ? Text("bench.after-warm-up", ("time", Units.Format(_result.Plan.WarmUp))) : "";
        string measured = Text(_result.Interrupted ? "bench.measured-interrupted" : "bench.measured", ("time", Units.Format(_result.Measured.Elapsed)), ("warm", warm), ("generator", _result.Generator));
        Add($"<p class=\"quiet\">{Escape(measured)} {_result.Began.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC</p>\n");
        Figures();
        Assertions();
        Load();
        Charts();
        Stages();
        Errors();
        Seconds();
        Machine();
        Add("</main>\n</body>\n</html>\n");
    }

    private void Figures()
    {
        BenchReading measured = _result.Measured;
        double seconds = Math.Max(1e-9, measured.Elapsed.TotalSeconds);
        Add("<ul class=\"figures\">\n");
        if (!IsStream)
            Figure("bench.label.rate", BenchFigures.Number(measured.Rate) + "/s");
        if (IsStream && measured.BytesSent > 0)
            Figure("bench.label.up", BenchFigures.Throughput(measured.BytesSent / seconds));
        if (IsStream && measured.BytesReceived > 0)
            Figure("bench.label.down", BenchFigures.Throughput(measured.BytesReceived / seconds));
        if (HasLatency)
        {
            foreach ((string name, double share) in BenchJson.Percentiles.Where(one => one.Name is "p50" or "p90" or "p99" or "p99.9"))
                Add($"<li><span>{name}</span><b>{Time(measured.Latency.Percentile(share))}</b></li>\n");
            Add($"<li><span>max</span><b>{Time(measured.Latency.Max)}</b></li>\n");
        }

        if (_result.Plan.Mode == BenchMode.Datagrams)
        {
            Figure("bench.label.loss", BenchFigures.Share(measured.Loss));
            Figure("bench.label.jitter", Time(measured.Jitter));
        }

        Figure("bench.label.errors", Units.FormatCount(measured.Errors));
        Add("</ul>\n");
    }

    private void Figure(string labelKey, string value) => Add($"<li><span>{Escape(Text(labelKey))}</span><b>{Escape(value)}</b></li>\n");

    private void Assertions()
    {
        foreach (BenchAssertion assertion in _outcome.Assertions)
        {
            bool holds = assertion.Holds(_result.Measured);
            string actual = assertion.Actual(_result.Measured) is { } value ? BenchFigures.Of(assertion.Metric.Unit, value, unicode: true) : Text("bench.not-measured");
            Add($"<p class=\"{(holds ? "good" : "bad")}\">{Escape(Text(holds ? "bench.assert-holds" : "bench.assert-fails", ("assertion", assertion.Text), ("actual", actual)))}</p>\n");
        }
    }

    private void Load()
    {
        GeneratorLoad load = _result.Load;
        string text = BenchReport.LoadText(load, _io);
        Add($"<p class=\"{(load.Verdict is GeneratorVerdict.Spare or GeneratorVerdict.Unknown ? "quiet" : "warn")}\">{Escape(Text("bench.label.generator"))}: {Escape(text)}</p>\n");
        foreach (BenchNote note in _result.Notes)
            Add($"<p class=\"quiet\">{Escape(BenchReport.NoteText(note, _io))}</p>\n");
    }

    private void Charts()
    {
        if (_result.Seconds.Count > 1)
        {
            (double At, string Text)[] ticks = SecondTicks();
            Func<BenchSecond, double> value = IsStream ? second => (second.BytesSent + second.BytesReceived) / Math.Max(1e-9, second.Length.TotalSeconds) : second => second.Rate;
            Chart(Text(IsStream ? "bench.page.throughput" : "bench.page.rate"), new SvgChart
            {
                Title = Text(IsStream ? "bench.page.throughput" : "bench.page.rate"),
                XTicks = ticks,
                XTitle = Text("bench.page.time"),
                Filled = true,
                Format = y => IsStream ? BenchFigures.Throughput(y) : BenchFigures.Number(y) + "/s",
                Series = [new ChartSeries(Text("bench.label.rate"), "s1", Points(value))],
            });
        }

        if (!HasLatency)
            return;
        if (_result.Seconds.Count > 1)
        {
            string[] styles = ["s1", "s2", "s3", "s4"];
            Chart(Text("bench.page.latency"), new SvgChart
            {
                Title = Text("bench.page.latency"),
                XTicks = SecondTicks(),
                XTitle = Text("bench.page.time"),
                Logarithmic = true,
                Format = y => Time(y),
                Series = [.. BenchSecond.Shares.Select((share, i) => new ChartSeries(BenchJson.Percentiles.First(one => one.Share == share).Name, styles[i], Points(second => second.Latency[i], completedOnly: true)))],
            });
        }

        // Each nine as wide as the one before: what happens to the worst is seen.
        LatencyHistogram latency = _result.Measured.Latency;
        double nines = Math.Max(1, Math.Log10(Math.Max(10, _result.Measured.Completed)));
        (double, double)[] points = [.. Enumerable.Range(0, 121).Select(i => i / 120.0 * nines).Select(x => (x, (double)latency.Percentile(1 - Math.Pow(10, -x)))), (nines, latency.Max)];
        Chart(Text("bench.page.distribution"), new SvgChart
        {
            Title = Text("bench.page.distribution"),
            XTicks = [.. new (double, string)[] { (0, "0 %"), (Math.Log10(2), "50 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %"), (5, "99.999 %"), (6, "99.9999 %") }.Where(tick => tick.Item1 <= nines + 0.01)],
            XTitle = Text("bench.page.share"),
            Logarithmic = true,
            Filled = true,
            Format = y => Time(y),
            Series = [new ChartSeries(Text("bench.label.latency"), "s1", points)],
        });
    }

    private void Chart(string title, SvgChart chart)
    {
        Add($"<h2>{Escape(title)}</h2>\n<div class=\"chart\"{Hint()} tabindex=\"0\" role=\"group\" aria-label=\"{Escape(title)}\">\n{chart.Draw()}</div>\n");
        if (chart.Series.Count < 2)
            return;
        Add("<ul class=\"key\">\n");
        foreach (ChartSeries series in chart.Series)
            Add($"<li><svg viewBox=\"0 0 34 8\" aria-hidden=\"true\"><line class=\"{series.Style}\" x1=\"0\" x2=\"34\" y1=\"4\" y2=\"4\"/></svg>{Escape(series.Name)}</li>\n");
        Add("</ul>\n");
    }

    private (double X, double Y)[] Points(Func<BenchSecond, double> value, bool completedOnly = false) =>
        [.. _result.Seconds.Where(second => !completedOnly || second.Completed > 0).Select(second => ((second.At + (second.Length / 2)).TotalSeconds, value(second)))];

    private (double At, string Text)[] SecondTicks()
    {
        double all = _result.Measured.Elapsed.TotalSeconds;
        double[] ticks = [.. SvgChart.LinearTicks([all]).Where(tick => tick <= all + 0.01)];
        return [.. ticks.Select(tick => (tick, tick.ToString("0.##", CultureInfo.InvariantCulture) + " s"))];
    }

    private void Stages()
    {
        if (_result.Stages.Count == 0)
            return;
        Add($"<h2>{Escape(Text("bench.page.stages"))}</h2>\n");
        Table([("bench.page.asked", true), ("bench.label.rate", true), ("p50", true), ("p90", true), ("p99", true), ("p99.9", true), ("max", true), ("bench.label.errors", true)], _result.Stages.Select(stage =>
        {
            LatencyHistogram latency = stage.Reading.Latency;
            string At(double share) => stage.Reading.Completed == 0 ? "-" : Time(latency.Percentile(share));
            string asked = stage.Stage.IsSteady ? BenchFigures.Number(stage.Stage.To) + "/s" : $"{BenchFigures.Number(stage.Stage.From)} .. {BenchFigures.Number(stage.Stage.To)}/s";
            return new[] { asked, BenchFigures.Number(stage.Reading.Rate) + "/s", At(0.5), At(0.9), At(0.99), At(0.999), At(1), Units.FormatCount(stage.Reading.Errors) };
        }));
    }

    private void Errors()
    {
        BenchReading measured = _result.Measured;
        if (measured.Errors == 0)
            return;
        Add($"<h2>{Escape(Text("bench.label.errors"))}</h2>\n");
        var rows = new List<string[]>();
        if (measured.Wrong > 0)
            rows.Add([Units.FormatCount(measured.Wrong), BenchReport.WrongText(_result.Plan, _io), string.Join("; ", BenchReport.WrongReplyTexts(measured.WrongReply, _io))]);
        if (measured.TimedOut > 0)
            rows.Add([Units.FormatCount(measured.TimedOut), BenchReport.TimedOutText(_result.Plan, _io), ""]);
        rows.AddRange(_outcome.Errors.Select(error => new[]
        {
            Units.FormatCount(error.Failure.Count),
            $"{error.Failure.First.Call.Name()}: {ErrorText.In(_io.Language, error.Failure.First).Message} ({error.Failure.First.Error.Name}), {error.Explanation.Code}",
            $"{error.Explanation.Cause} {error.Explanation.Remedy}",
        }));
        Table([("bench.page.count", true), ("bench.page.what", false), ("bench.page.why", false)], rows);
    }

    private void Seconds()
    {
        if (_result.Seconds.Count < 2)
            return;
        Add($"<details>\n<summary>{Escape(Text("bench.page.seconds"))}</summary>\n");
        Table([("bench.page.from", true), ("bench.label.rate", true), ("bench.label.up", true), ("bench.label.down", true), ("p50", true), ("p99", true), ("max", true), ("bench.label.errors", true)], _result.Seconds.Take(MostRows).Select(second =>
        {
            double length = Math.Max(1e-9, second.Length.TotalSeconds);
            string At(long value) => second.Completed == 0 ? "-" : Time(value);
            return new[]
            {
                second.At.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s", BenchFigures.Number(second.Rate) + "/s", BenchFigures.Throughput(second.BytesSent / length), BenchFigures.Throughput(second.BytesReceived / length),
                At(second.Latency[0]), At(second.Latency[2]), At(second.Max), Units.FormatCount(second.Errors),
            };
        }));
        if (_result.Seconds.Count > MostRows)
            Add($"<p class=\"quiet\">{Escape(Text("bench.page.rows", ("count", MostRows), ("all", Units.FormatCount(_result.Seconds.Count))))}</p>\n");
        Add("</details>\n");
    }

    private void Machine() => Add($"<p class=\"quiet\">{Escape(Text("bench.page.machine", ("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription), ("count", _result.Load.Processors), ("runtime", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription), ("version", CommandLineApp.VersionText)))}</p>\n");

    // A heading is a key, or a name that is the same in every language.
    private void Table(IReadOnlyList<(string Heading, bool Number)> columns, IEnumerable<string[]> rows)
    {
        // A few columns wrap their text on a phone; many do not fit.
        Add($"<div class=\"wide\"{(columns.Count > 4 ? Hint() + " tabindex=\"0\"" : "")}>\n<table>\n<thead><tr>");
        foreach ((string heading, bool number) in columns)
            Add($"<th scope=\"col\"{(number ? " class=\"n\"" : "")}>{Escape(CliIo.HasText(heading) ? Text(heading) : heading)}</th>");
        Add("</tr></thead>\n<tbody>\n");
        foreach (string[] row in rows)
        {
            Add("<tr>");
            for (int i = 0; i < row.Length; i++)
                Add($"<td{(columns[i].Number ? " class=\"n\"" : "")}>{Escape(row[i])}</td>");
            Add("</tr>\n");
        }

        Add("</tbody>\n</table>\n</div>\n");
    }

    // Said only where the window is too narrow (the style sheet).
    private string Hint() => $" data-hint=\"{Escape(Text("bench.page.scroll"))}\"";

    private static string Time(double nanoseconds) => BenchFigures.Time(nanoseconds, unicode: true);

    private static string Escape(string text) => WebUtility.HtmlEncode(TerminalText.Safe(text.ReplaceLineEndings(" ")));

    private string Text(string key, params ReadOnlySpan<(string Name, object? Value)> values) => _io.Text(key, values);

    private void Add(string text) => _page.Append(text);
}
