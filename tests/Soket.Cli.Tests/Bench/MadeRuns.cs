using System.Text;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Bench;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Tests.Bench;

/// <summary>Runs that never were, with figures that are known.</summary>
internal static class MadeRuns
{
    public static CliIo Io(Language language = Language.English, bool unicode = true, int width = 100) => new()
    {
        In = new StdinStream(),
        Out = Stream.Null,
        Error = TextWriter.Null,
        Language = language,
        Unicode = unicode,
        MeasureWidth = () => width,
        Environment = static _ => null,
    };

    /// <summary>Messages for some seconds; latencies from 100 µs, one in a hundred ten times that, and more a second each second.</summary>
    public static BenchOutcome Messages(int seconds = 12, double scale = 1, bool errors = false, IReadOnlyList<BenchAssertion>? assertions = null, ArrivalSchedule? arrivals = null)
    {
        BenchPlan plan = Plan() with { Arrivals = arrivals };
        var tally = new BenchTally("made");
        var series = new List<BenchSecond>();
        var stages = new List<BenchStage>();
        BenchReading last = new();
        for (int second = 0; second < seconds; second++)
        {
            int count = (int)(1000 * scale) + (second * 10);
            for (int i = 0; i < count; i++)
                tally.AddCompleted((long)((i % 100 == 99 ? 1_000_000 : 100_000 + (i * 10) + (second * 1000)) / scale));
            tally.AddSent(count, count * 64L);
            tally.AddReceived(count * 64L);
            if (errors && second == 3)
            {
                tally.AddWrong();
                tally.AddTimedOut(2);
                for (int i = 0; i < 7; i++)
                    tally.AddFailed(new SocketFailure(SocketCall.Connect, new SystemError("ECONNREFUSED", 111, "Connection refused"), new FailureContext { Endpoint = plan.Endpoint.ToString(), Transport = "tcp" }));
            }

            BenchReading now = BenchReading.Take([tally], TimeSpan.FromSeconds(second + 1));
            series.Add(BenchSecond.Of(TimeSpan.FromSeconds(second), now.Since(last)));
            if (arrivals is not null && second < arrivals.Stages.Count)
                stages.Add(new BenchStage(arrivals.Stages[second], now.Since(last)));
            last = now;
        }

        BenchError[] explained = [.. last.Failures.Select(failure => new BenchError(failure, new Explanation("connection-refused", "Nothing listens there <b>now</b>.", "Start a server: `soket serve echo :8080`.") { ExitCode = 7 }))];
        var result = new BenchResult
        {
            Plan = plan,
            Generator = "made",
            Began = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Measured = last,
            Seconds = series,
            Stages = stages,
            Notes = [new BenchNote("unheard-of", new Dictionary<string, object> { ["bytes"] = 2048L })],
            Load = new GeneratorLoad { Busiest = 0.41, Process = 0.6, Processors = 2, Ceiling = 2439, Verdict = GeneratorVerdict.Spare },
        };
        return new BenchOutcome(result, explained, assertions ?? []);
    }

    public static BenchPlan Plan() => new() { Endpoint = SocketUri.Parse("tcp://127.0.0.1:8080"), Connections = 4, InFlight = 2 };

    /// <summary>The record of a run in a file, as --save writes it.</summary>
    public static async Task<string> SaveAsync(string folder, string name, BenchOutcome outcome)
    {
        string path = Path.Combine(folder, name);
        await using FileStream file = File.Create(path);
        await using var lines = new Events.JsonLinesObserver(file, new Events.JsonLinesOptions { LeaveOpen = true });
        await lines.WriteAsync(writer => BenchJson.Result(writer, outcome));
        return path;
    }

    public static string Text(BenchOutcome outcome, CliIo io) => new StringBuilder().AppendJoin('\n', new BenchReport(io, outcome).Render()).ToString();
}
