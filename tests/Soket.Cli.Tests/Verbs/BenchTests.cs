using System.Globalization;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Tests.Interop;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket bench</c> as a process, against Soket's own servers and those of others.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("soket-bench-");

    [Fact]
    public async Task A_count_is_measured_to_the_last_message_and_kept_as_record_and_page()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--quiet");
        await using (server)
        {
            string page = Path.Combine(_folder.FullName, "run.html"), saved = Path.Combine(_folder.FullName, "run.json");
            Finished run = await SoketProcess.RunAsync("bench", endpoints[0], "-c", "3", "--in-flight", "4", "-n", "1000", "--assert", "errors=0,completed=1000", "--html", page, "--save", saved, "--lang", "en");
            Assert.Equal(0, run.ExitCode);
            Assert.Contains("completed    1 000 of 1 000 sent", run.Out, StringComparison.Ordinal);
            Assert.Contains("errors       none", run.Out, StringComparison.Ordinal);
            Assert.Contains("completed=1000 holds", run.Out, StringComparison.Ordinal);
            Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            using var record = JsonDocument.Parse(await File.ReadAllTextAsync(saved, TestContext.Current.CancellationToken));
            Assert.Null(SchemaCheck.Load().Problem(record.RootElement));
            JsonElement measured = record.RootElement.GetProperty("measured");
            Assert.Equal((1000, 64_000, 64_000), (measured.GetProperty("completed").GetInt64(), measured.GetProperty("bytes_sent").GetInt64(), measured.GetProperty("bytes_received").GetInt64()));

            Finished again = await SoketProcess.RunAsync("bench", endpoints[0], "-n", "1", "--save", saved, "--lang", "en");
            Assert.Equal(2, again.ExitCode);
            Assert.Contains("is there already", again.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_assertion_that_does_not_hold_is_112_even_where_nothing_is_to_be_said()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--quiet");
        await using (server)
        {
            Finished run = await SoketProcess.RunAsync("bench", endpoints[0], "-n", "50", "--quiet", "--assert", "p50<1us", "--lang", "en");
            Assert.Equal(112, run.ExitCode);
            Assert.Contains("p50<1us does NOT hold", run.Out, StringComparison.Ordinal);
            Finished quiet = await SoketProcess.RunAsync("bench", endpoints[0], "-n", "50", "--quiet", "--assert", "p50<1m");
            Assert.Equal((0, "", ""), (quiet.ExitCode, quiet.Out, quiet.Error));
        }
    }

    [Fact]
    public async Task With_json_every_second_and_the_whole_run_are_records_as_the_schema_has_them()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "udp://127.0.0.1:0", "--quiet");
        await using (server)
        {
            foreach (string endpoint in endpoints)
            {
                Finished run = await SoketProcess.RunAsync("bench", endpoint, "--rate", "200", "-d", "1500ms", "--warm-up", "100ms", "--json");
                string[] lines = run.Out.TrimEnd('\n').Split('\n');
                Assert.Equal((0, ""), (run.ExitCode, run.Error));
                Assert.InRange(lines.Length, 3, int.MaxValue); // more where the machine stood still meanwhile
                SchemaCheck schema = SchemaCheck.Load();
                Assert.All(lines, line =>
                {
                    using var record = JsonDocument.Parse(line);
                    Assert.Null(schema.Problem(record.RootElement));
                });
            }
        }
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_what_was_measured()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--quiet");
        await using (server)
        {
            await using SoketProcess bench = SoketProcess.Soket("bench", endpoints[0], "-d", "1h", "--warm-up", "0s", "--json");
            await bench.OutLineAsync(line => line.Contains("\"bench-second\"", StringComparison.Ordinal));
            Finished ended = await bench.SignalAsync("INT");
            Assert.Equal(130, ended.ExitCode);
            using var record = JsonDocument.Parse(ended.Out.TrimEnd('\n').Split('\n')[^1]);
            Assert.True(record.RootElement.GetProperty("interrupted").GetBoolean());
            Assert.InRange(record.RootElement.GetProperty("measured").GetProperty("completed").GetInt64(), 1, long.MaxValue);
        }
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_the_failure_and_its_exit_code()
    {
        string saved = Path.Combine(_folder.FullName, "run.json");
        Finished run = await SoketProcess.RunAsync("bench", $"127.0.0.1:{Ports.Free()}", "-d", "1s", "--lang", "en", "--save", saved);
        Assert.Equal(7, run.ExitCode);
        Assert.False(File.Exists(saved));
        Assert.Equal("", run.Out);
    }

    [Fact]
    public void What_is_proposed_to_a_client_is_proposed_of_the_measurement()
    {
        var typed = new TypedCommand("./soket", ["bench", "-c", "4", "localhost:80", "--rate", "1k"], CommandLineApp.Verbs.First(verb => verb.Name == "bench"));
        Assert.Equal("Try `./soket bench -c 4 tcp://127.0.0.1:8081 --rate 1k` or `./soket connect -v --hex tcp://localhost:80`.", typed.Retell("Try `soket connect tcp://127.0.0.1:8081` or `soket connect -v --hex tcp://localhost:80`."));
    }

    [Fact]
    public async Task A_server_of_others_that_answers_something_else_is_told_by_its_wrong_replies()
    {
        string socat = Peers.Require("socat");
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(socat, "-dd", $"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr", "SYSTEM:tr a-z A-Z");
        await server.ErrorLineAsync(line => line.Contains("listening on", StringComparison.Ordinal));
        Finished run = await SoketProcess.RunAsync("bench", $"127.0.0.1:{port}", "--text", "halo", "--verify", "text:hola", "-n", "2", "-d", "2s", "--reply-timeout", "300ms", "--lang", "en");
        // tr keeps its output back until its input ends: what comes is nothing at all, or not what was sent.
        Assert.True(run.ExitCode is 8 or 28, run.Out);
        Assert.Matches("[0-9]+ x (no reply within 300 ms|a reply that is not what it has to be)", run.Out);
    }

    [Fact]
    public async Task Another_machine_is_not_loaded_unasked()
    {
        Finished run = await SoketProcess.RunAsync("bench", "192.0.2.1:80", "--lang", "en");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--allow-remote", run.Error, StringComparison.Ordinal);
        // A project's file or a variable cannot ask for it: only who types it can.
        Finished variable = await SoketProcess.RunAsync(null, ["bench", "192.0.2.1:80"], new Dictionary<string, string?> { ["SOKET_ALLOW_REMOTE"] = "1" });
        Assert.Equal(2, variable.ExitCode);
    }

    [Theory]
    [InlineData("--in-flight 4 --verify regex:a", "--framing")]
    [InlineData("--mode datagrams", "is a stream")]
    [InlineData("--mode idle --rate 5", "--rate means nothing")]
    [InlineData("--mode stream --text a", "--text means nothing")]
    [InlineData("--size 5 --text a", "do not go together")]
    [InlineData("--rate 10 --steps 1,2", "do not go together")]
    [InlineData("--rate 10 --think 1s", "do not go together")]
    [InlineData("--ramp 1s", "--rate")]
    [InlineData("--rate 10 --ramp 10s", "shorter")]
    [InlineData("--rate 0", "messages a second")]
    [InlineData("--steps 1,,2", "messages a second")]
    [InlineData("--count 0", "number of messages")]
    [InlineData("--duration 25h", "between 100ms and 1d")]
    [InlineData("--verify regex:(", "regular expression")]
    [InlineData("--verify nothing", "one of echo")]
    [InlineData("--template {satu}", "{counter}")]
    [InlineData("--random 9-1", "not a size")]
    [InlineData("--framing line --file no-such-file", "no-such-file")]
    [InlineData("--framing fixed:8 --size 9", "framing fixed:8")]
    [InlineData("-c 100000 --in-flight 60000", "16 000 000")]
    [InlineData("--size 0", "empty message")]
    [InlineData("--assert p99", "p99<5ms")]
    [InlineData("--binary", "WebSocket")]
    [InlineData("--threads 4", "--workers")]
    [InlineData("8080", "one argument too many")]
    public async Task What_makes_no_sense_is_said_before_anything_connects(string flags, string said)
    {
        Finished run = await SoketProcess.RunAsync(["bench", "127.0.0.1:1", .. flags.Split(' '), "--lang", "en"]);
        Assert.True(run.ExitCode == 2, run.Error);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_connections_than_files_is_said_beforehand()
    {
        Finished run = await SoketProcess.RunAsync(["bench", "127.0.0.1:1", "--mode", "idle", "-c", "200000", "--lang", "en"]);
        if (!run.Error.Contains("ECONNREFUSED", StringComparison.Ordinal))
            Assert.Matches("--connections 200000: this process may have [0-9]+ files open", run.Error);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
