using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket connect</c> as a process: its three ways of speaking, its streams, its exit codes.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task Bytes_pass_exactly_from_stdin_to_stdout()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            byte[] every = [.. Enumerable.Range(0, 256 * 1024).Select(i => (byte)(i * 7 / 3))];
            Finished client = await SoketProcess.RunAsync(every, ["connect", endpoints[0]]);
            Assert.Equal(0, client.ExitCode);
            Assert.True(every.AsSpan().SequenceEqual(client.OutBytes));
            Assert.Empty(client.Error);
        }
    }

    [Fact]
    public async Task Nobody_there_is_exit_code_7_with_every_address_tried()
    {
        int port = Interop.Ports.Free();
        Finished client = await SoketProcess.RunAsync("connect", $"localhost:{port}", "halo");

        Assert.Equal(7, client.ExitCode);
        Assert.Contains("ECONNREFUSED", client.Error, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", client.Error, StringComparison.Ordinal);
        Assert.Empty(client.Out);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_exit_code_6()
    {
        Finished client = await SoketProcess.RunAsync("connect", "tidak-ada.invalid:80", "halo");
        Assert.Equal(6, client.ExitCode);
        Assert.Contains("tidak-ada.invalid", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_exit_code_28()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(5);

        Finished client = await SoketProcess.RunAsync("connect", silent.LocalEndPoint!.ToString()!, "halo?", "--wait", "200ms");

        Assert.Equal(28, client.ExitCode);
    }

    [Fact]
    public async Task A_datagram_nobody_takes_is_refused_and_one_nobody_answers_times_out()
    {
        Finished refused = await SoketProcess.RunAsync("connect", $"udp://127.0.0.1:{Interop.Ports.Free(SocketType.Dgram)}", "halo?");
        Assert.Equal(7, refused.ExitCode);

        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Finished unanswered = await SoketProcess.RunAsync("connect", $"udp://{silent.LocalEndPoint}", "halo?", "--wait", "200ms");
        Assert.Equal(28, unanswered.ExitCode);
    }

    [Fact]
    public async Task Who_types_hears_of_a_refusal_without_typing_more()
    {
        await using SoketProcess refused = SoketProcess.Soket("connect", $"udp://127.0.0.1:{Interop.Ports.Free(SocketType.Dgram)}");
        await refused.WriteAsync("halo?\n"); // and stdin stays open
        Assert.Equal(7, (await refused.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_datagram_finds_the_family_that_answers()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "udp://[::1]:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", $"udp://localhost:{SoketProcess.PortOf(endpoints[0])}", "keluarga lain");
            Assert.Equal((0, "keluarga lain"), (client.ExitCode, client.Out));
        }
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_client_silently_with_141()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chargen", "tcp://127.0.0.1:0");
        await using (server)
        {
            string dll = SoketProcess.Program;
            await using SoketProcess shell = SoketProcess.Peer("bash", "-c", $"dotnet '{dll}' connect {endpoints[0]} </dev/zero | head -c 100 >/dev/null; echo ${{PIPESTATUS[0]}}");
            Finished finished = await shell.FinishAsync();
            Assert.Equal("141\n", finished.Out);
            Assert.Empty(finished.Error);
        }
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_client_whose_peer_does_not_read()
    {
        string python = Peers.Require("python3");
        await using SoketProcess peer = SoketProcess.Peer(python, "-c", """
            import socket
            listener = socket.create_server(('127.0.0.1', 0))
            print(listener.getsockname()[1])
            peer, _ = listener.accept()
            try:
                while True:
                    peer.sendall(b'x' * 4096)
            except OSError:
                pass
            """);
        string port = (await peer.OutLineAsync(line => line.Length > 0)).Trim();
        await using SoketProcess shell = SoketProcess.Peer("bash", "-c", $"dotnet '{SoketProcess.Program}' connect 127.0.0.1:{port} </dev/zero | head -c 100 >/dev/null; echo ${{PIPESTATUS[0]}}");
        Assert.Equal("141\n", (await shell.FinishAsync()).Out);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_client_with_130()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Soket("connect", endpoints[0], "--json");
            await client.OutLineAsync(line => line.Contains("connected", StringComparison.Ordinal));
            Assert.Equal(130, (await client.SignalAsync("INT")).ExitCode);
        }
    }

    [Theory]
    [InlineData("quit")]
    [InlineData("Ctrl-D")]
    public async Task What_is_typed_at_the_prompt_is_sent_until_quit_or_Ctrl_D(string last)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            await using SoketProcess client = OnTerminal.Soket("connect", endpoints[0]);
            await client.OpenLineAsync(line => line.EndsWith("> ", StringComparison.Ordinal));
            await client.WriteAsync("halo\n");
            await client.OutLineAsync(line => line.EndsWith("halo\r", StringComparison.Ordinal) && !line.EndsWith("> halo\r", StringComparison.Ordinal)); // the reply, and not what the terminal shows of the keys
            await client.WriteAsync(last == "Ctrl-D" ? "\u0004" : last + "\n");
            Assert.Equal(0, (await client.EndAsync()).ExitCode);

            Finished served = await server.SignalAsync("TERM");
            using JsonDocument summary = JsonDocument.Parse(served.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal((1, 4), (summary.RootElement.GetProperty("messages").GetInt32(), summary.RootElement.GetProperty("bytes_received").GetInt32()));
        }
    }

    [Theory]
    [InlineData("-4", "127.0.0.1:")]
    [InlineData("-6", "[::1]:")]
    public async Task The_family_that_is_asked_for_is_used(string flag, string address)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", ":0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", $"localhost:{SoketProcess.PortOf(endpoints[0])}", "halo", flag, "--json");
            Assert.Equal(0, client.ExitCode);
            using JsonDocument connected = JsonDocument.Parse(client.Out.Split('\n')[0]);
            Assert.StartsWith(address, connected.RootElement.GetProperty("remote").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-4", "tcp://[::1]:0")]
    [InlineData("-6", "tcp://127.0.0.1:0")]
    public async Task Where_only_the_other_family_is_served_nobody_is_there(string flag, string served)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", served);
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", $"localhost:{SoketProcess.PortOf(endpoints[0])}", "halo", flag);
            Assert.Equal((7, ""), (client.ExitCode, client.Out));
            Assert.Contains("ECONNREFUSED", client.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_sees_the_address_that_a_client_was_told_to_come_from()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere 127.0.0.2 has to be added first");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--source", "127.0.0.2");
            Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
            await server.OutLineAsync(line => line.Contains("\"call\":\"accept\"", StringComparison.Ordinal) && line.Contains("\"remote\":\"tcp://127.0.0.2:", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Json_tells_connected_replies_with_their_times_and_closed()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "satu", "dua", "--json");
            Assert.Equal(0, client.ExitCode);
            Assert.Empty(client.Error);
            List<JsonElement> records = [.. client.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
            Assert.Equal(["connected", "reply", "reply", "closed"], records.Select(record => record.GetProperty("type").GetString()!));
            Assert.Equal(["satu", "dua"], records.Where(record => record.GetProperty("type").GetString() == "reply").Select(record => record.GetProperty("text").GetString()!));
            Assert.All(records.Where(record => record.GetProperty("type").GetString() == "reply"), record => Assert.True(record.GetProperty("reply_us").GetInt64() >= 0));
        }
    }

    [Fact]
    public async Task A_failure_with_json_is_one_record_on_stdout()
    {
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{Interop.Ports.Free()}", "x", "--json");
        Assert.Equal(7, client.ExitCode);
        Assert.Empty(client.Error);
        using JsonDocument record = JsonDocument.Parse(client.Out);
        Assert.Equal("connection-refused", record.RootElement.GetProperty("code").GetString());
        Assert.Equal("ECONNREFUSED", record.RootElement.GetProperty("errno").GetString());
        Assert.Equal(7, record.RootElement.GetProperty("exit").GetInt32());
    }

    [Fact]
    public async Task Verbose_prints_every_call_with_its_duration()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "-v", "--no-delay", "--receive-buffer", "64KiB");
            foreach (string call in new[] { "socket(", "setsockopt(TCP_NODELAY", "getsockopt(SO_RCVBUF", "connect(", "send(4)", "recv(", "shutdown(", "close()" })
                Assert.Contains(call, client.Error, StringComparison.Ordinal);
            Assert.Contains(" ms]", client.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Framings_cut_and_put_messages()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", "tcp://127.0.0.1:0", "--framing", "line");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "satu", "dua", "--framing", "line");
            Assert.Equal(0, client.ExitCode);
            string[] lines = client.Out.TrimEnd().Split('\n');
            Assert.StartsWith("SATU | 4 | ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("DUA | 3 | ", lines[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Hex_goes_out_and_comes_back_as_hex()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "00 ff 41", "--hex");
            Assert.Equal(0, client.ExitCode);
            Assert.StartsWith("00000000  00 ff 41", client.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Output_appends_to_a_file_that_others_write_too()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            using var folder = new Interop.TemporaryFolder();
            string file = Path.Combine(folder.Path, "out");
            string dll = SoketProcess.Program;
            string connect = $"dotnet '{dll}' connect {endpoints[0]} -q";
            await using SoketProcess shell = SoketProcess.Peer("bash", "-c", $"{{ echo pertama; {connect} kedua; {connect} ketiga; echo; echo keempat; }} >{file} 2>&1");
            Assert.Equal(0, (await shell.FinishAsync()).ExitCode);
            Assert.Equal("pertama\nkeduaketiga\nkeempat\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }
    }
}
