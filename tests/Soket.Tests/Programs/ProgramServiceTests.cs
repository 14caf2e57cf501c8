using System.Net.Sockets;
using System.Text;
using Soket.Events;
using Soket.Hosting;
using Soket.Programs;
using Soket.Services;
using Soket.Tests.Hosting;
using Soket.Tests.Services;
using Xunit;

namespace Soket.Tests.Programs;

/// <summary>A program for each connection on .NET's own processes, as on the systems that have no better way here; the command line's tests have the other.</summary>
public sealed class ProgramServiceTests
{
    public ProgramServiceTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs here are a Unix system's");

    [Fact]
    public async Task A_programs_stdin_and_stdout_are_the_connection()
    {
        var events = new RecordingObserver();
        await using SocketServer server = await ServeAsync("cat; echo selesai >&2; exit 3", events);
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.SendAsync("halo");
        Assert.Equal("halo", await peer.ReceiveAsync(4));
        peer.Socket.Shutdown(SocketShutdown.Send);
        await peer.AssertEndsAsync();
        peer.Dispose();
        await server.DrainAsync(Peer.Patience, TestContext.Current.CancellationToken);
        Assert.Contains(events.Snapshot(), e => e.Event is { Reason: "program-says", Value: "selesai" });
        Assert.Contains(events.Snapshot(), e => e.Event is { Reason: "program-ended", Value: "exit 3" });
    }

    [Fact]
    public async Task A_program_whose_peer_is_gone_is_killed()
    {
        var events = new EventList();
        await using SocketServer server = await ServeAsync("echo ada; exec sleep 1000", events);
        using Peer peer = await Peer.ConnectAsync(server);
        Assert.Equal("ada\n", await peer.ReceiveAsync(4));
        peer.Socket.Close(0); // a reset
        Assert.Equal("signal 9", (await events.SeeAsync(e => e.Reason == "program-ended")).Value);
    }

    [Fact]
    public void What_cannot_be_started_is_an_input_output_error()
    {
        var command = new ProgramCommand("/tidak/ada", []);
        Assert.Throws<IOException>(() => new ManagedPrograms().Start(command, new Dictionary<string, string>()));
    }

    [Fact]
    public void A_program_is_found_as_a_shell_finds_it()
    {
        Assert.Equal(ProgramSearch.Found, ProgramCommand.Find("sh", out string? path));
        Assert.EndsWith("/sh", path, StringComparison.Ordinal);
        Assert.Equal(ProgramSearch.Found, ProgramCommand.Find(path!, out _));
        Assert.Equal(ProgramSearch.Missing, ProgramCommand.Find("tidak-ada-program-ini", out _));
        Assert.Equal(ProgramSearch.Missing, ProgramCommand.Find("/tidak/ada", out _));
        Assert.Equal(ProgramSearch.Folder, ProgramCommand.Find("/", out _));
        string file = Path.GetTempFileName();
        Assert.Equal(ProgramSearch.NotExecutable, ProgramCommand.Find(file, out _));
        File.Delete(file);
    }

    private static Task<SocketServer> ServeAsync(string script, ISocketObserver events) => new SocketServerBuilder()
        .Listen("tcp://127.0.0.1:0", new SocketService { Name = "exec", Stream = new ProgramService(new ProgramCommand("/bin/sh", ["-c", script]), new ManagedPrograms()), CanLoop = false })
        .Observe(events)
        .StartAsync();
}
