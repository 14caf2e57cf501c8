using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Soket.Protocols.WebSocket;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

public sealed class WebSocketVerbTests
{
    [Theory]
    [InlineData("connect", "ws://localhost:9/", "--framing", "line")]
    [InlineData("serve", "echo", "ws://localhost:0/", "--framing", "line")]
    [InlineData("connect", "tcp://localhost:9", "--binary")]
    [InlineData("serve", "echo", "tcp://localhost:0", "--allow-origin", "*")]
    [InlineData("connect", "ws://localhost:9/", "--header", "Host: other")]
    [InlineData("connect", "ws://localhost:9/", "--header", "no colon")]
    [InlineData("connect", "ws://localhost:9/", "--subprotocol", "two words")]
    [InlineData("connect", "ws://localhost:9/", "--ping", "1ms")]
    public async Task What_makes_no_sense_is_told_before_anything_is_done(params string[] arguments)
    {
        foreach (string language in (string[])["en", "id"])
        {
            Finished finished = await SoketProcess.RunAsync([.. arguments, "--lang", language]);
            Assert.Equal(2, finished.ExitCode);
            Assert.StartsWith("soket: ", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pipe_s_lines_are_messages_and_frames_are_shown()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", "ws://127.0.0.1:0/lab");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("ipin\nduA\n"u8.ToArray(), ["connect", endpoints[0], "-v"]);
            Assert.Equal(0, finished.ExitCode);
            Assert.Collection(
                finished.Out.TrimEnd('\n').Split('\n'),
                line => Assert.StartsWith("IPIN | 4 | ", line, StringComparison.Ordinal),
                line => Assert.StartsWith("DUa | 3 | ", line, StringComparison.Ordinal));
            Assert.Contains("/ws   ws-handshake = 101", finished.Error, StringComparison.Ordinal);
            Assert.Contains("send-frame(text fin, 4) \"ipin\"", finished.Error, StringComparison.Ordinal);
            Assert.Contains("recv-frame(close fin 1000, 2)", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Too_large_a_message_ends_the_client_with_the_server_s_code()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "ws://127.0.0.1:0/", "--max-message", "10");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("connect", endpoints[0], "more than ten bytes", "--lang", "id");
            Assert.Equal(56, finished.ExitCode);
            Assert.Contains("1009", finished.Error, StringComparison.Ordinal);
            Assert.Contains("websocket-closed", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_closes_in_order_without_answering_is_told_and_ends_with_52()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string endpoint = $"ws://{listener.LocalEndpoint}/";

        Task served = CloseAfterOneAsync(listener, reply: null);
        Finished one = await SoketProcess.RunAsync("connect", endpoint, "halo");
        await served;
        Assert.Equal(52, one.ExitCode);
        Assert.Contains("without an answer", one.Error, StringComparison.Ordinal);

        served = CloseAfterOneAsync(listener, reply: "satu");
        Finished three = await SoketProcess.RunAsync("connect", endpoint, "satu", "dua", "tiga");
        await served;
        Assert.Equal((52, "satu"), (three.ExitCode, three.Out.TrimEnd()));
        Assert.Contains("left unanswered: 2", three.Error, StringComparison.Ordinal);

        served = CloseAfterOneAsync(listener, reply: null);
        Assert.Equal(0, (await SoketProcess.RunAsync("connect", endpoint, "halo", "--wait", "0")).ExitCode);
        await served;
    }

    // Opens the WebSocket, takes one message, answers it or not, and closes with 1000.
    private static async Task CloseAfterOneAsync(TcpListener listener, string? reply)
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        using TcpClient client = await listener.AcceptTcpClientAsync(cancelled);
        using NetworkStream stream = client.GetStream();
        var reader = new StreamReader(stream, Encoding.ASCII);
        string key = "";
        while (await reader.ReadLineAsync(cancelled) is { Length: > 0 } line)
        {
            if (line.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase))
                key = line.Split(':')[1].Trim();
        }

        string accept = HandshakeKey.Accept(key);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), cancelled);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        await socket.ReceiveAsync(new byte[100], cancelled);
        if (reply is not null)
            await socket.SendAsync(Encoding.UTF8.GetBytes(reply), WebSocketMessageType.Text, endOfMessage: true, cancelled);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancelled);
    }

    [Theory]
    [InlineData(1000, 52, "Messages left unanswered: ")]
    [InlineData(4000, 56, "4000")]
    public async Task A_server_that_closes_before_all_was_answered_is_told(int code, int exitCode, string said)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Finished> client = SoketProcess.RunAsync("connect", $"ws://{listener.LocalEndpoint}/", "satu", "dua");
        using TcpClient peer = await AcceptedAsync(listener);
        string head = await HeadAsync(peer.GetStream());
        string key = head.Split("\r\n").First(line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))["Sec-WebSocket-Key: ".Length..];
        string answer = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {HandshakeKey.Accept(key)}\r\n\r\n";
        await peer.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(answer), 0x88, 2, (byte)(code >> 8), (byte)code], TestContext.Current.CancellationToken);
        peer.Client.Shutdown(SocketShutdown.Send);

        Finished finished = await client;

        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_stops_in_the_middle_is_told_with_what_came()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Finished> client = SoketProcess.RunAsync("connect", $"ws://{listener.LocalEndpoint}/", "halo", "--timeout", "500ms");
        using TcpClient peer = await AcceptedAsync(listener);
        await peer.GetStream().WriteAsync("HTTP/1"u8.ToArray(), TestContext.Current.CancellationToken);

        Finished finished = await client;

        Assert.Equal(28, finished.ExitCode);
        Assert.Contains("(6 bytes came)", finished.Error, StringComparison.Ordinal);
    }

    private static async Task<TcpClient> AcceptedAsync(TcpListener listener) =>
        await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken);

    private static async Task<string> HeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        byte[] some = new byte[1024];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(some, TestContext.Current.CancellationToken) is > 0 and int read)
            head.Append(Encoding.ASCII.GetString(some, 0, read));
        return head.ToString();
    }
}
