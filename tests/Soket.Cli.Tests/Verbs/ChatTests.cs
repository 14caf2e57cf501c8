using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket serve chat</c> and <c>soket chat</c> as processes.</summary>
public sealed class ChatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_person_at_nc_and_two_at_soket_talk_in_rooms()
    {
        string nc = Peers.Require("nc.openbsd");
        (SoketProcess server, int port) = await ServeAsync();
        await using (server)
        {
            await using SoketProcess cat = SoketProcess.Peer(nc, "127.0.0.1", Number(port));
            await cat.OutLineAsync(line => line.StartsWith("* soket chat", StringComparison.Ordinal));
            await cat.WriteAsync("/nick citra\n");
            await cat.OutLineAsync(line => line == "* You are citra now.");
            await using SoketProcess ani = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "ani");
            await cat.OutLineAsync(line => line.Contains("ani", StringComparison.Ordinal));
            await using SoketProcess budi = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "budi", "--lang", "id");
            await cat.OutLineAsync(line => line.Contains("budi", StringComparison.Ordinal));

            await cat.WriteAsync("halo semua\n");
            await ani.OutLineAsync(line => line == "citra: halo semua");
            await budi.OutLineAsync(line => line == "citra: halo semua");
            await ani.WriteAsync("halo dari ani\n/msg budi berdua saja\n");
            await cat.OutLineAsync(line => line == "ani: halo dari ani");
            await budi.OutLineAsync(line => line == "(pribadi) ani: berdua saja");
            await budi.WriteAsync("/quit\n");
            Assert.Equal(0, (await budi.EndAsync()).ExitCode);
            await cat.OutLineAsync(line => line == "* budi has gone");
            Assert.Equal(0, (await ani.FinishAsync("exit\n"u8.ToArray())).ExitCode);
            Assert.DoesNotContain("berdua", cat.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_and_begun_again_knows_all_that_was_accepted_and_the_client_comes_back()
    {
        string history = Path.Combine(_folder, "history");
        (SoketProcess first, int port) = await ServeAsync("--history", history);
        await using SoketProcess ani = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "ani");
        await using SoketProcess budi = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "budi");
        await using (first)
        {
            await ani.ErrorLineAsync(line => line.Contains("You are ani", StringComparison.Ordinal));
            await budi.ErrorLineAsync(line => line.Contains("You are budi", StringComparison.Ordinal));
            await ani.WriteAsync("sebelum\n");
            await budi.OutLineAsync(line => line == "ani: sebelum");
            await ani.OutLineAsync(line => line == "ani: sebelum");
            await first.SignalAsync("KILL");
        }

        await ani.ErrorLineAsync(line => line.Contains("The connection is lost", StringComparison.Ordinal));
        await ani.WriteAsync("sementara\n");
        SoketProcess second = SoketProcess.Soket("serve", "chat", $"tcp://127.0.0.1:{port}", "--history", history, "--reuse-address");
        await using (second)
        {
            await budi.OutLineAsync(line => line == "ani: sementara");
            await ani.OutLineAsync(line => line == "ani: sementara");
            await budi.WriteAsync("/history\n");
            await budi.OutLineAsync(line => line.Length > 6 && char.IsAsciiDigit(line[0]) && line.EndsWith("ani: sebelum", StringComparison.Ordinal));
            Finished ended = await budi.FinishAsync("exit\n"u8.ToArray());
            Assert.Equal(0, ended.ExitCode);
            Assert.Equal(1, ended.Out.Split('\n').Count(line => line == "ani: sebelum"));
            Assert.Equal(1, ended.Out.Split('\n').Count(line => line == "ani: sementara"));
            Assert.Equal(0, (await second.SignalAsync("TERM")).ExitCode);
        }
    }

    [Fact]
    public async Task A_script_speaks_and_waits_by_itself()
    {
        (SoketProcess server, int port) = await ServeAsync();
        await using (server)
        {
            string asks = Path.Combine(_folder, "tanya.txt"), answers = Path.Combine(_folder, "jawab.txt");
            await File.WriteAllTextAsync(asks, "## yang bertanya\n/wait siap\napa kabar?\n/wait baik\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(answers, "/wait ani has joined\nsiap\n/wait apa kabar\nbaik\n", TestContext.Current.CancellationToken);
            await using SoketProcess answering = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "budi", "--script", answers);
            await answering.ErrorLineAsync(line => line.Contains("You are in #lobby", StringComparison.Ordinal));
            Finished asked = await SoketProcess.RunAsync("chat", $"127.0.0.1:{port}", "--nick", "ani", "--script", asks);
            Assert.Equal((0, "budi: siap\nani: apa kabar?\nbudi: baik\n"), (asked.ExitCode, asked.Out));
            Assert.Equal(0, (await answering.EndAsync()).ExitCode);
        }
    }

    [Fact]
    public async Task A_session_over_datagrams_talks_with_one_over_a_stream_and_json_tells_everything()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chat", "tcp://127.0.0.1:0", "udp://127.0.0.1:0");
        await using (server)
        {
            await using SoketProcess ani = SoketProcess.Soket("chat", endpoints[0], "--nick", "ani");
            await ani.ErrorLineAsync(line => line.Contains("You are in #lobby", StringComparison.Ordinal));
            await using SoketProcess budi = SoketProcess.Soket("chat", endpoints[1], "--nick", "budi", "--json");
            await ani.ErrorLineAsync(line => line.Contains("budi", StringComparison.Ordinal));
            await budi.WriteAsync("halo lewat udp\n");
            await ani.OutLineAsync(line => line == "budi: halo lewat udp");
            await ani.WriteAsync("halo lewat tcp\n");
            await budi.OutLineAsync(line => line.Contains("halo lewat tcp", StringComparison.Ordinal));
            Finished ended = await budi.FinishAsync("exit\n"u8.ToArray());
            Assert.Equal(0, ended.ExitCode);
            Assert.All(ended.Out.TrimEnd('\n').Split('\n'), line =>
            {
                using JsonDocument record = JsonDocument.Parse(line);
                Assert.Equal(1, record.RootElement.GetProperty("v").GetInt32());
            });
            Assert.Contains("\"manner\":\"rooms\"", ended.Out, StringComparison.Ordinal);
            await server.OutLineAsync(line => line.Contains("\"type\":\"chat\"", StringComparison.Ordinal) && line.Contains("halo lewat udp", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_token_lets_in_and_stands_in_no_log()
    {
        string token = Path.Combine(_folder, "token"), events = Path.Combine(_folder, "events.jsonl"), record = Path.Combine(_folder, "record.txt");
        await File.WriteAllTextAsync(token, "buka-pintu-77\n", TestContext.Current.CancellationToken);
        await using SoketProcess server = SoketProcess.Soket("serve", "chat", "tcp://127.0.0.1:0", "--token-file", token, "-vv", "--events", events, "--record-hex", record);
        int port = SoketProcess.PortOf((await server.ErrorLineAsync(line => line.Contains("ready on tcp://127.0.0.1:", StringComparison.Ordinal))).Trim());

        Finished stranger = await SoketProcess.RunAsync("chat", $"127.0.0.1:{port}", "--nick", "budi");
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("A token is needed", stranger.Error, StringComparison.Ordinal);

        var environment = new Dictionary<string, string?> { ["SOKET_CHAT_TOKEN"] = "buka-pintu-77" };
        Finished friend = await SoketProcess.RunAsync("halo\n"u8.ToArray(), ["chat", $"127.0.0.1:{port}", "--nick", "ani", "-vv", "--events", Path.Combine(_folder, "own.jsonl")], environment);
        Assert.Equal((0, "ani: halo\n"), (friend.ExitCode, friend.Out));

        Finished served = await server.SignalAsync("TERM");
        Assert.Equal(0, served.ExitCode);
        foreach (string log in (string[])[served.Error, friend.Error, await ReadAsync(events), await ReadAsync(record), await ReadAsync(Path.Combine(_folder, "own.jsonl"))])
        {
            Assert.NotEmpty(log);
            Assert.DoesNotContain("buka-pintu", log, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower("buka"u8), log.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        }

        static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_servers_control_characters_reach_no_terminal_and_no_pipe()
    {
        string python = Peers.Require("python3");
        const string Rude = """
            import socket
            s = socket.socket()
            s.bind(('127.0.0.1', 0))
            s.listen(5)
            print('ready', s.getsockname()[1])
            c, a = s.accept()
            c.send(b'* soket chat. halo\n')
            c.recv(4096)
            c.send(b'{"type":"welcome","nick":"ani","epoch":"1"}\n{"type":"joined","room":"lobby","topic":"","names":["ani"],"count":1,"last":0}\n')
            c.send(b'{"type":"entry","room":"lobby","number":1,"time":"2026-01-01T00:00:00Z","kind":"message","from":"x\\u001b[2J","text":"a\\u001b]0;t\\u0007b\\nc\\u202ed"}\n')
            c.send(b'{"type":"bye","reason":"\\u001b[31m"}\n')
            c.recv(4096)
            """;
        await using SoketProcess server = SoketProcess.Peer(python, "-c", Rude);
        string ready = await server.OutLineAsync(line => line.StartsWith("ready ", StringComparison.Ordinal) && line.Length > 6);
        Finished client = await SoketProcess.RunAsync("chat", $"127.0.0.1:{ready[6..]}", "--wait", "20s");
        Assert.Contains(@"x\x1b[2J: a\x1b]0;t\x07b\nc\u{202e}d", client.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Out + client.Error, c => char.IsControl(c) && c != '\n');
    }

    // On a terminal of its own: what is typed after the question comes to the operator whole.
    [Fact]
    public async Task An_answer_about_a_leftover_socket_takes_no_keys_from_the_operator()
    {
        string python = Peers.Require("python3"), path = Path.Combine(_folder, "left.sock");
        const string Typed = """
            import os, pty, select, socket, sys
            left = socket.socket(socket.AF_UNIX)
            left.bind(sys.argv[1])
            left.close()
            child, terminal = pty.fork()
            if child == 0:
                os.environ['TERM'] = 'xterm'
                os.execvp('dotnet', ['dotnet', sys.argv[2], 'serve', 'chat', 'unix:' + sys.argv[1], '--operator'])
            seen = b''
            def until(text):
                global seen
                while text not in seen:
                    if not select.select([terminal], [], [], 30)[0]:
                        sys.exit('never seen: %r in %r' % (text, seen))
                    seen += os.read(terminal, 4096)
                    if b'\x1b[6n' in seen: # where the cursor is, which a terminal tells
                        seen = seen.replace(b'\x1b[6n', b'')
                        os.write(terminal, b'\x1b[1;1R')
                seen = seen.split(text, 1)[1]
            until(b'[y/N]')
            os.write(terminal, b'y\r')
            until(b'> ')
            for key in b'satu dua tiga':
                os.write(terminal, bytes([key]))
            os.write(terminal, b'\r')
            until(b': satu dua tiga') # the name has a colour
            os.write(terminal, b'exit\r')
            try:
                while os.read(terminal, 4096):
                    pass
            except OSError:
                pass
            print('ended', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """;
        await using SoketProcess typing = SoketProcess.Peer(python, "-c", Typed, path, SoketProcess.Program);
        Finished ended = await typing.EndAsync();
        Assert.Equal((0, "ended 0\n"), (ended.ExitCode, ended.Out));
    }

    [Fact]
    public async Task What_is_typed_while_the_server_is_away_is_counted_and_told_once_more_by_who_leaves()
    {
        const string Typed = """
            import os, pty, select, sys
            child, terminal = pty.fork()
            if child == 0:
                os.environ['TERM'] = 'xterm'
                os.execvp('dotnet', ['dotnet', sys.argv[1], 'chat', '127.0.0.1:' + sys.argv[2], '--nick', 'ani'])
            seen = b''
            def until(text):
                global seen
                while text not in seen:
                    if not select.select([terminal], [], [], 30)[0]:
                        sys.exit('never seen: %r in %r' % (text, seen))
                    seen += os.read(terminal, 4096)
                    if b'\x1b[6n' in seen:
                        seen = seen.replace(b'\x1b[6n', b'')
                        os.write(terminal, b'\x1b[1;1R')
                seen = seen.split(text, 1)[1]
            until(b'You are ani')
            print('there', flush=True)
            until(b'trying again')
            os.write(terminal, b'satu\r')
            until(b'waiting: 1)')
            os.write(terminal, b'dua\r')
            until(b'waiting: 2)')
            os.write(terminal, b'exit\r')
            until(b'Not said yet: 2.')
            os.write(terminal, b'exit\r')
            try:
                while os.read(terminal, 4096):
                    pass
            except OSError:
                pass
            print('ended', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """;
        (SoketProcess server, int port) = await ServeAsync();
        await using (server)
        {
            await using SoketProcess typing = SoketProcess.Peer(Peers.Require("python3"), "-c", Typed, SoketProcess.Program, $"{port}");
            await typing.OutLineAsync(line => line == "there");
            await server.SignalAsync("KILL");
            Finished ended = await typing.EndAsync();
            Assert.Equal((0, "there\nended 1\n"), (ended.ExitCode, ended.Out));
        }
    }

    [Theory]
    [InlineData(new[] { "chat" }, "Chat where?")]
    [InlineData(new[] { "chat", ":8080", "--nick", "a\u202eb" }, "--nick")]
    [InlineData(new[] { "chat", ":8080", "--plain", "--nick", "ani" }, "there is no --nick")]
    [InlineData(new[] { "chat", ":8080", "--script", "/nonexistent" }, "cannot be read")]
    [InlineData(new[] { "serve", "echo", ":0", "--operator" }, "for the service chat only")]
    [InlineData(new[] { "serve", "echo", ":0", "--web" }, "for the service chat only")]
    [InlineData(new[] { "serve", "chat", ":0", "--history-sync", "2s" }, "--history")]
    [InlineData(new[] { "serve", "chat", ":0", "--token-file", "/nonexistent" }, "token cannot be read")]
    public async Task What_makes_no_sense_is_said_before_anything_connects(string[] arguments, string said)
    {
        Finished finished = await SoketProcess.RunAsync(arguments);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_exit_code_7_as_for_every_client()
    {
        Finished finished = await SoketProcess.RunAsync("chat", $"127.0.0.1:{Interop.Ports.Free()}");
        Assert.Equal(7, finished.ExitCode);
    }

    private static async Task<(SoketProcess Server, int Port)> ServeAsync(params string[] more)
    {
        SoketProcess server = SoketProcess.Soket(["serve", "chat", "tcp://127.0.0.1:0", .. more]);
        string ready = await server.ErrorLineAsync(line => line.Contains("ready on tcp://127.0.0.1:", StringComparison.Ordinal));
        return (server, SoketProcess.PortOf(ready.Trim()));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
