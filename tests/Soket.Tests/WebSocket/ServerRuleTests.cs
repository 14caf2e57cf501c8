using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.WebSocket;
using Soket.Protocols.WebSocket;
using Soket.Services;
using Soket.Tests.Hosting;
using Xunit;

namespace Soket.Tests.WebSocket;

/// <summary>RFC 6455 at the server, with a client made of bytes.</summary>
public sealed class ServerRuleTests
{
    public static TheoryData<string, string> Right => Rules.Right;

    public static TheoryData<string, int, string> Wrong => Rules.Wrong;

    public static TheoryData<string, string> Closes => Rules.Closes;

    [Theory]
    [MemberData(nameof(Right))]
    public async Task What_is_right_is_answered_message_by_message(string frames, string messages)
    {
        await using SocketServer server = await EchoAsync();
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of(frames + " close:0x03e8", masked: true));
        List<string> got = Read(await peer.ReceiveToEndAsync());
        Assert.Equal([.. messages.Split('|'), "close 1000"], got.Where(frame => !frame.StartsWith("pong", StringComparison.Ordinal)));
        Assert.Equal(frames.Split(' ').Count(frame => frame.StartsWith("ping", StringComparison.Ordinal)), got.Count(frame => frame.StartsWith("pong", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Right))]
    public async Task What_is_right_is_answered_however_it_is_cut(string frames, string messages)
    {
        await using SocketServer server = await EchoAsync();
        using Peer peer = await OpenAsync(server);
        peer.Socket.NoDelay = true;
        foreach (byte b in Frames.Of(frames + " close:0x03e8", masked: true))
            await SendAsync(peer, [b]);
        Assert.Equal([.. messages.Split('|'), "close 1000"], Read(await peer.ReceiveToEndAsync()).Where(frame => !frame.StartsWith("pong", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_is_closed_with_its_code_and_told(string frames, int code, string why)
    {
        var log = new EventLog();
        await using SocketServer server = await EchoAsync(log);
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of(frames, masked: true));
        Assert.Equal($"close {code}", Read(await peer.ReceiveToEndAsync())[^1]);
        SocketFailure failure = (await log.WaitAsync(e => e.Call == SocketCall.ReceiveFrame && e.Failure is not null)).Failure!;
        Assert.Equal("WEBSOCKET_PROTOCOL", failure.Error.Name);
        Assert.Contains(why, failure.Context.Facts[FailureFacts.WebSocketWhy], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Closes))]
    public async Task A_close_is_answered_with_its_own_code_and_then_the_server_ends_first(string frames, string answer)
    {
        await using SocketServer server = await EchoAsync();
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of(frames, masked: true));
        Assert.Equal([answer], Read(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_message_over_the_limit_is_closed_with_1009_before_its_payload_comes()
    {
        await using SocketServer server = await EchoAsync(settings: new WebSocketServerSettings { MaxMessage = 10 });
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, [0x82, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]); // 9 exabytes, says the header
        Assert.Equal(["close 1009"], Read(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_message_over_the_limit_in_pieces_is_closed_with_1009()
    {
        await using SocketServer server = await EchoAsync(settings: new WebSocketServerSettings { MaxMessage = 10 });
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of("binary+:123456 more+:7890 more:1", masked: true));
        Assert.Equal(["close 1009"], Read(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_few_bytes_that_stand_for_many_are_not_unpacked()
    {
        await using SocketServer server = await EchoAsync(settings: new WebSocketServerSettings { MaxMessage = 100_000, Compress = true });
        using Peer peer = await OpenAsync(server, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        using var deflater = new MessageDeflater(keepsContext: false);
        byte[] bomb = deflater.Compress(new byte[5_000_000]).ToArray();
        Assert.InRange(bomb.Length, 1, 90_000);
        await SendAsync(peer, Frames.Frame(WebSocketOpcode.Binary, bomb, masked: true, rsv1: true));
        Assert.Equal(["close 1009"], Read(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_drain_closes_with_1001_and_a_failing_service_with_1011()
    {
        SocketServer server = await EchoAsync();
        await using (server)
        {
            using Peer peer = await OpenAsync(server);
            await server.DrainAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.Equal(["close 1001"], Read(await peer.ReceiveToEndAsync()));
        }

        await using SocketServer failing = await new SocketServerBuilder().Listen("ws://127.0.0.1:0/", new Handler(_ => throw new InvalidOperationException("broken"))).StartAsync(TestContext.Current.CancellationToken);
        using Peer other = await OpenAsync(failing);
        Assert.Equal(["close 1011"], Read(await other.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_service_that_speaks_a_stream_speaks_text_messages_and_closes_with_1000()
    {
        SocketService daytime = ServiceCatalog.Find("daytime")!.Create(new ServiceOptions()), time = ServiceCatalog.Find("time")!.Create(new ServiceOptions());
        await using SocketServer server = await new SocketServerBuilder().Listen("ws://127.0.0.1:0/", daytime).Listen("ws://127.0.0.1:0/", time).StartAsync(TestContext.Current.CancellationToken);
        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of("close:0x03e8", masked: true));
        List<string> said = Read(await peer.ReceiveToEndAsync());
        Assert.StartsWith("text=", said[0], StringComparison.Ordinal);
        Assert.Equal("close 1000", said[^1]);
        using Peer other = await OpenAsync(server, index: 1);
        await SendAsync(other, Frames.Of("close:0x03e8", masked: true));
        Assert.StartsWith("binary=", Read(await other.ReceiveToEndAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /x HTTP/1.1\r\nHost: localhost\r\n" + Frames.Upgrade, 404)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n", 426)]
    [InlineData("GET / HTTP/1.0\r\nHost: localhost\r\n" + Frames.Upgrade, 426)]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\n" + Frames.Upgrade, 405)]
    [InlineData("GET / HTTP/1.1\r\n" + Frames.Upgrade, 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n" + Frames.Upgrade, 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: attacker.test\r\n" + Frames.Upgrade, 403)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://attacker.test\r\n" + Frames.Upgrade, 403)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n" + Frames.Upgrade, 403)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:1@attacker.test\r\n" + Frames.Upgrade, 403)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n" + Frames.Upgrade, 101)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://friend.test\r\n" + Frames.Upgrade, 101)]
    [InlineData("GET /?a=b HTTP/1.1\r\nHost: 127.0.0.1:80\r\n" + Frames.Upgrade, 101)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: " + Frames.Key + "\r\n", 426)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : localhost\r\n" + Frames.Upgrade, 400)]
    [InlineData("GET / HTTP/2.0\r\n", 505)]
    public async Task A_request_is_taken_or_refused_with_the_status_that_says_why(string request, int status)
    {
        await using SocketServer server = await EchoAsync(settings: new WebSocketServerSettings { AllowedOrigins = ["https://friend.test"] });
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.SendAsync(request + "\r\n");
        peer.HalfClose();
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.UTF8.GetString(await peer.ReceiveToEndAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_head_is_refused_and_a_silent_client_is_let_go()
    {
        var log = new EventLog();
        await using SocketServer server = await EchoAsync(log, new WebSocketServerSettings { HandshakeTimeout = TimeSpan.FromSeconds(3) });
        using Peer endless = await Peer.ConnectAsync(server);
        await endless.SendAsync("GET / HTTP/1.1\r\nX: " + new string('a', 20_000));
        Assert.StartsWith("HTTP/1.1 431 ", Encoding.UTF8.GetString(await endless.ReceiveToEndAsync()), StringComparison.Ordinal);
        using Peer silent = await Peer.ConnectAsync(server);
        await log.WaitAsync(e => e.Call == SocketCall.WebSocketHandshake && e.Failure?.Error.Name == "ETIMEDOUT");
        Assert.Empty(await silent.ReceiveToEndAsync());
    }

    [Fact]
    public async Task A_client_that_answers_no_ping_is_given_up()
    {
        var log = new EventLog();
        await using SocketServer server = await EchoAsync(log, new WebSocketServerSettings { PingInterval = TimeSpan.FromMilliseconds(50) });
        using Peer peer = await OpenAsync(server);
        await log.WaitAsync(e => e.Failure?.Error.Name == "WEBSOCKET_NO_PONG");
        await peer.AssertResetAsync();
    }

    [Fact]
    public async Task Random_bytes_end_the_conversation_and_nothing_else()
    {
        await using SocketServer server = await EchoAsync();
        var random = new Random(6455);
        for (int i = 0; i < 50; i++)
        {
            using Peer hostile = await OpenAsync(server);
            byte[] bytes = new byte[200];
            random.NextBytes(bytes);
            await SendAsync(hostile, bytes);
            hostile.HalfClose();
            await hostile.ReceiveToEndAsync();
        }

        using Peer peer = await OpenAsync(server);
        await SendAsync(peer, Frames.Of("text:halo close", masked: true));
        Assert.Equal(["text=halo", "close"], Read(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task A_thousand_connections_are_answered()
    {
        await using SocketServer server = await EchoAsync();
        var peers = new List<Peer>();
        foreach (int[] wave in Enumerable.Range(0, 1000).Chunk(250)) // fewer than the backlog holds: a SYN that is dropped is sent again after a second
            peers.AddRange(await Task.WhenAll(wave.Select(_ => OpenAsync(server))));
        await Task.WhenAll(peers.Select(async peer =>
        {
            await SendAsync(peer, Frames.Of("text:halo", masked: true));
            Assert.Equal("\u0081\u0004halo", Encoding.Latin1.GetString(await ReceiveAsync(peer, 6)));
            peer.Dispose();
        }));
    }

    private static Task<SocketServer> EchoAsync(EventLog? log = null, WebSocketServerSettings? settings = null)
    {
        SocketServerBuilder builder = new SocketServerBuilder().Listen("ws://127.0.0.1:0/", new EchoService()).WithWebSocket(settings ?? new());
        return (log is null ? builder : builder.Observe(log)).StartAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<Peer> OpenAsync(SocketServer server, string fields = "", int index = 0)
    {
        Peer peer = await Peer.ConnectAsync(server, index);
        await peer.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\n{Frames.Upgrade}{fields}\r\n");
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append(await peer.ReceiveAsync(1));
        Assert.StartsWith("HTTP/1.1 101 ", head.ToString(), StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head.ToString(), StringComparison.Ordinal);
        return peer;
    }

    private static async Task SendAsync(Peer peer, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
            sent += await peer.Socket.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Peer.Patience);
    }

    private static async Task<byte[]> ReceiveAsync(Peer peer, int length)
    {
        byte[] bytes = new byte[length];
        for (int received = 0; received < length;)
            received += await peer.Socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Peer.Patience);
        return bytes;
    }

    private static List<string> Read(byte[] bytes)
    {
        var frames = new List<string>();
        var buffer = new ReadOnlySequence<byte>(bytes);
        while (!buffer.IsEmpty && FrameHeader.TryRead(ref buffer, out FrameHeader header, out FrameError error))
        {
            Assert.Equal((FrameError.None, null), (error, header.Mask)); // a server never masks
            byte[] payload = buffer.Slice(0, header.Length).ToArray();
            buffer = buffer.Slice(header.Length);
            frames.Add(header.Opcode switch
            {
                WebSocketOpcode.Text => "text=" + Encoding.UTF8.GetString(payload),
                WebSocketOpcode.Binary => "binary=" + Convert.ToHexString(payload),
                WebSocketOpcode.Close => CloseCode.Read(payload, out int code, out _) == 0 && code != CloseCode.None ? $"close {code}" : "close",
                _ => header.Opcode.ToString().ToLowerInvariant(),
            });
        }

        Assert.True(buffer.IsEmpty);
        return frames;
    }
}
