using System.Text.Json;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Bench;
using Soket.Explain;
using Soket.Languages;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Cli.Tests.Bench;

/// <summary>What a person, and a program, reads of a run.</summary>
public sealed class BenchReportTests
{
    [Fact]
    public void The_report_says_what_was_done_how_much_how_fast_and_whether_to_believe_it()
    {
        string text = MadeRuns.Text(MadeRuns.Messages(), MadeRuns.Io());
        Assert.StartsWith("messages at tcp://127.0.0.1:8080: 4 connections, 2 in flight on each, 64 B\n", text, StringComparison.Ordinal);
        Assert.Contains("rate         1 055/s  65.9 KiB/s up, 65.9 KiB/s down", text, StringComparison.Ordinal);
        Assert.Contains("completed    12 660\n", text, StringComparison.Ordinal);
        Assert.Contains("latency      p50 111 µs  p90 118 µs  p99 122 µs  p99.9 1.00 ms  max 1.00 ms\n             min 100 µs  mean ", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(line => line.StartsWith("latency", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 1, 79));
        Assert.Contains("errors       none", text, StringComparison.Ordinal);
        Assert.Contains("its busiest thread worked 41.0 % of the time: what was measured is not the generator. It could do about 2 400/s this way.", text, StringComparison.Ordinal);
        Assert.Contains("unheard-of bytes=2048", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_are_counted_by_what_they_are_and_explained()
    {
        string text = MadeRuns.Text(MadeRuns.Messages(errors: true), MadeRuns.Io(Language.Indonesian));
        Assert.Contains("7 x connect: ", text, StringComparison.Ordinal);
        Assert.Contains("ECONNREFUSED 111", text, StringComparison.Ordinal);
        Assert.Contains("sebab: Nothing listens there", text, StringComparison.Ordinal);
        Assert.Contains("soket explain connection-refused", text, StringComparison.Ordinal);
        Assert.Contains("2 x tidak ada balasan dalam 5.00 s", text, StringComparison.Ordinal);
        Assert.Contains("1 x balasan yang tidak sebagaimana mestinya (echo)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Language.English)]
    [InlineData(Language.Indonesian)]
    public void Every_verdict_note_and_comparison_has_its_words(Language language)
    {
        CliIo io = MadeRuns.Io(language);
        foreach (GeneratorVerdict verdict in Enum.GetValues<GeneratorVerdict>())
        {
            BenchOutcome outcome = MadeRuns.Messages(2);
            string text = MadeRuns.Text(outcome with { Result = outcome.Result with { Load = outcome.Result.Load with { Verdict = verdict, Waiting = 0.3 } } }, io);
            Assert.DoesNotContain("{", text, StringComparison.Ordinal);
        }

        foreach (ComparisonVerdict verdict in Enum.GetValues<ComparisonVerdict>())
            Assert.NotEmpty(io.Text("bench.compare." + verdict.ToString().ToLowerInvariant()));
        foreach (BenchMode mode in Enum.GetValues<BenchMode>())
            Assert.NotEmpty(BenchReport.Heading(MadeRuns.Plan() with { Mode = mode }, io));
        foreach (BenchPhase phase in Enum.GetValues<BenchPhase>())
            Assert.NotEmpty(io.Text("bench.phase." + phase.ToString().ToLowerInvariant()));
    }

    [Fact]
    public void Steps_are_told_one_by_one()
    {
        var second = TimeSpan.FromSeconds(1);
        var arrivals = new ArrivalSchedule(new ArrivalStage(0, 1000, second), new ArrivalStage(1000, 1000, second), new ArrivalStage(2000, 2000, second));
        string text = MadeRuns.Text(MadeRuns.Messages(3, arrivals: arrivals), MadeRuns.Io());
        Assert.Contains("stage        0 .. 1 000/s asked, 1 000/s done", text, StringComparison.Ordinal);
        Assert.Contains("stage        2 000/s asked, 1 020/s done", text, StringComparison.Ordinal);
        Assert.Contains("counted from when each message was due", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p99<2ms", true)]
    [InlineData("p99<0.1ms", false)]
    [InlineData("p99.9<=1.1ms", true)]
    [InlineData("rate>=1k", true)]
    [InlineData("rate>=1.2k", false)]
    [InlineData("rate>1000/s", true)]
    [InlineData("errors=0", true)]
    [InlineData("errors<1%", true)]
    [InlineData("loss<1%", true)]
    [InlineData("down>=60KiB/s", true)]
    [InlineData("max<500us", false)]
    [InlineData("completed==12660", true)]
    [InlineData("mean<1s", true)]
    public void An_assertion_holds_or_it_is_112(string text, bool holds)
    {
        BenchAssertion assertion = BenchAssertion.Parse(text, MadeRuns.Io());
        BenchOutcome outcome = MadeRuns.Messages(assertions: [assertion]);
        Assert.Equal(holds, assertion.Holds(outcome.Result.Measured));
        Assert.Equal(holds ? ExitCodes.Done : ExitCodes.AssertionFailed, outcome.ExitCode);
        Assert.Contains(text + (holds ? " holds: " : " does NOT hold: "), MadeRuns.Text(outcome, MadeRuns.Io()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p99", "condition")]
    [InlineData("p99<5", "p99<5ms")] // five of what?
    [InlineData("p99<5ms<6ms", "condition")]
    [InlineData("p100<5ms", "no figure")]
    [InlineData("speed>5", "no figure")]
    [InlineData("loss<1", "loss<1%")]
    [InlineData("rate>5ms", "rate>=10k")]
    public void What_is_no_assertion_is_told_with_one_that_is(string text, string said)
    {
        UsageException wrong = Assert.Throws<UsageException>(() => BenchAssertion.Parse(text, MadeRuns.Io()));
        Assert.Contains(said, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latency_that_was_not_measured_holds_nothing()
    {
        var nothing = new BenchOutcome(new BenchResult { Plan = MadeRuns.Plan(), Generator = "made" }, [], [BenchAssertion.Parse("p99<5ms", MadeRuns.Io())]);
        Assert.Equal(ExitCodes.AssertionFailed, nothing.ExitCode);
        Assert.Contains("not measured", MadeRuns.Text(nothing, MadeRuns.Io()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_in_which_nothing_worked_is_a_failure_however_much_was_sent()
    {
        BenchOutcome made = MadeRuns.Messages(4);
        BenchReading measured = made.Result.Measured with { Completed = 0, BytesSent = 9999, BytesReceived = 9999 };
        BenchOutcome Stream(StreamDirection direction, long late, long wrong, bool worked) => made with
        {
            Result = made.Result with { Plan = made.Result.Plan with { Mode = BenchMode.Stream, Direction = direction }, Measured = measured with { TimedOut = late, Wrong = wrong }, Worked = worked },
        };
        Assert.Equal(ExitCodes.TimedOut, Stream(StreamDirection.Up, 1, 0, worked: false).ExitCode);
        Assert.Equal(ExitCodes.WeirdReply, Stream(StreamDirection.Both, 0, 68, worked: false).ExitCode);
        Assert.Equal(ExitCodes.Done, Stream(StreamDirection.Up, 1, 0, worked: true).ExitCode);
        Assert.Contains("the server took nothing for 5", MadeRuns.Text(Stream(StreamDirection.Up, 1, 0, worked: false), MadeRuns.Io()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_wrong_reply_stands_beside_what_was_expected()
    {
        BenchOutcome made = MadeRuns.Messages(4, errors: true);
        var wrong = WrongReply.Of("nope"u8, new System.Buffers.ReadOnlySequence<byte>("no\u001b[2J\u202e"u8.ToArray()));
        string text = MadeRuns.Text(made with { Result = made.Result with { Measured = made.Result.Measured with { WrongReply = wrong } } }, MadeRuns.Io());
        Assert.Contains("the first that came: \"no\\x1b[2J\\u{202e}\"", text, StringComparison.Ordinal);
        Assert.Contains("expected: \"nope\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void When_nothing_worked_the_exit_code_is_the_reason()
    {
        BenchOutcome made = MadeRuns.Messages(4, errors: true);
        BenchOutcome Only(long failed, long late, long wrong) => made with { Result = made.Result with { Measured = made.Result.Measured with { Completed = 0, Failed = failed, TimedOut = late, Wrong = wrong } } };
        Assert.Equal(7, Only(9, 1, 0).ExitCode);
        Assert.Equal(ExitCodes.TimedOut, Only(0, 4, 0).ExitCode);
        Assert.Equal(ExitCodes.WeirdReply, Only(0, 1, 3).ExitCode);
        Assert.Equal(ExitCodes.Done, made.ExitCode);
        Assert.Equal(ExitCodes.Interrupted, (made with { Result = made.Result with { Interrupted = true } }).ExitCode);
    }

    [Fact]
    public async Task The_record_has_every_figure_and_the_histogram_to_make_others_from()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("soket-bench-");
        try
        {
            BenchOutcome outcome = MadeRuns.Messages(errors: true, assertions: [BenchAssertion.Parse("p99<2ms", MadeRuns.Io())]);
            using var record = JsonDocument.Parse(await File.ReadAllTextAsync(await MadeRuns.SaveAsync(folder.FullName, "run.json", outcome), TestContext.Current.CancellationToken));
            JsonElement root = record.RootElement, measured = root.GetProperty("measured");
            Assert.Equal("bench", root.GetProperty("type").GetString());
            Assert.Null(SchemaCheck.Load().Problem(root));
            Assert.Equal(12_660, measured.GetProperty("completed").GetInt64());
            Assert.Equal(12, root.GetProperty("seconds").GetArrayLength());
            JsonElement latency = measured.GetProperty("latency_us");
            var again = new LatencyHistogram();
            foreach (JsonElement pair in latency.GetProperty("histogram_ns").EnumerateArray())
                again.Record(pair[0].GetInt64(), pair[1].GetInt64());
            Assert.Equal(12_660, again.Count);
            Assert.Equal(latency.GetProperty("p99").GetDouble(), again.Percentile(0.99) / 1e3);
            Assert.Equal(("connection-refused", 7L), (root.GetProperty("errors")[0].GetProperty("code").GetString(), root.GetProperty("errors")[0].GetProperty("count").GetInt64()));
            Assert.True(root.GetProperty("assertions")[0].GetProperty("holds").GetBoolean());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(Language.English, true)]
    [InlineData(Language.Indonesian, false)]
    public void The_live_view_fits_a_narrow_terminal(Language language, bool unicode)
    {
        BenchResult result = MadeRuns.Messages().Result;
        foreach (int width in (int[])[24, 40, 80, 200])
        {
            CliIo io = MadeRuns.Io(language, unicode, width);
            IReadOnlyList<string> lines = BenchScreen.Lines(result.Plan, BenchPhase.Measuring, TimeSpan.FromSeconds(4), result.Seconds, result.Measured, io);
            Assert.All(lines, line => Assert.True(TextWidth.Of(line) < width, line));
            Assert.Equal(6, lines.Count);
            if (!unicode)
                Assert.All(lines, line => Assert.DoesNotContain(line, static c => c > 0x7e));
        }

        string shown = string.Join('\n', BenchScreen.Lines(result.Plan, BenchPhase.Measuring, TimeSpan.FromSeconds(4), result.Seconds, result.Measured, MadeRuns.Io()));
        Assert.Contains("measuring, 6.00 s left", shown, StringComparison.Ordinal);
        Assert.Contains("p99.9 ", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 1 2 3 4 5 6 7", 8, "▁▂▃▄▅▆▇█")]
    [InlineData("0 0 7 7", 2, "▁█")]
    [InlineData("", 5, "")]
    [InlineData("0 0", 5, "▁▁")]
    public void A_sparkline_rises_with_its_values(string values, int width, string drawn) =>
        Assert.Equal(drawn, Sparkline.Of([.. values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(double.Parse)], width, unicode: true));

    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(870, "870 ns")]
    [InlineData(999.6, "1.00 µs")]
    [InlineData(12_340, "12.3 µs")]
    [InlineData(4_123_000, "4.12 ms")]
    [InlineData(1_234_000_000, "1.23 s")]
    public void A_time_has_three_digits_and_a_unit(double nanoseconds, string text) => Assert.Equal(text, BenchFigures.Time(nanoseconds, unicode: true));
}
