using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket serve --exec</c>: a real program for each connection, and nothing left of it afterwards.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("soket-exec-");

    public ExecTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs here are a Unix system's");

    public void Dispose() => _folder.Delete(recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nc.openbsd", "-N 127.0.0.1 PORT")]
    [InlineData("ncat", "127.0.0.1 PORT")]
    [InlineData("socat", "- TCP:127.0.0.1:PORT")]
    public async Task What_nc_ncat_and_socat_send_is_the_programs_stdin_and_its_stdout_comes_back(string peer, string arguments)
    {
        string program = Peers.Require(peer);
        (SoketProcess server, int port) = await ServeAsync("tr a-z A-Z");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(program, arguments.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Split(' '));
            Finished finished = await client.FinishAsync("halo\n"u8.ToArray());
            Assert.Equal((0, "HALO\n"), (finished.ExitCode, finished.Out));
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task Bytes_go_through_exactly_and_the_half_close_both_ways(string scheme)
    {
        byte[] sent = new byte[3_000_000];
        new Random(1).NextBytes(sent);
        string place = scheme == "unix" ? $"unix:{_folder.FullName}/s" : $"{scheme}://127.0.0.1:0";
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("--exec", "cat", place);
        await using (server)
        {
            using Socket socket = scheme == "unix" ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(scheme == "unix" ? new UnixDomainSocketEndPoint($"{_folder.FullName}/s") : new IPEndPoint(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0])), Cancel);
            Stream stream = new NetworkStream(socket);
            if (scheme == "tls")
            {
                var tls = new SslStream(stream, false, (_, certificate, _, _) => certificate is not null);
                await tls.AuthenticateAsClientAsync("localhost");
                stream = tls;
            }

            Task<byte[]> reading = ReadAsync(stream);
            await stream.WriteAsync(sent, Cancel);
            if (stream is SslStream secure)
                await secure.ShutdownAsync();
            else
                socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(sent, await reading);
            Assert.Equal("exit 0", await EndedAsync(server));
        }
    }

    [Fact]
    public async Task A_program_knows_who_talks_begins_with_usual_signals_and_gets_no_descriptor_of_the_servers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it looks in /proc");
        (SoketProcess server, int port) = await ServeAsync("env; grep SigIgn /proc/self/status; ls -l /proc/$$/fd", "--shell");
        await using (server)
        {
            using var other = await ConnectAsync(port);
            using TcpClient client = await ConnectAsync(port);
            string said = Encoding.UTF8.GetString(await ReadAsync(client.GetStream()));

            var local = (IPEndPoint)client.Client.LocalEndPoint!;
            Assert.Contains("SOKET_PROTOCOL=tcp\n", said, StringComparison.Ordinal);
            Assert.Contains($"SOKET_REMOTE={local}\n", said, StringComparison.Ordinal);
            Assert.Contains($"SOKET_REMOTE_PORT={local.Port}\n", said, StringComparison.Ordinal);
            Assert.Contains($"SOKET_LOCAL=127.0.0.1:{port}\n", said, StringComparison.Ordinal);
            long ignored = long.Parse(said.Split('\n').First(line => line.StartsWith("SigIgn", StringComparison.Ordinal))[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(0, ignored & (1 << 12)); // SIGPIPE, which .NET ignores
            Assert.DoesNotContain("socket:", said, StringComparison.Ordinal);
            Assert.DoesNotContain("anon_inode", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_program_gets_no_descriptor_that_the_servers_shell_left_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it looks in /proc");
        await using SoketProcess server = SoketProcess.Peer(Peers.Require("bash"), "-c", "exec 9</etc/passwd; exec dotnet \"$0\" serve 127.0.0.1:0 --exec 'ls -l /proc/$$/fd' --shell --json", SoketProcess.Program);
        string ready = await server.OutLineAsync(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
        using System.Text.Json.JsonDocument record = System.Text.Json.JsonDocument.Parse(ready);
        using TcpClient client = await ConnectAsync(SoketProcess.PortOf(record.RootElement.GetProperty("endpoints")[0].GetString()!));
        string said = Encoding.UTF8.GetString(await ReadAsync(client.GetStream()));
        Assert.Contains("0 -> pipe:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("/etc/passwd", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_closes_its_stdin_early_is_heard_to_the_end_and_the_peer_is_not_reset()
    {
        (SoketProcess server, int port) = await ServeAsync("exec <&-; echo cukup; echo sekali", "--shell");
        await using (server)
        {
            using TcpClient client = await ConnectAsync(port);
            Task sending = client.GetStream().WriteAsync(new byte[500_000], Cancel).AsTask();
            Assert.Equal("cukup\nsekali\n", Encoding.UTF8.GetString(await ReadAsync(client.GetStream())));
            await sending;
            Assert.Equal("exit 0", await EndedAsync(server));
            Assert.DoesNotContain("ECONNRESET", server.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_program_that_never_exits_ends_with_its_whole_group_when_nothing_moves_for_too_long()
    {
        (SoketProcess server, int port) = await ServeAsync("sleep 1000 & echo $$ $!; wait", "--shell", "--idle-timeout", "300ms");
        await using (server)
        {
            using TcpClient client = await ConnectAsync(port);
            string[] pids = Encoding.UTF8.GetString(await ReadLineAsync(client.GetStream())).Split(' ');
            Assert.Equal("signal 15", await EndedAsync(server));
            await server.OutLineAsync(line => line.Contains("\"role\":\"server\"", StringComparison.Ordinal) && line.Contains("\"call\":\"abort\"", StringComparison.Ordinal));
            await GoneAsync(server, pids);
        }
    }

    [Fact]
    public async Task A_program_that_ignores_being_asked_is_killed_when_its_peer_is_gone()
    {
        (SoketProcess server, int port) = await ServeAsync("trap '' TERM; echo $$; while :; do sleep 1; done", "--shell");
        await using (server)
        {
            TcpClient client = await ConnectAsync(port);
            string pid = Encoding.UTF8.GetString(await ReadLineAsync(client.GetStream()));
            client.Client.Close(0); // a reset
            Assert.Equal("signal 9", await EndedAsync(server));
            await GoneAsync(server, [pid]);
        }
    }

    [Fact]
    public async Task A_reset_is_seen_while_the_program_takes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "how much a pipe holds is known of Linux");
        (SoketProcess server, int port) = await ServeAsync("echo $$; exec sleep 1000", "--shell");
        await using (server)
        {
            TcpClient client = await ConnectAsync(port);
            string pid = Encoding.UTF8.GetString(await ReadLineAsync(client.GetStream()));
            await FillAsync(server, client.Client);
            client.Client.Close(0); // a reset
            Assert.Equal("signal 15", await EndedAsync(server));
            await GoneAsync(server, [pid]);
        }
    }

    [Fact]
    public async Task A_unix_peer_that_is_gone_is_seen_while_the_program_takes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "how much a pipe holds is known of Linux");
        string path = Path.Combine(Path.GetTempPath(), $"soket-exec-{Guid.NewGuid():N}.sock");
        (SoketProcess server, _) = await SoketProcess.ServeAsync("--exec", "echo $$; exec sleep 1000", "--shell", $"unix:{path}");
        await using (server)
        {
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancel);
            byte[] line = new byte[32];
            string pid = Encoding.UTF8.GetString(line, 0, await client.ReceiveAsync(line, Cancel)).Trim();
            await FillAsync(server, client);
            client.Dispose();
            Assert.Equal("signal 15", await EndedAsync(server));
            await GoneAsync(server, [pid]);
        }
    }

    [Fact]
    public async Task A_program_that_writes_without_end_ends_when_its_peer_is_gone()
    {
        (SoketProcess server, int port) = await ServeAsync("yes");
        await using (server)
        {
            TcpClient client = await ConnectAsync(port);
            await client.GetStream().ReadExactlyAsync(new byte[100_000], Cancel);
            client.Client.Close(0);
            Assert.Equal("signal 15", await EndedAsync(server));
        }
    }

    [Theory]
    [InlineData("kill -SEGV $$", "signal 11")]
    [InlineData("exit 7", "exit 7")]
    public async Task How_a_program_ended_is_told(string script, string told)
    {
        (SoketProcess server, int port) = await ServeAsync(script, "--shell");
        await using (server)
        {
            using TcpClient client = await ConnectAsync(port);
            Assert.Empty(await ReadAsync(client.GetStream()));
            Assert.Equal(told, await EndedAsync(server));
        }
    }

    [Fact]
    public async Task What_a_program_leaves_running_does_not_hold_the_connection()
    {
        (SoketProcess server, int port) = await ServeAsync("sleep 1000 & echo $!", "--shell");
        await using (server)
        {
            using TcpClient client = await ConnectAsync(port);
            string pid = Encoding.UTF8.GetString(await ReadAsync(client.GetStream()));
            await GoneAsync(server, [pid]);
        }
    }

    [Fact]
    public async Task What_it_writes_to_stderr_stands_in_the_log_a_line_each_and_never_raw()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "--exec", "printf 'satu\\r\\n\\033[2Jdua' >&2", "--shell", "tcp://127.0.0.1:0", "--color", "never");
        int port = SoketProcess.PortOf(await server.ErrorLineAsync(line => line.Contains("ready on", StringComparison.Ordinal)));
        using TcpClient client = await ConnectAsync(port);
        Assert.Empty(await ReadAsync(client.GetStream()));
        await server.ErrorLineAsync(line => line.EndsWith("stderr: satu", StringComparison.Ordinal));
        await server.ErrorLineAsync(line => line.EndsWith(@"stderr: \x1b[2Jdua", StringComparison.Ordinal));
        await server.ErrorLineAsync(line => line.EndsWith("the program ended: exit 0", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', (await server.SignalAsync("TERM")).Error);
    }

    [Fact]
    public async Task Two_hundred_at_once_are_served_one_more_is_not_and_no_process_is_left()
    {
        (SoketProcess server, int port) = await ServeAsync("cat", "--max-connections", "200");
        await using (server)
        {
            TcpClient[] clients = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ConnectAsync(port)));
            await Task.WhenAll(clients.Select(async (client, number) =>
            {
                byte[] mine = Encoding.UTF8.GetBytes(number.ToString("D5", CultureInfo.InvariantCulture));
                await client.GetStream().WriteAsync(mine, Cancel);
                byte[] back = new byte[5];
                await client.GetStream().ReadExactlyAsync(back, Cancel);
                Assert.Equal(mine, back);
            }));
            if (OperatingSystem.IsLinux())
                Assert.Equal(200, Children(server).Count(state => state != 'Z'));

            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                using TcpClient more = await ConnectAsync(port); // the reset may be there already
                await more.Client.ReceiveAsync(new byte[1], Cancel);
            });

            foreach (TcpClient client in clients)
                client.Client.Shutdown(SocketShutdown.Send);
            foreach (TcpClient client in clients)
                Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1], Cancel));
            foreach (TcpClient client in clients)
                client.Dispose();
            await GoneAsync(server, []);
            Finished finished = await server.SignalAsync("TERM");
            using JsonDocument summary = JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal((200, 1, 0), (summary.RootElement.GetProperty("accepted").GetInt32(), summary.RootElement.GetProperty("refused").GetInt32(), summary.RootElement.GetProperty("failed").GetInt32()));
        }
    }

    [Fact]
    public async Task Stopping_ends_a_programs_input_and_then_the_program()
    {
        (SoketProcess server, int port) = await ServeAsync("echo $$; cat; echo selesai; exec sleep 1000", "--shell", "--drain", "1s");
        await using (server)
        {
            using TcpClient client = await ConnectAsync(port);
            string pid = Encoding.UTF8.GetString(await ReadLineAsync(client.GetStream()));
            server.Signal("TERM");
            Assert.Equal("selesai", Encoding.UTF8.GetString(await ReadLineAsync(client.GetStream())));
            Finished finished = await server.EndAsync();
            Assert.Equal(0, finished.ExitCode);
            Assert.Contains("\"value\":\"signal 15\",\"reason\":\"program-ended\"", finished.Out, StringComparison.Ordinal);
            Assert.False(Directory.Exists($"/proc/{pid}"));
        }
    }

    [Fact]
    public async Task A_program_that_has_vanished_costs_that_connection_only()
    {
        string script = Path.Combine(_folder.FullName, "program");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho ada\n", Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (SoketProcess server, int port) = await ServeAsync(script);
        await using (server)
        {
            File.Move(script, script + "2");
            using (TcpClient lost = await ConnectAsync(port))
                Assert.Empty(await ReadAsync(lost.GetStream()));
            await server.OutLineAsync(line => line.Contains("SOKET_SERVICE", StringComparison.Ordinal) && line.Contains("ENOENT", StringComparison.Ordinal));
            File.Move(script + "2", script);
            using TcpClient client = await ConnectAsync(port);
            Assert.Equal("ada\n", Encoding.UTF8.GetString(await ReadAsync(client.GetStream())));
        }
    }

    [Theory]
    [InlineData("no program 'tidak-ada'", "--exec", "tidak-ada")]
    [InlineData("no file /tidak/ada", "--exec", "/tidak/ada -x")]
    [InlineData("chmod +x /etc/passwd", "--exec", "/etc/passwd")]
    [InlineData("/tmp is a folder", "--exec", "/tmp")]
    [InlineData("--shell", "--exec", "cat | tr a b")]
    [InlineData("never closed", "--exec", "cat 'a")]
    [InlineData("needs a command", "--exec", " ")]
    [InlineData("carries datagrams", "--exec", "cat", "udp://127.0.0.1:0")]
    [InlineData("--exec-anywhere", "--exec", "cat", "*:0")]
    [InlineData("--exec-anywhere", "--exec", "cat", "tls://0.0.0.0:0")]
    [InlineData("--exec-anywhere", "--exec", "cat", "--host", "contoh.example")]
    [InlineData("is for --exec only", "echo", ":0", "--shell")]
    [InlineData("dapat dicapai mesin lain", "--exec", "cat", "*:0", "--lang", "id")]
    public async Task What_must_not_or_cannot_be_started_is_said_before_anything_is_bound(string said, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["serve", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ready", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_machines_may_when_it_is_said()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("--exec", "cat", "tcp://0.0.0.0:0", "--exec-anywhere");
        await using (server)
            Assert.StartsWith("tcp://0.0.0.0:", Assert.Single(endpoints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_variable_starts_programs()
    {
        Finished finished = await SoketProcess.RunAsync(null, ["serve", "tcp://127.0.0.1:0"], new Dictionary<string, string?> { ["SOKET_EXEC"] = "cat" });
        Assert.Equal(2, finished.ExitCode);
    }

    private static async Task<(SoketProcess Server, int Port)> ServeAsync(string command, params string[] more)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(["--exec", command, "tcp://127.0.0.1:0", .. more]);
        return (server, SoketProcess.PortOf(endpoints[0]));
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        return client;
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel).WaitAsync(SoketProcess.Patience, Cancel);
        return all.ToArray();
    }

    private static async Task<byte[]> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, Cancel).AsTask().WaitAsync(SoketProcess.Patience, Cancel) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return [.. line];
    }

    // A pipe holds 16 pages (pipe(7)), and what comes in even parts of a page fills each of them. The part after the last of these is received, and waits for room:
    // until the program takes something its connection is read no more.
    private static async Task FillAsync(SoketProcess server, Socket client)
    {
        const int Part = 4096;
        for (int offset = 0; offset <= 16 * Environment.SystemPageSize; offset += Part)
        {
            string received = $"\"moved\":{Part},\"offset\":{offset},";
            await client.SendAsync(new byte[Part], Cancel);
            await server.OutLineAsync(line => line.Contains("\"call\":\"recv\"", StringComparison.Ordinal) && line.Contains(received, StringComparison.Ordinal));
        }

        await client.SendAsync(new byte[Part], Cancel); // stays unread
    }

    private static async Task<string> EndedAsync(SoketProcess server)
    {
        using JsonDocument told = JsonDocument.Parse(await server.OutLineAsync(line => line.Contains("\"program-ended\"", StringComparison.Ordinal)));
        return told.RootElement.GetProperty("value").GetString()!;
    }

    // Nothing tells another process that somebody's child is gone; so it is looked at until it is.
    private static async Task GoneAsync(SoketProcess server, string[] pids)
    {
        if (!OperatingSystem.IsLinux())
            return;
        long until = Environment.TickCount64 + (long)SoketProcess.Patience.TotalMilliseconds;
        while (Children(server).Count > 0 || pids.Any(pid => Directory.Exists($"/proc/{pid.Trim()}") && !IsZombie(pid.Trim())))
        {
            Assert.True(Environment.TickCount64 < until, "a process is left");
            await Task.Yield();
        }
    }

    // A grandchild whose parent is dead belongs to whoever reaps orphans on this machine.
    private static bool IsZombie(string pid) => State(pid) is 'Z' or null;

    private static char? State(string pid)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{pid}/stat");
            return status[status.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static List<char> Children(SoketProcess server)
    {
        var states = new List<char>();
        foreach (string task in Directory.GetDirectories($"/proc/{server.Id}/task"))
        {
            try
            {
                foreach (string child in File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (State(child) is { } state)
                        states.Add(state);
                }
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return states;
    }
}
