using System.Text.Json;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Bench;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Cli.Tests.Bench;

/// <summary>Two kept runs beside each other.</summary>
public sealed class BenchCompareTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("soket-bench-");

    [Fact]
    public async Task A_run_that_is_a_third_faster_is_better_by_more_than_noise()
    {
        string before = await MadeRuns.SaveAsync(_folder.FullName, "before.json", MadeRuns.Messages());
        string after = await MadeRuns.SaveAsync(_folder.FullName, "after.json", MadeRuns.Messages(scale: 1.5));

        Finished told = await SoketProcess.RunAsync("bench", "compare", before, after, "--lang", "en");
        Assert.Equal(0, told.ExitCode);
        Assert.Matches("rate +1 055/s -> 1 555/s +\\+47.* better, more than noise", told.Out);
        Assert.Matches("p50 .* better, more than noise", told.Out);

        Finished other = await SoketProcess.RunAsync("bench", "compare", after, before, "--lang", "id");
        Assert.Matches("rate .* lebih buruk, lebih dari derau", other.Out);

        Finished same = await SoketProcess.RunAsync("bench", "compare", before, before, "--json");
        Assert.Contains("\"metric\":\"rate\",\"unit\":\"per-second\",\"before\":1055,\"after\":1055,\"change\":0,", same.Out, StringComparison.Ordinal);
        using var record = JsonDocument.Parse(same.Out);
        Assert.Null(SchemaCheck.Load().Problem(record.RootElement));
        Assert.DoesNotContain("\"verdict\":\"better\"", same.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_runs_each_side_has_to_lie_beyond_the_other()
    {
        string[] slow = [await MadeRuns.SaveAsync(_folder.FullName, "a1.json", MadeRuns.Messages()), await MadeRuns.SaveAsync(_folder.FullName, "a2.json", MadeRuns.Messages(scale: 1.1))];
        string[] fast = [await MadeRuns.SaveAsync(_folder.FullName, "b1.json", MadeRuns.Messages(scale: 1.5)), await MadeRuns.SaveAsync(_folder.FullName, "b2.json", MadeRuns.Messages(scale: 1.6))];
        string lucky = await MadeRuns.SaveAsync(_folder.FullName, "a3.json", MadeRuns.Messages(scale: 1.7));

        Finished apart = await SoketProcess.RunAsync("bench", "compare", string.Join(',', slow), string.Join(',', fast), "--lang", "en");
        Assert.Matches("rate .* better, more than noise", apart.Out);
        Assert.Contains("every run of one side", apart.Out, StringComparison.Ordinal);
        // One run of the first side was as fast: what differs between runs of the same thing is no change.
        Finished mixed = await SoketProcess.RunAsync("bench", "compare", $"{string.Join(',', slow)},{lucky}", string.Join(',', fast), "--lang", "en");
        Assert.Matches("rate .* no more than noise", mixed.Out);
    }

    [Fact]
    public async Task Runs_made_differently_are_told_to_be()
    {
        BenchOutcome run = MadeRuns.Messages();
        string before = await MadeRuns.SaveAsync(_folder.FullName, "before.json", run);
        string after = await MadeRuns.SaveAsync(_folder.FullName, "after.json", run with { Result = run.Result with { Plan = run.Result.Plan with { Connections = 64 } } });
        Finished told = await SoketProcess.RunAsync("bench", "compare", before, after, "--lang", "en");
        Assert.Contains("The runs were made differently: connections was 4, then 64.", told.Out, StringComparison.Ordinal);

        var arrivals = new ArrivalSchedule(new ArrivalStage(0, 1000, TimeSpan.FromSeconds(2)), new ArrivalStage(1000, 1000, TimeSpan.FromSeconds(10)));
        string open = await MadeRuns.SaveAsync(_folder.FullName, "open.json", MadeRuns.Messages(arrivals: arrivals));
        told = await SoketProcess.RunAsync("bench", "compare", before, open, "--lang", "en");
        Assert.Contains("arrivals was none, then 0 -> 1000/s (2.00 s), 1000/s (10.0 s).", told.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_run_is_refused_by_its_name()
    {
        string run = await MadeRuns.SaveAsync(_folder.FullName, "run.json", MadeRuns.Messages(2));
        string other = Path.Combine(_folder.FullName, "other.json");
        await File.WriteAllTextAsync(other, "{\"v\":1,\"type\":\"bench\",\"plan\":[]}\n", TestContext.Current.CancellationToken);
        foreach (string wrong in (string[])[other, Path.Combine(_folder.FullName, "missing.json")])
        {
            Finished told = await SoketProcess.RunAsync("bench", "compare", run, wrong, "--lang", "en");
            Assert.Equal(2, told.ExitCode);
            Assert.Contains(Path.GetFileName(wrong), told.Error, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await SoketProcess.RunAsync("bench", "compare", run)).ExitCode);
    }

    [Fact]
    public async Task Numbers_that_no_run_can_have_are_refused_by_their_name()
    {
        string run = await MadeRuns.SaveAsync(_folder.FullName, "run.json", MadeRuns.Messages(2));
        string text = await File.ReadAllTextAsync(run, TestContext.Current.CancellationToken);
        string wrong = Path.Combine(_folder.FullName, "wrong.json");
        foreach (string number in (string[])["1e19", "-1", "1e400"])
        {
            await File.WriteAllTextAsync(wrong, System.Text.RegularExpressions.Regex.Replace(text, "\"elapsed_us\":[0-9.]+", "\"elapsed_us\":" + number), TestContext.Current.CancellationToken);
            Assert.Contains($"elapsed_us {number}", Assert.Throws<UsageException>(() => BenchFile.Read(wrong, MadeRuns.Io())).Message, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(wrong, text.Replace("\"wrong\":0", "\"wrong\":-5", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Throws<UsageException>(() => BenchFile.Read(wrong, MadeRuns.Io()));
    }

    [Fact]
    public async Task A_file_that_another_program_wrote_anew_is_read_and_what_it_holds_cannot_move_the_cursor()
    {
        string run = await MadeRuns.SaveAsync(_folder.FullName, "run.json", MadeRuns.Messages(6));
        string text = await File.ReadAllTextAsync(run, TestContext.Current.CancellationToken);
        string last = text.TrimEnd().Split('\n')[^1];
        string spaced = Path.Combine(_folder.FullName, "spaced.json"), indented = Path.Combine(_folder.FullName, "indented.json");
        await File.WriteAllTextAsync(spaced, last.Replace("\":", "\": ", StringComparison.Ordinal).Replace("\"mode\": \"messages\"", "\"mode\": \"mess\\u001b[2Jages\\n\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(indented, last.Replace(",", ",\n  ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(BenchFile.Read(run, MadeRuns.Io()).Completed, BenchFile.Read(indented, MadeRuns.Io()).Completed);

        Finished told = await SoketProcess.RunAsync("bench", "compare", spaced, spaced, "--lang", "en");
        Assert.Equal(0, told.ExitCode);
        Assert.Contains("mess\\x1b[2Jages\\n tcp:", told.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', told.Out);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
