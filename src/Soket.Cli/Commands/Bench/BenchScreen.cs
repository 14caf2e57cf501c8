using System.Text;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;

namespace Soket.Cli.Commands.Bench;

/// <summary>A run while it goes on, on a terminal: some lines on standard error that are drawn anew four times a second, and taken away at its end.</summary>
internal sealed class BenchScreen : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly CliIo _io;
    private readonly BenchRun _run;
    private readonly BenchPlan _plan;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _drawing;
    private IReadOnlyList<string> _drawn = [];
    private bool _broken;

    public BenchScreen(CliIo io, BenchRun run, BenchPlan plan)
    {
        (_io, _run, _plan) = (io, run, plan);
        _drawing = Task.Run(DrawAllAsync);
    }

    /// <summary>What is shown at a moment, each line no longer than the width.</summary>
    public static IReadOnlyList<string> Lines(BenchPlan plan, BenchPhase phase, TimeSpan measured, IReadOnlyList<BenchSecond> seconds, BenchReading now, CliIo io)
    {
        int width = Math.Max(20, io.Width - 1);
        var lines = new List<string> { BenchReport.Heading(plan, io), Progress(plan, phase, measured, now, io, width) };
        BenchSecond? last = seconds.Count > 0 ? seconds[^1] : null;
        bool bytes = plan.Mode == BenchMode.Stream;
        if (last is not null)
        {
            double Value(BenchSecond second) => bytes ? (second.BytesSent + second.BytesReceived) / Math.Max(1e-9, second.Length.TotalSeconds) : second.Rate;
            string figure = bytes ? BenchFigures.Throughput(Value(last)) : BenchFigures.Number(last.Rate) + "/s";
            int room = Math.Clamp(width - 34, 8, 60);
            lines.Add($"{io.Text("bench.label.rate"),-12} {figure,14}  {Sparkline.Of([.. seconds.TakeLast(room).Select(Value)], room, io.Unicode)}");
            if (last.Completed > 0 && !bytes)
            {
                string Time(long value) => BenchFigures.Time(value, io.Unicode);
                lines.Add($"{io.Text("bench.label.latency"),-12} p50 {Time(last.Latency[0])}  p90 {Time(last.Latency[1])}  p99 {Time(last.Latency[2])}  p99.9 {Time(last.Latency[3])}  max {Time(last.Max)}");
                lines.Add($"{"p99",-12} {Time(last.Latency[2]),14}  {Sparkline.Of([.. seconds.TakeLast(room).Select(second => (double)second.Latency[2])], room, io.Unicode)}");
            }
        }

        // As the report will count: without the warm-up.
        long completed = phase < BenchPhase.Measuring ? now.Completed : seconds.Sum(second => second.Completed);
        lines.Add(io.Text("bench.live", ("completed", Units.FormatCount(completed)), ("open", Units.FormatCount(now.Open)), ("errors", Units.FormatCount(now.Errors))));
        return [.. lines.Select(line => TextWidth.Cut(line, width, io.Unicode ? "…" : "~"))];
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _drawing.ConfigureAwait(false);
        Write(Erasing());
        _over.Dispose();
    }

    // [#########.........] 3.2 s left
    private static string Progress(BenchPlan plan, BenchPhase phase, TimeSpan measured, BenchReading now, CliIo io, int width)
    {
        string name = io.Text("bench.phase." + phase.ToString().ToLowerInvariant(), ("open", Units.FormatCount(now.Open)), ("all", Units.FormatCount(plan.Connections)));
        double done = plan switch
        {
            { Mode: BenchMode.Idle } => plan.IdleTime > TimeSpan.Zero ? measured / plan.IdleTime : 1,
            { Count: { } count } => Math.Max((double)now.Completed / count, plan.Duration is { } limit ? measured / limit : 0),
            { Duration: { } duration } => measured / duration,
            _ => 0,
        };
        done = phase < BenchPhase.Measuring ? 0 : Math.Clamp(done, 0, 1);
        TimeSpan? left = phase != BenchPhase.Measuring ? null
            : plan is { Count: null, Duration: { } all } ? all - measured
            : done > 0.02 ? measured * ((1 - done) / done) : null;
        string text = left is { } time && time > TimeSpan.Zero ? $"{name}, {io.Text("bench.left", ("time", Units.Format(TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)))))}" : name;
        int cells = Math.Clamp(width - TextWidth.Of(text) - 4, 8, 40), full = (int)(done * cells);
        return $"[{new string(io.Unicode ? '█' : '#', full)}{new string(io.Unicode ? '░' : '.', cells - full)}] {text}";
    }

    private async Task DrawAllAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                Draw();
            }
            while (await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private void Draw()
    {
        BenchReading now = BenchReading.Count(_run.Progress.Tallies, _run.Elapsed);
        IReadOnlyList<string> lines = Lines(_plan, _run.Progress.Phase, _run.Elapsed, _run.Seconds, now, _io);
        Write(Erasing() + string.Concat(lines.Select(line => line + "\n")));
        _drawn = lines;
    }

    // In a window that has become narrower since, a line takes up several rows.
    private string Erasing()
    {
        if (_drawn.Count == 0)
            return "";
        int width = Math.Max(1, _io.Width);
        int rows = _drawn.Sum(line => 1 + (Math.Max(0, TextWidth.Of(line) - 1) / width));
        return new StringBuilder("\r\u001b[").Append(rows).Append("A\u001b[J").ToString(); // ECMA-48 CUU, ED
    }

    // Standard error that is gone must not take the measuring down with it.
    private void Write(string text)
    {
        if (_broken || text.Length == 0)
            return;
        try
        {
            _io.Error.Write(text);
            _io.Error.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _broken = true;
        }
    }
}
