using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket serve</c> as a process: ready line, both families, drain, summary, exit code.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Localhost_means_two_listeners_on_one_number_and_the_real_port_is_told()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", ":0");
        await using (server)
        {
            Assert.Equal(2, endpoints.Count);
            Assert.Single(endpoints.Select(SoketProcess.PortOf).Distinct());
            foreach (string endpoint in endpoints)
            {
                Finished client = await SoketProcess.RunAsync("connect", endpoint, "halo");
                Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
            }
        }
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_a_connection_that_is_idle_prints_the_summary_and_ends_with_0(string signal)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--framing", "length:4");
        await using (server)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0]), TestContext.Current.CancellationToken);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync("\0\0\0\u0004halo"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] reply = new byte[8];
            await stream.ReadExactlyAsync(reply, TestContext.Current.CancellationToken);

            server.Signal(signal);
            Assert.Equal(0, await stream.ReadAsync(reply, TestContext.Current.CancellationToken).AsTask().WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken));
            client.Close();
            Finished finished = await server.EndAsync();

            Assert.Equal(0, finished.ExitCode);
            using JsonDocument summary = JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal("summary", summary.RootElement.GetProperty("type").GetString());
            Assert.Equal(1, summary.RootElement.GetProperty("accepted").GetInt32());
            Assert.Equal(1, summary.RootElement.GetProperty("messages").GetInt32());
        }
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task A_signal_lets_a_message_that_has_begun_be_completed_and_answered(string transport)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--framing", "length:4", "--transport", transport);
        await using (server)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0]), TestContext.Current.CancellationToken);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync("\0\0\0\u0004ha"u8.ToArray(), TestContext.Current.CancellationToken);
            await server.OutLineAsync(line => line.Contains("\"call\":\"recv\"", StringComparison.Ordinal) && line.Contains("\"moved\":6,", StringComparison.Ordinal));

            server.Signal("TERM");
            await server.OutLineAsync(line => line.Contains("\"reason\":\"drain\"", StringComparison.Ordinal));
            await stream.WriteAsync("lo"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] reply = new byte[8];
            await stream.ReadExactlyAsync(reply, TestContext.Current.CancellationToken);
            Assert.Equal("\0\0\0\u0004halo"u8.ToArray(), reply);
            Assert.Equal(0, await stream.ReadAsync(reply, TestContext.Current.CancellationToken).AsTask().WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken));
            client.Close();
            Finished finished = await server.EndAsync();

            Assert.Equal(0, finished.ExitCode);
            using JsonDocument summary = JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal((1, 0), (summary.RootElement.GetProperty("messages").GetInt32(), summary.RootElement.GetProperty("reset").GetInt32()));
        }
    }

    [Theory]
    [InlineData("--drain=1s", "SIGTERM")]
    [InlineData("--drain=1h", "SIGTERM SIGINT")]
    public async Task A_stdout_that_nobody_reads_keeps_no_server_from_ending(string drain, string signals)
    {
        const string Unread = """
            import re, signal, socket, subprocess, sys
            server = subprocess.Popen(['dotnet', *sys.argv[2:]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            line = b''
            while not line.endswith(b'\n'):
                line += server.stdout.read1(1) # and nothing after it
            peer = socket.create_connection(('127.0.0.1', int(re.search(rb'tcp://127.0.0.1:(\d+)', line)[1])))
            for _ in range(3000): # each is told with some hundred bytes: together more than a pipe holds
                peer.sendall(b'x')
                peer.recv(1)
            for name in sys.argv[1].split():
                server.send_signal(getattr(signal, name))
            print('ended', server.wait(50))
            """;
        await using SoketProcess unread = SoketProcess.Peer(Peers.Require("python3"), "-c", Unread, signals, SoketProcess.Program, "serve", "echo", "tcp://127.0.0.1:0", "--json", drain);
        Assert.Equal("ended 23\n", (await unread.EndAsync()).Out);
    }

    [Fact]
    public async Task A_second_signal_does_not_wait()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chargen", "tcp://127.0.0.1:0", "--drain", "10m");
        await using (server)
        {
            // Nobody reads what chargen sends, so it cannot end in order.
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0]), TestContext.Current.CancellationToken);
            await server.OutLineAsync(line => line.Contains("\"call\":\"send\"", StringComparison.Ordinal));

            server.Signal("INT");
            await server.OutLineAsync(line => line.Contains("\"call\":\"close\"", StringComparison.Ordinal) && line.Contains("\"role\":\"listener\"", StringComparison.Ordinal));
            Finished finished = await server.SignalAsync("INT");

            Assert.Equal(0, finished.ExitCode);
        }
    }

    [Fact]
    public async Task A_second_connection_from_an_address_that_may_have_one_is_turned_away_and_the_first_goes_on()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--max-per-address", "1");
        await using (server)
        {
            int port = SoketProcess.PortOf(endpoints[0]);
            using var first = new TcpClient(AddressFamily.InterNetwork);
            await first.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            await EchoesAsync(first);

            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                using var second = new TcpClient(AddressFamily.InterNetwork);
                await second.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken); // the reset may be there already
                await second.Client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
            });

            await server.OutLineAsync(line => line.Contains("\"reason\":\"max-per-address\"", StringComparison.Ordinal) && line.Contains("SOKET_LIMIT", StringComparison.Ordinal));
            await EchoesAsync(first);
            if (OperatingSystem.IsLinux())
            {
                using var other = new TcpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                await other.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                await EchoesAsync(other);
            }

            Finished finished = await server.SignalAsync("TERM");
            using JsonDocument summary = JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal((0, 1), (finished.ExitCode, summary.RootElement.GetProperty("refused").GetInt32()));
        }

        static async Task EchoesAsync(TcpClient client)
        {
            await client.GetStream().WriteAsync("halo"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] back = new byte[4];
            await client.GetStream().ReadExactlyAsync(back, TestContext.Current.CancellationToken);
            Assert.Equal("halo"u8.ToArray(), back);
        }
    }

    [Fact]
    public async Task A_connection_that_is_silent_for_too_long_is_ended_and_told_of()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--idle-timeout", "200ms");
        await using (server)
        {
            using var client = new TcpClient(AddressFamily.InterNetwork);
            await client.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0]), TestContext.Current.CancellationToken);

            await server.OutLineAsync(line => line.Contains("\"role\":\"server\"", StringComparison.Ordinal) && line.Contains("\"reason\":\"idle-timeout\"", StringComparison.Ordinal));
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_service_survives_a_closed_stdin()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            server.Input.Close();
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "masih di sini?");
            Assert.Equal((0, "masih di sini?"), (client.ExitCode, client.Out));
        }
    }

    [Fact]
    public async Task Control_sequences_of_a_peer_never_reach_the_log_raw()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--color", "never");
        int port = SoketProcess.PortOf(await server.ErrorLineAsync(line => line.Contains("tcp://127.0.0.1:", StringComparison.Ordinal)));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eabc\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        await server.ErrorLineAsync(line => line.Contains("received", StringComparison.Ordinal));
        Finished finished = await server.SignalAsync("TERM");

        Assert.DoesNotContain(finished.Error, c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
        Assert.Contains(@"\x1b]0;owned", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_in_use_names_the_holder_and_the_exit_code_is_110()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished second = await SoketProcess.RunAsync("serve", "echo", endpoints[0]);

            Assert.Equal(110, second.ExitCode);
            Assert.Contains("EADDRINUSE", second.Error, StringComparison.Ordinal);
            if (OperatingSystem.IsLinux())
                Assert.Contains(server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), second.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Events_go_to_a_file_with_their_bytes()
    {
        using var folder = new Interop.TemporaryFolder();
        string path = Path.Combine(folder.Path, "events.jsonl");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--events", path);
        await using (server)
        {
            await SoketProcess.RunAsync("connect", endpoints[0], "tercatat");
            Assert.Equal(0, (await server.SignalAsync("TERM")).ExitCode);
        }

        string[] lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
        Assert.Contains(lines, line => line.Contains("\"call\":\"recv\"", StringComparison.Ordinal) && line.Contains("tercatat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_process_service_gives_its_results_as_json_fields()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", "tcp://127.0.0.1:0", "--reply", "json");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], " Ipin ");
            using JsonDocument reply = JsonDocument.Parse(client.Out);
            Assert.Equal(6, reply.RootElement.EnumerateObject().First(property => property.Value.ValueKind == JsonValueKind.Number).Value.GetInt32());
            Assert.Contains(reply.RootElement.EnumerateObject(), property => property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == "iPIN");
        }
    }

    [Fact]
    public async Task A_development_certificate_is_trusted_by_its_fingerprint_and_by_nothing_else()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tls://localhost:0", "--json");
        string ready = await server.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(ready);
        string fingerprint = document.RootElement.GetProperty("fingerprint").GetString()!;
        string endpoint = $"tls://localhost:{SoketProcess.PortOf(document.RootElement.GetProperty("endpoints")[0].GetString()!)}";

        Finished trusting = await SoketProcess.RunAsync("connect", endpoint, "rahasia", "--pin", fingerprint);
        Finished verifying = await SoketProcess.RunAsync("connect", endpoint, "rahasia");
        Finished insecure = await SoketProcess.RunAsync("connect", endpoint, "rahasia", "--insecure");
        Finished plain = await SoketProcess.RunAsync("connect", endpoint.Replace("tls", "tcp", StringComparison.Ordinal), "polos");

        Assert.Equal((0, "rahasia"), (trusting.ExitCode, trusting.Out));
        Assert.Equal((60, ""), (verifying.ExitCode, verifying.Out));
        Assert.Equal((0, "rahasia"), (insecure.ExitCode, insecure.Out));
        Assert.Equal(35, plain.ExitCode);
        Assert.Contains("tls://", plain.Error, StringComparison.Ordinal);
    }
}
