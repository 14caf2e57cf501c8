using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What counts as an answer, and what a client says when there is none.</summary>
public sealed class AnswerTests
{
    [Fact]
    public async Task A_peer_that_closes_after_the_last_message_without_a_byte_is_noted_and_ends_with_52()
    {
        using Socket server = Listen(out string endpoint);
        Task served = ServeAsync(server, reply: null);
        Finished client = await SoketProcess.RunAsync("connect", endpoint, "halo");
        await served;
        Assert.Equal(52, client.ExitCode);
        Assert.Contains("without an answer", client.Error, StringComparison.Ordinal);
        Assert.Contains("explain closed-unanswered", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_closes_between_messages_is_explained_with_how_many_are_left()
    {
        using Socket server = Listen(out string endpoint);
        Task served = ServeAsync(server, reply: "satu");
        Finished client = await SoketProcess.RunAsync("connect", endpoint, "satu", "dua", "tiga");
        await served;
        Assert.Equal((52, "satu"), (client.ExitCode, client.Out));
        Assert.Contains("left unanswered: 2", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_an_answer_when_told_so_nor_from_a_pipe()
    {
        using Socket server = Listen(out string endpoint);
        Task served = ServeAsync(server, reply: null);
        Assert.Equal(0, (await SoketProcess.RunAsync("connect", endpoint, "halo", "--wait", "0")).ExitCode);
        await served;
        served = ServeAsync(server, reply: null);
        Assert.Equal(0, (await SoketProcess.RunAsync("halo"u8.ToArray(), ["connect", endpoint])).ExitCode);
        await served;
    }

    [Fact]
    public async Task What_a_pipe_brings_reaches_a_peer_that_finished_sending_first()
    {
        using Socket server = Listen(out string endpoint);
        byte[] all = new byte[8 * 1024 * 1024];
        Task<Finished> client = SoketProcess.RunAsync(all, ["connect", endpoint]);
        using Socket connection = await server.AcceptAsync(TestContext.Current.CancellationToken);
        connection.Shutdown(SocketShutdown.Send);
        long received = 0;
        byte[] room = new byte[64 * 1024];
        while (await connection.ReceiveAsync(room, TestContext.Current.CancellationToken) is > 0 and int count)
            received += count;
        Assert.Equal(all.Length, received);
        Assert.Equal(0, (await client).ExitCode);
    }

    [Fact]
    public async Task A_stdin_that_never_ends_does_not_keep_a_client_whose_peer_is_gone()
    {
        using Socket server = Listen(out string endpoint);
        await using SoketProcess client = SoketProcess.Soket("connect", endpoint);
        (await server.AcceptAsync(TestContext.Current.CancellationToken)).Close();
        Assert.Equal(0, (await client.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_reply_that_stops_within_a_message_is_shown_and_told()
    {
        using Socket server = Listen(out string endpoint);
        Task served = ServeAsync(server, reply: "whole;ha");
        Finished client = await SoketProcess.RunAsync("x"u8.ToArray(), ["connect", endpoint, "--framing", "delimiter:;"]);
        await served;
        Assert.Contains("whole\nha", client.Out, StringComparison.Ordinal);
        Assert.Contains("ended within a message: 2 bytes", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_tells_a_message_that_was_never_finished()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--framing", "delimiter:END");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        await SoketProcess.RunAsync("oneENDhalf"u8.ToArray(), ["connect", ready.Split(' ')[^1]]);
        Assert.Contains("4 bytes of it came", await server.ErrorLineAsync(line => line.Contains("ended within a message", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_hex_is_never_sent_as_text()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Finished client = await SoketProcess.RunAsync("zz\n"u8.ToArray(), ["connect", $"udp://{server.LocalEndPoint}", "--hex", "--wait", "0"]);
        Assert.Equal(2, client.ExitCode);
        Assert.Contains("zz", client.Error, StringComparison.Ordinal);
        Assert.Equal(0, server.Available);
    }

    [Fact]
    public async Task The_totals_of_a_service_that_only_speaks_count_what_it_sent()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("daytime", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync([], ["connect", endpoints[0]]);
            Assert.Contains($"\"bytes_sent\":{client.OutBytes.Length}", (await server.SignalAsync("TERM")).Out.Split('\n')[^2], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_TLS_server_tells_what_was_said_and_not_how_it_was_carried()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tls://127.0.0.1:0");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        Finished client = await SoketProcess.RunAsync("connect", ready.Split(' ')[^1], "--insecure", "halo");
        Assert.Equal("halo", client.Out);
        await server.ErrorLineAsync(line => line.Contains("closed: 4 B in, 4 B out", StringComparison.Ordinal));
        Finished ended = await server.SignalAsync("TERM");
        string[] story = [.. ended.Error.Split('\n').Where(line => line.Contains('#', StringComparison.Ordinal)).Select(line => line[(line.IndexOf('#', StringComparison.Ordinal) + 1)..])];
        Assert.Single(story.Select(line => line.Split(' ')[0]).Distinct());
        Assert.Equal(["received 4 bytes: \"halo\"", "sent 4 bytes"], story.Select(line => line[1..].Trim()).Where(line => line.StartsWith("received", StringComparison.Ordinal) || line.StartsWith("sent", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_flood_of_calls_is_told_in_few_lines_and_loses_no_byte_of_the_total()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "discard", "tcp://127.0.0.1:0");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        Finished client = await SoketProcess.RunAsync(new byte[32 * 1024 * 1024], ["connect", ready.Split(' ')[^1]]);
        Assert.Equal(0, client.ExitCode);
        await server.ErrorLineAsync(line => line.Contains("closed: 32.0 MiB in", StringComparison.Ordinal));
        Finished ended = await server.SignalAsync("TERM");
        Assert.Contains("more, in", ended.Error, StringComparison.Ordinal);
        Assert.InRange(ended.Error.Split('\n').Count(line => line.Contains("received", StringComparison.Ordinal)), 2, 60);
    }

    [Fact]
    public async Task Connections_that_hold_too_much_together_lose_the_one_that_wants_more()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--framing", "line", "--max-message", "512KiB", "--max-buffered", "0");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        int port = SoketProcess.PortOf(ready.Split(' ')[^1]);
        var clients = new List<TcpClient>();
        try
        {
            // Each holds 400 KiB of a line that does not end; four of the longest messages, 2 MiB, is the least the server allows.
            byte[] part = new byte[400 * 1024];
            Array.Fill(part, (byte)'x');
            for (int i = 0; i < 12; i++)
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync(part, TestContext.Current.CancellationToken);
            }

            await server.ErrorLineAsync(line => line.Contains("--max-buffered allows", StringComparison.Ordinal));
            Finished small = await SoketProcess.RunAsync("kecil\n"u8.ToArray(), ["connect", $"127.0.0.1:{port}"]);
            Assert.Equal("kecil\n", small.Out);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task WebSockets_that_hold_too_much_together_lose_the_one_that_wants_more()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "ws://127.0.0.1:0/", "--max-message", "512KiB", "--max-buffered", "0");
        string ready = await server.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal));
        var endpoint = new Uri(ready.Split(' ')[^1]);
        var clients = new List<System.Net.WebSockets.ClientWebSocket>();
        try
        {
            // As above: messages that do not end, four of the longest is the least.
            for (int i = 0; i < 12; i++)
            {
                var client = new System.Net.WebSockets.ClientWebSocket();
                clients.Add(client);
                await client.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
                await client.SendAsync(new byte[400 * 1024], System.Net.WebSockets.WebSocketMessageType.Binary, endOfMessage: false, TestContext.Current.CancellationToken);
            }

            await server.ErrorLineAsync(line => line.Contains("--max-buffered allows", StringComparison.Ordinal));
            Assert.Equal("kecil\n", (await SoketProcess.RunAsync("connect", endpoint.ToString(), "kecil")).Out);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("connect localhost 17000", "soket connect localhost:17000")]
    [InlineData("connect ::1 80", "soket connect [::1]:80")]
    [InlineData("serve echo localhost 8080", "soket serve echo localhost:8080")]
    [InlineData("serve 8080", "soket serve echo tcp://localhost:8080")]
    [InlineData("connect http://contoh.example/x", "tcp://contoh.example:80")]
    public async Task The_habits_of_nc_and_curl_are_answered_with_what_was_meant(string command, string example)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(example, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-V", "soket ")]
    [InlineData("help", "explain")]
    [InlineData("help connect", "--framing")]
    public async Task Help_and_version_are_found_where_people_look(string command, string part)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(part, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_hold_for_a_mapped_address_and_for_everybody()
    {
        await using SoketProcess denied = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--deny", "::ffff:127.0.0.0/104");
        Assert.Equal(56, (await SoketProcess.RunAsync("connect", (await denied.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal))).Split(' ')[^1], "halo")).ExitCode);
        await denied.ErrorLineAsync(line => line.Contains("not allowed by --allow/--deny", StringComparison.Ordinal));

        await using SoketProcess all = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--allow", "0.0.0.0/0");
        Assert.Equal(0, (await SoketProcess.RunAsync("connect", (await all.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal))).Split(' ')[^1], "halo")).ExitCode);

        await using SoketProcess none = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--allow", "0.0.0.0/0", "--deny", "0.0.0.0/0");
        Assert.Equal(56, (await SoketProcess.RunAsync("connect", (await none.ErrorLineAsync(line => line.Contains("is ready", StringComparison.Ordinal))).Split(' ')[^1], "halo")).ExitCode);
    }

    private static Socket Listen(out string endpoint)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(5);
        endpoint = $"tcp://{listener.LocalEndPoint}";
        return listener;
    }

    // One connection: reads something, replies or not, and closes.
    private static async Task ServeAsync(Socket listener, string? reply)
    {
        using Socket connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await connection.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken);
        if (reply is not null)
            await connection.SendAsync(Encoding.UTF8.GetBytes(reply), TestContext.Current.CancellationToken);
        connection.Shutdown(SocketShutdown.Both);
    }
}
