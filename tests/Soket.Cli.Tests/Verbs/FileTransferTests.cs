using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket connect --send-file</c> and <c>--receive-file</c>: whole files, broken ones, full disks.</summary>
public sealed class FileTransferTests : IDisposable
{
    private readonly Interop.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_goes_to_an_echo_and_comes_back_the_same()
    {
        (string file, byte[] bytes) = Made(3_000_001);
        string back = In("back");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "--send-file", file, "--receive-file", back);
            Assert.Equal(0, client.ExitCode);
            Assert.Contains($"Sent {file}: 2.9 MiB", client.Error, StringComparison.Ordinal);
            Assert.Contains($"Received {back}: 2.9 MiB", client.Error, StringComparison.Ordinal);
            Assert.Empty(client.Out);
            AssertSame(bytes, await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Netcat_gets_the_whole_file_though_it_finished_speaking_first()
    {
        string nc = Peers.Require("nc.openbsd", "nc");
        (string file, byte[] bytes) = Made(2_000_000);
        int port = Interop.Ports.Free();
        await using SoketProcess listener = SoketProcess.Peer(nc, "-l", "-N", "127.0.0.1", $"{port}");
        Task<Finished> receiving = listener.FinishAsync(); // its stdin ends at once
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "--send-file", file, "--retry", "forever", "--retry-delay", "50ms");
        Assert.Equal(0, client.ExitCode);
        AssertSame(bytes, (await receiving).OutBytes);
    }

    [Fact]
    public async Task Netcat_sends_a_file_that_is_written()
    {
        string nc = Peers.Require("nc.openbsd", "nc");
        (_, byte[] bytes) = Made(1_000_000);
        int port = Interop.Ports.Free();
        await using SoketProcess listener = SoketProcess.Peer(nc, "-l", "-N", "127.0.0.1", $"{port}");
        Task<Finished> sending = listener.FinishAsync(bytes);
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "--receive-file", In("got"), "--retry", "forever", "--retry-delay", "50ms", "--json");
        Assert.Equal(0, client.ExitCode);
        await sending;
        AssertSame(bytes, await File.ReadAllBytesAsync(In("got"), TestContext.Current.CancellationToken));
        JsonElement record = client.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).Single(record => record.GetProperty("type").GetString() == "file");
        Assert.Equal(("received", 1_000_000, true), (record.GetProperty("direction").GetString(), record.GetProperty("bytes").GetInt32(), record.GetProperty("whole").GetBoolean()));
    }

    [Fact]
    public async Task Stdin_gets_whole_to_a_peer_that_finished_speaking_first()
    {
        string nc = Peers.Require("nc.openbsd", "nc");
        (_, byte[] bytes) = Made(2_000_000);
        int port = Interop.Ports.Free();
        await using SoketProcess listener = SoketProcess.Peer(nc, "-l", "-N", "127.0.0.1", $"{port}");
        Task<Finished> receiving = listener.FinishAsync();
        Finished client = await SoketProcess.RunAsync(bytes, ["connect", $"127.0.0.1:{port}", "--receive-file", In("got"), "--retry", "forever", "--retry-delay", "50ms"]);
        Assert.Equal(0, client.ExitCode);
        AssertSame(bytes, (await receiving).OutBytes);
        Assert.Equal(0, new FileInfo(In("got")).Length);
    }

    [Fact]
    public async Task A_file_that_is_there_is_overwritten_only_with_force()
    {
        (string file, byte[] bytes) = Made(1000);
        await File.WriteAllTextAsync(In("there"), new string('x', 5000), TestContext.Current.CancellationToken);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished refused = await SoketProcess.RunAsync("connect", endpoints[0], "--send-file", file, "--receive-file", In("there"));
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
            Assert.Equal(5000, new FileInfo(In("there")).Length);

            Assert.Equal(0, (await SoketProcess.RunAsync("connect", endpoints[0], "--send-file", file, "--receive-file", In("there"), "--force")).ExitCode);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(In("there"), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task What_came_before_a_reset_is_kept_and_said()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using SoketProcess client = SoketProcess.Soket("connect", listener.LocalEndPoint!.ToString()!, "hai", "--receive-file", In("part"), "-v");
        using (Socket peer = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            await peer.SendAsync(new byte[1000], TestContext.Current.CancellationToken);
            await client.ErrorLineAsync(line => line.Contains("recv(", StringComparison.Ordinal) && line.Contains("1000", StringComparison.Ordinal));
            peer.LingerState = new LingerOption(true, 0);
        }

        Finished finished = await client.EndAsync();
        Assert.Equal(56, finished.ExitCode);
        Assert.Contains("is kept, and holds the 1000 B", finished.Error, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(In("part")).Length);
    }

    [Fact]
    public async Task A_full_disk_is_told_as_one()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chargen", "tcp://127.0.0.1:0");
        await using (server)
        {
            // Its stdin stays open: a server that sees the end of the client's stream first may have sent nothing yet.
            await using SoketProcess full = SoketProcess.Soket("connect", endpoints[0], "--receive-file", "/dev/full", "--force");
            Finished client = await full.EndAsync();
            Assert.Equal(23, client.ExitCode);
            Assert.Contains("No space left on the disk that holds /dev.", client.Error, StringComparison.Ordinal);

            await using SoketProcess records = SoketProcess.Soket("connect", endpoints[0], "--receive-file", "/dev/full", "--force", "--json");
            Finished json = await records.EndAsync();
            Assert.Equal("output", JsonDocument.Parse(json.Out.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_said_before_anything_connects()
    {
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{Interop.Ports.Free()}", "--send-file", In("none"));
        Assert.Equal(2, client.ExitCode);
        Assert.Contains("--send-file: cannot read", client.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("carries messages", "udp://127.0.0.1:9", "--send-file", "x")]
    [InlineData("carries messages", "ws://127.0.0.1:9", "--receive-file", "x")]
    [InlineData("not both", "127.0.0.1:9", "halo", "--send-file", "x")]
    [InlineData("--crlf is for messages", "127.0.0.1:9", "--crlf", "--send-file", "x")]
    [InlineData("--framing is for messages", "127.0.0.1:9", "halo", "--framing", "line", "--receive-file", "x")]
    [InlineData("--force needs --receive-file", "127.0.0.1:9", "--force")]
    public async Task What_makes_no_sense_is_refused(string said, params string[] arguments)
    {
        Finished client = await SoketProcess.RunAsync(["connect", .. arguments]);
        Assert.Equal(2, client.ExitCode);
        Assert.Contains(said, client.Error, StringComparison.Ordinal);
    }

    // xUnit would print millions of bytes.
    private static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual), $"{actual.Length} bytes differ from the {expected.Length} expected");

    private string In(string name) => Path.Combine(_folder.Path, name);

    private (string Path, byte[] Bytes) Made(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 / 7))];
        File.WriteAllBytes(In("made"), bytes);
        return (In("made"), bytes);
    }
}
