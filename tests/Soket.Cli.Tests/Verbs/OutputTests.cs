using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>Where a run writes to, when that fails: a full disk, a closed stream, too few descriptors. Never a trace, never silence.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OutputTests
{
    private const string Full = "/dev/full";

    [Theory]
    [InlineData("--version")]
    [InlineData("explain 98")]
    [InlineData("explain 98 --json")]
    [InlineData("serve echo tcp://127.0.0.1:0 --json")]
    [InlineData("demo --json")]
    public async Task A_full_disk_behind_stdout_is_told_and_ends_with_23(string command)
    {
        Finished run = await ShellAsync($"exec dotnet \"$0\" {command} >{Full}");
        Assert.Equal(23, run.ExitCode);
        Assert.Contains("standard output cannot be written: No space left on device", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stdout_that_cannot_be_written_is_told()
    {
        Finished run = await ShellAsync("exec dotnet \"$0\" --version --lang id 1</dev/null");
        Assert.Equal(23, run.ExitCode);
        Assert.Contains("keluaran standar tidak dapat ditulis: Bad file descriptor", run.Error, StringComparison.Ordinal);
    }

    // A pipe that is full and that nobody reads keeps whoever writes to it, and no signal is to be ignored for that.
    [Theory]
    [InlineData("connect")]
    [InlineData("chat")]
    public async Task Who_is_told_to_end_ends_though_nobody_reads_what_it_says(string verb)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using SoketProcess run = SoketProcess.Peer(Peers.Require("python3"), "-c", EndOnceFull, "dotnet", SoketProcess.Program, verb, $"tcp://{listener.LocalEndpoint}");
        using Socket server = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Task<int> sending = server.SendAsync(new byte[64 * 1024 * 1024], TestContext.Current.CancellationToken).AsTask();
        Finished ended = await run.FinishAsync([]);
        Assert.Equal("130\n", ended.Out);
        await sending.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default); // a reset, as it should be
    }

    private const string EndOnceFull = """
        import os, select, signal, subprocess, sys, time
        reads, writes = os.pipe()
        run = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=writes)
        while select.select([], [writes], [], 0)[1]:
            time.sleep(0.01)
        run.send_signal(signal.SIGTERM)
        print(run.wait())
        """;

    [Fact]
    public async Task An_event_file_that_takes_no_more_is_told_and_the_conversation_goes_on()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            if (!File.Exists(Full))
                Assert.Skip("no /dev/full");
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--events", Full);
            Assert.Equal((23, "halo"), (client.ExitCode, client.Out));
            Assert.Contains("--events: /dev/full takes no more", client.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_event_file_that_cannot_be_opened_is_a_mistake_of_the_command_line()
    {
        Finished client = await SoketProcess.RunAsync("connect", "127.0.0.1:1", "halo", "--events", "/nowhere/at/all.jsonl");
        Assert.Equal(2, client.ExitCode);
        Assert.Contains("--events: cannot write /nowhere/at/all.jsonl", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_descriptors_for_NET_itself_are_told_before_anything_is_done()
    {
        Finished run = await ShellAsync("ulimit -n 80; exec dotnet \"$0\" serve echo tcp://127.0.0.1:0");
        Assert.Equal(114, run.ExitCode);
        Assert.Contains("80 files", run.Error, StringComparison.Ordinal);
        Assert.Contains("ulimit -n 1024", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enough_descriptors_for_NET_are_enough_to_serve()
    {
        await using SoketProcess server = Shell("ulimit -n 192; exec dotnet \"$0\" serve echo tcp://127.0.0.1:0 --json");
        string ready = await server.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
        string endpoint = ready.Split('"').First(part => part.StartsWith("tcp://", StringComparison.Ordinal));
        Finished client = await SoketProcess.RunAsync("connect", endpoint, "halo");
        Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
        Assert.Equal(0, (await server.SignalAsync("TERM")).ExitCode);
    }

    [Fact]
    public async Task A_server_whose_terminal_went_away_drains_and_one_under_nohup_does_not_notice()
    {
        await using (SoketProcess server = Shell("exec dotnet \"$0\" serve echo tcp://127.0.0.1:0 --json"))
        {
            await server.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
            Finished ended = await server.SignalAsync("HUP");
            Assert.Equal(0, ended.ExitCode);
            Assert.Contains("\"type\":\"summary\"", ended.Out, StringComparison.Ordinal);
        }

        await using SoketProcess kept = Shell("trap '' HUP; exec dotnet \"$0\" serve echo tcp://127.0.0.1:0 --json");
        string ready = await kept.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
        string endpoint = ready.Split('"').First(part => part.StartsWith("tcp://", StringComparison.Ordinal));
        kept.Signal("HUP");
        Assert.Equal("halo", (await SoketProcess.RunAsync("connect", endpoint, "halo")).Out);
        Assert.Equal(0, (await kept.SignalAsync("TERM")).ExitCode);
    }

    private static async Task<Finished> ShellAsync(string script)
    {
        await using SoketProcess process = Shell(script);
        return await process.FinishAsync();
    }

    private static SoketProcess Shell(string script) =>
        SoketProcess.Peer(Peers.Require("bash"), "-c", script, SoketProcess.Program);
}
