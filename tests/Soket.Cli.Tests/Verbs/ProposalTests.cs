using System.Net;
using System.Net.Sockets;
using Soket.Cli.Commands.Serve;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What a failure blames, and what it proposes to type: the person's own command with the one thing changed.</summary>
public sealed class ProposalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_taken_source_is_told_with_its_holder_and_not_the_destination()
    {
        (SoketProcess holder, IReadOnlyList<string> held) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (holder)
        await using (server)
        {
            string source = held[0]["tcp://".Length..];
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "--source", source, "halo");
            Assert.Equal(110, client.ExitCode);
            Assert.StartsWith($"soket: bind {source}: ", client.Error, StringComparison.Ordinal);
            Assert.Contains($"PID {holder.Id}", client.Error, StringComparison.Ordinal);
            Assert.Contains("`soket serve echo", client.Error, StringComparison.Ordinal); // Soket's own processes by their name
            Assert.Contains("--source 127.0.0.1`", client.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(endpoints[0], client.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_source_that_is_not_ours_is_told()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "--source", "192.0.2.77", "halo");
            Assert.Equal(113, client.ExitCode);
            Assert.Contains("192.0.2.77, which is not an address of this machine", client.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("connect 127.0.0.1:1 -6", "-6 and 127.0.0.1")]
    [InlineData("connect [::1]:1 -4", "-4 and ::1")]
    [InlineData("connect [::1]:1 --source 127.0.0.1", "--source 127.0.0.1 and ::1")]
    [InlineData("connect localhost:1 -6 --source 127.0.0.1", "-6 and 127.0.0.1")]
    [InlineData("serve echo :8080 127.0.0.1:8080", "are one address")]
    [InlineData("serve echo tcp://0.0.0.0:8080 tls://*:8080", "are one address")]
    [InlineData("serve echo unix:/tmp/a unix:/tmp/a", "are one address")]
    public async Task What_contradicts_itself_is_a_mistake_before_anything_is_done(string command, string part)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_that_is_proposed_is_the_one_that_was_typed_and_called_as_it_was()
    {
        (SoketProcess holder, IReadOnlyList<string> held) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (holder)
        {
            Finished taken = await SoketProcess.RunAsync([], ["serve", "process", held[0], "--payload", "512"], new Dictionary<string, string?> { ["SOKET_CALLED"] = "./soket" });
            Assert.Equal(110, taken.ExitCode);
            Assert.Matches(@"`\./soket serve process tcp://127\.0\.0\.1:\d+ --payload 512`", taken.Error);
            Assert.Contains("more: ./soket explain address-in-use", taken.Error, StringComparison.Ordinal);

            Finished port = await SoketProcess.RunAsync("serve", "process", "--host", "127.0.0.1", "--port", SoketProcess.PortOf(held[0]).ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Matches(@"`soket serve process --host 127\.0\.0\.1 --port \d+`", port.Error);
        }
    }

    [Fact]
    public async Task Who_chats_is_proposed_to_chat()
    {
        (SoketProcess hall, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chat", "udp://127.0.0.1:0");
        await using (hall)
        {
            string there = endpoints[0]["udp://".Length..];
            Finished refused = await SoketProcess.RunAsync("chat", "tcp://" + there, "--nick", "ani");
            Assert.Equal(7, refused.ExitCode);
            Assert.Contains($"Speak UDP to it: `soket chat udp://{there} --nick ani`", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_wrong_kind_of_Unix_socket_is_answered_with_the_right_scheme_and_the_message_kept()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("no datagrams on Unix sockets");
        string path = Path.Combine(_folder, "d");
        using var datagrams = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        datagrams.Bind(new UnixDomainSocketEndPoint(path));
        Finished client = await SoketProcess.RunAsync("connect", $"unix:{path}", "it's me");
        Assert.Equal(118, client.ExitCode);
        Assert.Contains($@"`soket connect unixgram:{path} 'it'\''s me'`", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leftover_socket_file_is_explained_and_removed_only_when_told()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("no sockets at paths");
        string path = Path.Combine(_folder, "s");
        using (var leftover = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            leftover.Bind(new UnixDomainSocketEndPoint(path));
        }

        if (!File.Exists(path)) // .NET removes it with the socket
            await using (var made = SoketProcess.Peer(Peers.Require("python3"), "-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{path}')"))
                Assert.Equal(0, (await made.EndAsync()).ExitCode);

        Finished refused = await SoketProcess.RunAsync("serve", "echo", $"unix:{path}");
        Assert.Equal(110, refused.ExitCode);
        Assert.Contains("--remove-stale", refused.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(path));

        await using SoketProcess server = SoketProcess.Soket("serve", "echo", $"unix:{path}", "--remove-stale");
        await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        Assert.Equal("halo", (await SoketProcess.RunAsync("connect", $"unix:{path}", "halo")).Out);

        // One that is alive is never removed.
        Finished live = await SoketProcess.RunAsync("serve", "echo", $"unix:{path}", "--remove-stale");
        Assert.Equal(110, live.ExitCode);
        Assert.Contains($"PID {server.Id}", live.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_to_chat_where_nobody_is_is_not_proposed_an_echo()
    {
        int port = Interop.Ports.Free();
        Finished refused = await SoketProcess.RunAsync("chat", $"127.0.0.1:{port}", "--nick", "ani");
        Assert.Equal(7, refused.ExitCode);
        Assert.Contains($"`soket serve chat tcp://127.0.0.1:{port}`", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_free_port_is_proposed_to_what_listens_in_its_own_words()
    {
        using var holder = new TcpListener(System.Net.IPAddress.Loopback, 0);
        holder.Start();
        Finished refused = await SoketProcess.RunAsync("listen", holder.LocalEndpoint.ToString()!, "--keep");
        Assert.Equal(110, refused.ExitCode);
        Assert.Matches(@"`soket listen tcp://127\.0\.0\.1:\d+ --keep`", refused.Error);
    }

    [Theory]
    [InlineData("listen", "--keep", "Listening on ")]
    [InlineData("relay", "tcp://127.0.0.1:1", "Relaying ")]
    public async Task Whatever_listens_removes_a_leftover_when_told(string verb, string more, string ready)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("no sockets at paths");
        string path = Path.Combine(_folder, "s");
        await using (var made = SoketProcess.Peer(Peers.Require("python3"), "-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{path}')"))
            Assert.Equal(0, (await made.EndAsync()).ExitCode);

        Finished refused = await SoketProcess.RunAsync(verb, $"unix:{path}", more);
        Assert.Equal(110, refused.ExitCode);
        Assert.Contains("`--remove-stale`", refused.Error, StringComparison.Ordinal);

        await using SoketProcess server = SoketProcess.Soket(verb, $"unix:{path}", more, "--remove-stale", "--backlog", "3");
        await server.ErrorLineAsync(line => line.StartsWith(ready, StringComparison.Ordinal));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("renamed", 110, "A running server has ")]
    [InlineData("link/s", 110, "A running server has ")]
    [InlineData("to-the-socket", 110, "is no socket")]
    [InlineData("to-nowhere", 110, "is no socket")]
    public async Task A_live_socket_under_another_name_and_a_link_are_never_removed(string name, int exitCode, string said)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the table of Unix sockets is Linux's");
        string real = Path.Combine(_folder, "real", "s"), path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.Combine(_folder, "real"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "real"));
        File.CreateSymbolicLink(Path.Combine(_folder, "to-the-socket"), real);
        File.CreateSymbolicLink(Path.Combine(_folder, "to-nowhere"), Path.Combine(_folder, "nowhere"));
        using var live = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        live.Bind(new UnixDomainSocketEndPoint(real));
        live.Listen();
        if (name == "renamed")
            File.Move(real, path);

        Finished finished = await SoketProcess.RunAsync("serve", "echo", $"unix:{path}", "--remove-stale");

        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rm ", finished.Error, StringComparison.Ordinal);
        if (name == "to-nowhere")
        {
            Assert.NotNull(new FileInfo(path).LinkTarget);
            return;
        }

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void What_another_server_has_put_in_the_place_of_a_leftover_meanwhile_is_left_alone()
    {
        string path = Path.Combine(_folder, "raced");
        File.WriteAllText(path, "old");
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var seen = new LeftoverSocket(path);
        File.Delete(path);
        File.WriteAllText(path, "new");

        Assert.False(seen.TryRemove());
        Assert.Equal("new", File.ReadAllText(path));

        Assert.True(new LeftoverSocket(path).TryRemove());
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_path_is_shown_as_it_was_given()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("no sockets at paths");
        string path = Path.Combine(_folder, "p");
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", $"unix:{path}", "-v");
        await server.ErrorLineAsync(line => line.Contains($" bind({path}) = 0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1", "permission-denied:")]
    [InlineData("13", "permission-denied:")]
    [InlineData("EACCES", "permission-denied:")]
    [InlineData("-2", "name-not-found:")]
    [InlineData("10048", "address-in-use:")]
    [InlineData("WSAECONNREFUSED", "connection-refused:")]
    public async Task Explain_tells_the_general_case_first(string query, string code)
    {
        Finished run = await SoketProcess.RunAsync("explain", query);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\n" + code, "\n" + run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Traceback (most recent call last):\n  File \"server.py\", line 4, in <module>\n    s.bind(('', 8080))\nOSError: [Errno 98] Address already in use\n", "address-in-use:")]
    [InlineData("Exception in thread \"main\" java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.connect0(Native Method)\n", "connection-refused:")]
    [InlineData("2026/01/02 dial tcp 10.0.0.5:22: i/o timeout\nexit status 1\n", "connect-timed-out:")]
    [InlineData("soket: recv tcp://h:1: x (Y)\n  more: ./soket explain closed-unanswered\n", "closed-unanswered:")]
    public async Task Explain_reads_what_another_program_said(string said, string code)
    {
        Finished run = await SoketProcess.RunAsync(System.Text.Encoding.UTF8.GetBytes(said), ["explain"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\n" + code, "\n" + run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_byte_is_one_byte()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        Finished client = await SoketProcess.RunAsync("connect", ready.Split(' ')[^1], "h");
        Assert.Contains("  1 byte in ", client.Error, StringComparison.Ordinal);
        await server.ErrorLineAsync(line => line.EndsWith("received 1 byte: \"h\"", StringComparison.Ordinal));
    }
}
