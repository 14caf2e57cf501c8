using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>soket sockets and soket states, as a person and a program see them.</summary>
public sealed class SocketsTests
{
    [Fact]
    public async Task A_listener_is_shown_with_its_program()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 7);
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Finished table = await SoketProcess.RunAsync("sockets", ":" + port);
        Assert.Equal(0, table.ExitCode);
        string[] lines = table.Out.Split('\n');
        Assert.StartsWith("PROTO", lines[0], StringComparison.Ordinal);
        Assert.Contains("LISTEN", lines[1], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:" + port, lines[1], StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.Contains($"{Environment.ProcessId}/", lines[1], StringComparison.Ordinal);

        Finished info = await SoketProcess.RunAsync("sockets", ":" + port, "--info");
        Assert.DoesNotContain("\n\n", info.Out, StringComparison.Ordinal); // of a listener there is nothing more to tell
        Finished json = await SoketProcess.RunAsync("sockets", "listen", "local=127.0.0.1:" + port, "--json");
        using JsonDocument record = JsonDocument.Parse(Assert.Single(json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("socket", record.RootElement.GetProperty("type").GetString());
        Assert.Equal("LISTEN", record.RootElement.GetProperty("state").GetString());
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(7, record.RootElement.GetProperty("send_queue").GetInt32());
            Assert.Equal(Environment.ProcessId, record.RootElement.GetProperty("holders")[0].GetProperty("pid").GetInt32());
        }
    }

    [Theory]
    [InlineData("en", "has not called close()")]
    [InlineData("id", "belum memanggil close()")]
    public async Task Whose_turn_it_is_is_said(string language, string said)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the state of a half-closed connection");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));

        Finished told = await SoketProcess.RunAsync("sockets", "close-wait", "port=" + ((IPEndPoint)listener.LocalEndpoint).Port, "--explain", "--lang", language);
        Assert.Contains(said, told.Out, StringComparison.Ordinal);
        Assert.Contains($"(PID {Environment.ProcessId})", told.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_told_as_records_while_it_is_watched()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "cookies tell one socket from the next");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using SoketProcess watch = SoketProcess.Soket("sockets", "local=127.0.0.1:" + port, "--watch", "--interval", "50ms", "--json");
        await watch.OutLineAsync(line => line.Contains("\"change\":\"there\"", StringComparison.Ordinal));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await watch.OutLineAsync(line => line.Contains("\"change\":\"new\"", StringComparison.Ordinal) && line.Contains("ESTABLISHED", StringComparison.Ordinal));
        client.Client.Shutdown(SocketShutdown.Send);
        string changed = await watch.OutLineAsync(line => line.Contains("\"change\":\"state\"", StringComparison.Ordinal));
        Assert.Contains("\"before\":\"ESTABLISHED\"", changed, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"CLOSE_WAIT\"", changed, StringComparison.Ordinal);
        server.Close();
        await watch.OutLineAsync(line => line.Contains("\"change\":\"gone\"", StringComparison.Ordinal));
        Assert.Equal(0, (await watch.SignalAsync("INT")).ExitCode);
    }

    [Fact]
    public async Task The_states_are_drawn_with_their_counts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Finished drawn = await SoketProcess.RunAsync("states");
        Assert.Equal(0, drawn.ExitCode);
        Assert.Matches(@"\[\d+\] +LISTEN", drawn.Out);
        Assert.DoesNotContain('{', drawn.Out);
        Assert.DoesNotContain(drawn.Out.Split('\n'), line => line.Length > 79);
        Assert.True(drawn.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length <= 22, "with the command and the next prompt it fits 24 rows");
        Finished indonesian = await SoketProcess.RunAsync("states", "--lang", "id");
        Assert.DoesNotMatch(@"\b(send|get|after)\b", indonesian.Out);
        Assert.Contains("kirim SYN", indonesian.Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse((await SoketProcess.RunAsync("states", "--json")).Out);
        Assert.True(json.RootElement.GetProperty("LISTEN").GetInt32() > 0);
    }

    [Fact]
    public async Task Where_the_drawing_has_no_room_the_states_are_a_list()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "script takes other options elsewhere");
        string terminal = Peers.Require("script");
        var narrow = new Dictionary<string, string?> { ["COLUMNS"] = "40", ["NO_COLOR"] = "1" };
        Finished listed = await SoketProcess.PeerWith(narrow, terminal, "-qefc", $"dotnet {SoketProcess.Program} states --lang en", "/dev/null").EndAsync();
        string[] lines = [.. listed.Out.Split('\n').Select(line => line.TrimEnd('\r'))];
        Assert.DoesNotContain(lines, line => line.Length > 39);
        Assert.Equal("  bind() and listen().", lines[Array.FindIndex(lines, line => line.StartsWith("LISTEN", StringComparison.Ordinal)) + 1]);
        Assert.Contains("TIME_WAIT", listed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pile_of_time_wait_is_one_row_that_says_whose_it_was()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "TIME_WAIT is in the table everywhere, its end only here");
        using TcpListener listener = ListenWhereNobodyCameFrom();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        for (int i = 0; i < 7; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            server.Client.Shutdown(SocketShutdown.Send); // the server's end closes first, and keeps the TIME_WAIT
            Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await server.Client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }

        Finished folded = await SoketProcess.RunAsync("sockets", "tcp", "port=" + port, "--explain");
        string row = Assert.Single(folded.Out.Split('\n'), line => line.Contains("TIME_WAIT", StringComparison.Ordinal) && line.StartsWith("tcp", StringComparison.Ordinal));
        Assert.Matches($@"^tcp\s+TIME_WAIT\s+0\s+0\s+127\.0\.0\.1:{port}\s+127\.0\.0\.1:\*\s+×7$", row);
        Assert.Contains($"7 connections that this end of 127.0.0.1:{port} closed first; ", folded.Out, StringComparison.Ordinal);
        Assert.Contains($"(PID {Environment.ProcessId}) listens there", folded.Out, StringComparison.Ordinal);
        Finished tree = await SoketProcess.RunAsync("sockets", "tcp", "port=" + port, "--tree");
        Assert.Matches($@"─ tcp TIME_WAIT 127\.0\.0\.1:{port} - 127\.0\.0\.1:\*  ×7\n", tree.Out);
        Assert.Single(tree.Out.Split('\n'), line => line.Contains("TIME_WAIT", StringComparison.Ordinal));
        Assert.Matches($@"(?m)^{Environment.ProcessId} .*\n.─ fd \d+  tcp LISTEN 127\.0\.0\.1:{port}$", tree.Out);
        Finished each = await SoketProcess.RunAsync("sockets", "time-wait", "port=" + port, "--each");
        Assert.Equal(7, each.Out.Split('\n').Count(line => line.Contains("TIME_WAIT", StringComparison.Ordinal)));
        Finished json = await SoketProcess.RunAsync("sockets", "time-wait", "port=" + port, "--json");
        Assert.Equal(7, json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // Below the ports that connections come from: somebody's old one, in TIME_WAIT as well, may have any number above.
    private static TcpListener ListenWhereNobodyCameFrom()
    {
        for (int left = 100; ; left--)
        {
            var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20000, 32000));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException) when (left > 0)
            {
                listener.Dispose();
            }
        }
    }

    [Fact]
    public async Task Rows_come_in_the_order_asked_for()
    {
        using TcpListener first = new(IPAddress.Loopback, 0), second = new(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        int[] ports = [.. new[] { first, second }.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).Order()];
        string[] filter = ["listen", "and", "(", "port=" + ports[0], "or", "port=" + ports[1], ")"]; // somebody else's connection may have such a number

        Assert.Equal(ports, Ports((await SoketProcess.RunAsync(["sockets", .. filter, "--sort", "port"])).Out));
        Assert.Equal(ports.Reverse(), Ports((await SoketProcess.RunAsync(["sockets", .. filter, "--sort", "port", "--reverse"])).Out));

        // Somebody else may have the same number for UDP, or for IPv6.
        static int[] Ports(string table) => [.. table.Split('\n').Where(line => line.StartsWith("tcp ", StringComparison.Ordinal) && line.Contains(" 127.0.0.1:", StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture))];
    }

    [Fact]
    public async Task Addresses_get_names_only_when_asked()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains("127.0.0.1:" + port, (await SoketProcess.RunAsync("sockets", ":" + port)).Out, StringComparison.Ordinal);
        Assert.Contains("localhost:" + port, (await SoketProcess.RunAsync("sockets", ":" + port, "--resolve")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_is_closed_from_outside()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SOCK_DESTROY");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        Finished unasked = await SoketProcess.RunAsync("sockets", "established", "local=127.0.0.1:" + port, "--close");
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains("--close asks first, and standard input is no terminal. To go without the question: --yes", unasked.Error, StringComparison.Ordinal);
        Finished closed = await SoketProcess.RunAsync("sockets", "established", "local=127.0.0.1:" + port, "--close", "--yes");
        if (closed.ExitCode != 0)
        {
            Assert.True(closed.ExitCode is 111 or 118, closed.Error);
            Assert.Contains(closed.ExitCode == 111 ? "CAP_NET_ADMIN" : "CONFIG_INET_DIAG_DESTROY", closed.Error, StringComparison.Ordinal);
            Assert.Skip("the kernel does not let a socket be closed from outside: " + closed.Error);
        }

        Assert.Contains("Closed: 1.", closed.Error, StringComparison.Ordinal);
        IOException program = await Assert.ThrowsAsync<IOException>(async () => await server.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(SocketError.ConnectionAborted, Assert.IsType<SocketException>(program.InnerException).SocketErrorCode);
        IOException peer = await Assert.ThrowsAsync<IOException>(async () => await client.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(peer.InnerException).SocketErrorCode);
        Assert.Contains("LISTEN", (await SoketProcess.RunAsync("sockets", ":" + port)).Out, StringComparison.Ordinal); // the filter said established
    }

    [Fact]
    public async Task The_program_that_holds_a_port_is_ended_after_a_yes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill(2)");
        await using SoketProcess holder = SoketProcess.Peer(Peers.Require("python3"), "-u", "-c", "import socket,signal; s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); print(s.getsockname()[1]); signal.pause()");
        string port = (await holder.OutLineAsync(line => line.Length > 0)).Trim();

        Finished ended = await SoketProcess.RunAsync("sockets", "listen", "local=127.0.0.1:" + port, "--kill", "--yes");
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains($"SIGTERM to {holder.Id}/python3, which holds 1 of them.", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"{holder.Id}/python3: SIGTERM sent.", ended.Error, StringComparison.Ordinal);
        Assert.Equal(128 + 15, (await holder.FinishAsync([])).ExitCode);
    }

    [Theory]
    [InlineData("--close needs a filter", "--close", "--yes")]
    [InlineData("--kill and --watch exclude each other.", ":1", "--kill", "--yes", "--watch")]
    [InlineData("--signal needs --kill beside it.", ":1", "--signal", "TERM")]
    [InlineData("'FOO' is no signal. There are TERM, INT", ":1", "--kill", "--signal", "FOO", "--yes")]
    [InlineData("'size' is no order. There are state, port", "--sort", "size")]
    [InlineData("'pid=x' needs a number.", "pid=x")]
    [InlineData("'foo' is no state.", "state=foo")]
    [InlineData("--summary and --watch exclude each other.", "--summary", "--watch")]
    [InlineData("--interval needs --watch beside it.", "--interval", "1s")]
    [InlineData("':99999': ports go from 0 to 65535.", ":99999")]
    [InlineData("'comm=nginx' is how others write it. Here: program=nginx", "comm=nginx")]
    [InlineData("something must stand after 'and'", "tcp and")]
    [InlineData("no network namespace 'none'", ":80", "--netns", "none")]
    [InlineData("soket sockets tcp listen", "-ltn")]
    [InlineData("soket sockets '(tcp or udp) state=listen,unconn'", "-tulpn")]
    public async Task What_is_wrong_is_said(string expected, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["sockets", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_matches_is_no_failure()
    {
        Finished none = await SoketProcess.RunAsync("sockets", "closing", "remote=192.0.2.1:1");
        Assert.Equal(0, none.ExitCode);
        Assert.Contains("No socket matches.", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "waits for accept() at 127.0.0.1:")]
    [InlineData("id", "menunggu accept() di 127.0.0.1:")]
    public async Task A_connection_in_the_queue_is_explained(string language, string words)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the queue is seen through sock_diag");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        Finished table = await SoketProcess.RunAsync("sockets", "established", "local=:" + port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--explain", "--lang", language);
        Assert.Contains(words, table.Out, StringComparison.Ordinal);
        Assert.Contains($"(PID {Environment.ProcessId})", table.Out, StringComparison.Ordinal);
    }

    public static TheoryData<string> States => ["LISTEN", "syn-sent", "SYN_RECV", "established", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "close-wait", "LAST_ACK", "CLOSING", "CLOSED", "UNCONN"];

    [Theory]
    [MemberData(nameof(States))]
    public async Task Each_state_is_explained_in_both_languages(string state)
    {
        string name = state.ToUpperInvariant().Replace('-', '_');
        Finished english = await SoketProcess.RunAsync("explain", state), indonesian = await SoketProcess.RunAsync("explain", state, "--lang", "id");
        Assert.StartsWith(name + ": ", english.Out, StringComparison.Ordinal);
        Assert.StartsWith(name + ": ", indonesian.Out, StringComparison.Ordinal);
        Assert.Contains("How it ends:", english.Out, StringComparison.Ordinal);
        Assert.Contains("Bagaimana berakhirnya:", indonesian.Out, StringComparison.Ordinal);
        Assert.Contains($"soket sockets {name.ToLowerInvariant().Replace('_', '-')} --explain", english.Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse((await SoketProcess.RunAsync("explain", state, "--json")).Out);
        Assert.Equal(("explanation", name), (json.RootElement.GetProperty("type").GetString(), json.RootElement.GetProperty("code").GetString()));
    }
}
