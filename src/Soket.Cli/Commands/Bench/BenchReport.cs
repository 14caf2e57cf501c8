using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Explain;

namespace Soket.Cli.Commands.Bench;

/// <summary>What a run came to, in lines for people.</summary>
internal sealed class BenchReport(CliIo io, BenchOutcome outcome)
{
    /// <summary>How wide the labels are, and how far lines are indented that go on.</summary>
    public const int Label = 13;

    private readonly BenchResult _result = outcome.Result;
    private readonly BenchReading _measured = outcome.Result.Measured;
    private readonly Ink _ink = new(io.ColourOut);
    private readonly List<string> _lines = [];

    /// <summary>What is done, in one line: <c>messages at tcp://…: 64 connections, 16 in flight each, 64 B</c>.</summary>
    public static string Heading(BenchPlan plan, CliIo io)
    {
        string mode = io.Text("bench.mode." + plan.Mode.ToString().ToLowerInvariant());
        var parts = new List<string> { io.Text("bench.connections", ("count", plan.Connections), ("number", Units.FormatCount(plan.Connections))) };
        if (plan.InFlight > 1)
            parts.Add(io.Text("bench.in-flight", ("count", plan.InFlight)));
        if (plan.Mode == BenchMode.Stream)
            parts.Add(io.Text("bench.direction." + plan.Direction.ToString().ToLowerInvariant()));
        if (plan.Mode != BenchMode.Connect)
            parts.Add(TerminalText.Safe(plan.Payload.Name));
        if (plan.Arrivals is { } arrivals)
            parts.Add(io.Text("bench.open-loop", ("rates", Rates(arrivals, plan))));
        return $"{mode} {plan.Endpoint}: {string.Join(", ", parts)}";
    }

    public IReadOnlyList<string> Render()
    {
        _lines.Add(_ink.Bold(Heading(_result.Plan, io)));
        string warm = _result.Plan.WarmUp > TimeSpan.Zero ? io.Text("bench.after-warm-up", ("time", Units.Format(_result.Plan.WarmUp))) : "";
        _lines.Add(io.Text(_result.Interrupted ? "bench.measured-interrupted" : "bench.measured", ("time", Units.Format(_measured.Elapsed)), ("warm", warm), ("generator", _result.Generator)));
        _lines.Add("");
        Main();
        Latencies();
        Series();
        Stages();
        Datagrams();
        Errors();
        Load();
        if (outcome.IsMute)
            Line("bench.label.note", io.Text("bench.mute"));
        foreach (BenchNote note in _result.Notes)
            Line("bench.label.note", NoteText(note, io));
        Assertions();
        return _lines;
    }

    /// <summary>What a generator had to say, in words; its key and values where there are none.</summary>
    public static string NoteText(BenchNote note, CliIo io) => CliIo.HasText("bench.note." + note.Key)
        ? io.Text("bench.note." + note.Key, [.. note.Values.Select(pair => (pair.Key, (object?)Figure(pair.Key, pair.Value)))])
        : $"{note.Key} {string.Join(' ', note.Values.Select(pair => $"{pair.Key}={pair.Value}"))}";

    // What ends in bytes is a size.
    private static object Figure(string name, object value) => value switch
    {
        long number when name.EndsWith("bytes", StringComparison.Ordinal) => Units.FormatBytes(number),
        double number when name.EndsWith("bytes", StringComparison.Ordinal) => Units.FormatBytes(number),
        long number => Units.FormatCount(number),
        double number => BenchFigures.Number(number),
        string text => TerminalText.Safe(text),
        _ => value,
    };

    /// <summary>What the generator's own load means.</summary>
    public static string LoadText(GeneratorLoad load, CliIo io)
    {
        // Threads of a pool cannot be told apart; the process can.
        string work = load.Busiest >= 0 ? io.Text("bench.load.thread", ("share", BenchFigures.Share(load.Busiest))) : io.Text("bench.load.process", ("share", BenchFigures.Share(load.Process / load.Processors)));
        return io.Text("bench.load." + load.Verdict.ToString().ToLowerInvariant(), ("work", work), ("late", BenchFigures.Time(load.Lateness, io.Unicode)));
    }

    /// <summary>What wrong replies are called.</summary>
    public static string WrongText(BenchPlan plan, CliIo io) =>
        plan.Mode == BenchMode.Stream ? io.Text("bench.wrong-stream") : io.Text("bench.wrong-replies", ("verify", TerminalText.Safe(plan.Verifier.Name)));

    /// <summary>What was silence: where nothing is to come, it is the server that takes nothing.</summary>
    public static string TimedOutText(BenchPlan plan, CliIo io) =>
        io.Text(plan.Mode == BenchMode.Stream ? "bench.timed-out." + plan.Direction.ToString().ToLowerInvariant() : "bench.timed-out", ("time", Units.Format(plan.ReplyTimeout)));

    /// <summary>The first wrong reply, and what it had to be.</summary>
    public static IEnumerable<string> WrongReplyTexts(WrongReply? wrong, CliIo io)
    {
        if (wrong is null)
            yield break;
        string more = RenderingTexts.All.Get(io.Language, "more-bytes");
        string came = TerminalText.Quote(wrong.Came.Span, WrongReply.Most, wrong.Length - wrong.Offset - wrong.Came.Length, more);
        yield return wrong.Offset > 0 ? io.Text("bench.wrong-came-at", ("offset", Units.FormatCount(wrong.Offset)), ("came", came)) : io.Text("bench.wrong-came", ("came", came));
        if (wrong.ExpectedLength is { } length)
            yield return io.Text("bench.wrong-expected", ("expected", TerminalText.Quote(wrong.Expected.Span, WrongReply.Most, length - wrong.Offset - wrong.Expected.Length, more)));
    }

    private void Main()
    {
        BenchMode mode = _result.Plan.Mode;
        double seconds = Math.Max(1e-9, _measured.Elapsed.TotalSeconds);
        string up = BenchFigures.Throughput(_measured.BytesSent / seconds), down = BenchFigures.Throughput(_measured.BytesReceived / seconds);
        if (mode == BenchMode.Stream)
        {
            if (_measured.BytesSent > 0 || _result.Plan.Direction != StreamDirection.Down)
                Line("bench.label.up", _ink.Bold(up) + "  " + io.Text("bench.in-all", ("size", Units.FormatBytes(_measured.BytesSent))));
            if (_measured.BytesReceived > 0 || _result.Plan.Direction != StreamDirection.Up)
                Line("bench.label.down", _ink.Bold(down) + "  " + io.Text("bench.in-all", ("size", Units.FormatBytes(_measured.BytesReceived))));
            return;
        }

        if (mode == BenchMode.Idle)
        {
            Line("bench.label.held", io.Text("bench.held-connections", ("number", Units.FormatCount(_measured.Opened)), ("count", _measured.Opened), ("asked", Units.FormatCount(_result.Plan.Connections)), ("time", Units.Format(_result.Plan.IdleTime))));
            Line("bench.label.woken", io.Text("bench.woken-connections", ("number", Units.FormatCount(_measured.Completed)), ("count", _measured.Completed)));
            return;
        }

        Line("bench.label.rate", _ink.Bold(BenchFigures.Number(_measured.Rate) + "/s") + (mode == BenchMode.Connect ? "" : "  " + io.Text("bench.throughput", ("up", up), ("down", down))));
        // What is under way at the beginning and at the end of a time makes a difference that means nothing.
        bool missing = _result.Plan.WarmUp == TimeSpan.Zero || _measured.Sent - _measured.Completed > (long)_result.Plan.Connections * _result.Plan.InFlight;
        Line("bench.label.completed", mode == BenchMode.Connect || !missing
            ? Units.FormatCount(_measured.Completed)
            : io.Text("bench.completed", ("completed", Units.FormatCount(_measured.Completed)), ("sent", Units.FormatCount(_measured.Sent))));
    }

    private void Latencies()
    {
        if (_measured.Completed == 0 || _result.Plan.Mode == BenchMode.Stream)
            return;
        LatencyHistogram latency = _measured.Latency;
        string One(string name, double value) => $"{name} {BenchFigures.Time(value, io.Unicode)}";
        (string, double)[] shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];
        Line("bench.label.latency", string.Join("  ", [.. shares.Select(one => One(one.Item1, latency.Percentile(one.Item2))), One("max", latency.Max)]));
        string due = _result.Plan.Arrivals is null ? "" : "; " + io.Text("bench.from-due");
        Line("", $"{One("min", latency.Min)}  {One(io.Text("bench.mean"), latency.Mean)}{due}");
    }

    private void Series()
    {
        if (_result.Seconds.Count < 2 || _result.Plan.Mode == BenchMode.Idle)
            return;
        bool bytes = _result.Plan.Mode == BenchMode.Stream;
        double[] values = [.. _result.Seconds.Select(second => bytes ? (second.BytesSent + second.BytesReceived) / second.Length.TotalSeconds : second.Rate)];
        string least = bytes ? BenchFigures.Throughput(values.Min()) : BenchFigures.Number(values.Min()) + "/s", most = bytes ? BenchFigures.Throughput(values.Max()) : BenchFigures.Number(values.Max()) + "/s";
        Line("bench.label.seconds", $"{Sparkline.Of(values, Math.Clamp(io.Width - Label - 34, 10, 60), io.Unicode)}  {least} .. {most}");
    }

    private void Stages()
    {
        foreach (BenchStage stage in _result.Stages)
        {
            string asked = stage.Stage.IsSteady ? BenchFigures.Number(stage.Stage.To) + "/s" : $"{BenchFigures.Number(stage.Stage.From)} .. {BenchFigures.Number(stage.Stage.To)}/s";
            string Time(double share) => stage.Reading.Completed == 0 ? "-" : BenchFigures.Time(stage.Reading.Latency.Percentile(share), io.Unicode);
            Line("bench.label.stage", io.Text("bench.stage", ("asked", asked), ("rate", BenchFigures.Number(stage.Reading.Rate) + "/s"), ("p50", Time(0.5)), ("p99", Time(0.99)), ("errors", Units.FormatCount(stage.Reading.Errors))));
        }
    }

    private void Datagrams()
    {
        if (_result.Plan.Mode != BenchMode.Datagrams)
            return;
        Line("bench.label.loss", io.Text("bench.loss", ("share", BenchFigures.Share(_measured.Loss)), ("lost", Units.FormatCount(_measured.Lost)), ("duplicates", Units.FormatCount(_measured.Duplicates)), ("reordered", Units.FormatCount(_measured.Reordered))));
        Line("bench.label.jitter", BenchFigures.Time(_measured.Jitter, io.Unicode) + " (RFC 3550)");
    }

    private void Errors()
    {
        if (_measured.Errors == 0)
        {
            Line("bench.label.errors", io.Text("bench.no-errors"));
            return;
        }

        Line("bench.label.errors", _ink.Red(io.Text("bench.errors", ("count", _measured.Errors), ("number", Units.FormatCount(_measured.Errors)), ("share", BenchFigures.Share(_measured.ErrorShare)))));
        if (_measured.Wrong > 0)
        {
            Error(_measured.Wrong, WrongText(_result.Plan, io), null);
            foreach (string text in WrongReplyTexts(_measured.WrongReply, io))
                Line("", "  " + text);
        }

        if (_measured.TimedOut > 0)
            Error(_measured.TimedOut, TimedOutText(_result.Plan, io), null);
        foreach (BenchError error in outcome.Errors)
        {
            SocketFailure first = error.Failure.First;
            string number = first.Error.Number is { } n ? $"{first.Error.Name} {n}" : first.Error.Name;
            Error(error.Failure.Count, $"{first.Call.Name()}: {ErrorText.In(io.Language, first).Message} ({number})", error.Explanation);
        }
    }

    private void Error(long count, string what, Explanation? explanation)
    {
        Line("", $"{Units.FormatCount(count)} x {what}");
        if (explanation is null)
            return;
        Line("", $"  {io.Text("failure.cause")} {One(explanation.Cause)}");
        Line("", $"  {io.Text("failure.remedy")} {One(explanation.Remedy)}");
        Line("", $"  {io.Text("failure.more")} {io.Typed.AsCalled($"soket explain {explanation.Code}")}");
    }

    private void Load()
    {
        GeneratorLoad load = _result.Load;
        string text = LoadText(load, io);
        if (load.Verdict == GeneratorVerdict.Spare && load.Ceiling > 0 && _result.Plan.Think == TimeSpan.Zero && _result.Plan.Mode is BenchMode.Messages or BenchMode.Datagrams)
            text += " " + io.Text("bench.ceiling", ("rate", BenchFigures.Number(TwoDigits(load.Ceiling)) + "/s"));
        Line("bench.label.generator", load.Verdict is GeneratorVerdict.Spare or GeneratorVerdict.Unknown ? text : _ink.Yellow(text));
    }

    private void Assertions()
    {
        foreach (BenchAssertion assertion in outcome.Assertions)
        {
            bool holds = assertion.Holds(_measured);
            string actual = assertion.Actual(_measured) is { } value ? BenchFigures.Of(assertion.Metric.Unit, value, io.Unicode) : io.Text("bench.not-measured");
            string text = io.Text(holds ? "bench.assert-holds" : "bench.assert-fails", ("assertion", assertion.Text), ("actual", actual));
            Line("bench.label.assert", holds ? _ink.Green(text) : _ink.Red(text));
        }
    }

    private void Line(string labelKey, string text) => _lines.Add((labelKey.Length == 0 ? "" : io.Text(labelKey)).PadRight(Label) + text);

    private static string One(string text) => TerminalText.Safe(text.ReplaceLineEndings(" "));

    // An estimate is not known to the last digit.
    private static double TwoDigits(double value)
    {
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, value))) - 1));
        return Math.Round(value / unit) * unit;
    }

    private static string Rates(ArrivalSchedule arrivals, BenchPlan plan) => string.Join(", ", arrivals.Stages
        .Skip(plan.WarmUp > TimeSpan.Zero ? 1 : 0)
        .Where(stage => stage.IsSteady)
        .Select(stage => BenchFigures.Number(stage.To) + "/s"));
}
