using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;
using Soket.Middleware.WebSocket;
using Soket.Protocols.WebSocket;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.WebSocket;

/// <summary>RFC 6455 at the client, with a server made of bytes; and what a client says of servers that open no WebSocket.</summary>
public sealed class ClientRuleTests
{
    private const string Good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";

    public static TheoryData<string, string> Right => Rules.Right;

    public static TheoryData<string, int, string> Wrong => Rules.Wrong;

    [Theory]
    [MemberData(nameof(Right))]
    public async Task What_is_right_is_received_message_by_message(string frames, string messages)
    {
        await using var server = new RawServer(Good, Frames.Of(frames + " close:0x03e8", masked: false));
        var got = new List<string>();
        await using (ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoint, cancellationToken: TestContext.Current.CancellationToken))
        {
            IWebSocketFeature socket = connection.Features.Get<IWebSocketFeature>()!;
            while (await socket.ReceiveAsync(TestContext.Current.CancellationToken).Guarded() is { } message)
                got.Add(message.IsText ? "text=" + Encoding.UTF8.GetString(message.Bytes.Span) : "binary=" + Convert.ToHexString(message.Bytes.Span));
            Assert.Equal(new WebSocketEnd(1000, ""), socket.PeerEnd);
        }

        Assert.Equal(messages.Split('|'), got);
        Assert.Equal("close 1000", await server.LastFrameAsync());
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_is_closed_with_its_code_and_explained(string frames, int code, string why)
    {
        await using var server = new RawServer(Good, Frames.Of(frames, masked: false));
        SocketFailure failure;
        await using (ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoint, cancellationToken: TestContext.Current.CancellationToken))
        {
            IWebSocketFeature socket = connection.Features.Get<IWebSocketFeature>()!;
            failure = await Assert.ThrowsAsync<SocketFailure>(async () =>
            {
                while (await socket.ReceiveAsync(TestContext.Current.CancellationToken).Guarded() is not null)
                {
                }
            });
        }

        Assert.Equal($"close {code}", await server.LastFrameAsync());
        Assert.Equal("WEBSOCKET_PROTOCOL", failure.Error.Name);
        Assert.Contains(why, failure.Context.Facts[FailureFacts.WebSocketWhy], StringComparison.Ordinal);
        Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, Language.English);
        Assert.Equal("websocket-protocol-error", explanation.Code);
        Assert.Contains("RFC", explanation.Cause, StringComparison.Ordinal);
        Assert.Contains(code.ToString(CultureInfo.InvariantCulture), explanation.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "websocket-refused", "nothing at the path")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "websocket-refused", "a page")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.test/ws\r\n\r\n", "websocket-refused", "https://elsewhere.test/ws")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\n\r\n", "websocket-refused", "credentials")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "websocket-refused", "No origin was sent")]
    [InlineData("HTTP/1.1 426 Upgrade Required\r\n\r\n", "websocket-refused", "another version")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n", "websocket-refused", "failed on this request")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "websocket-refused", "400 Bad Request")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "websocket-not-http", "SSH")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "websocket-not-http", "Our own request came back")]
    [InlineData("\u0001\u0002\u0003\u0004\u0005\u0006", "websocket-not-http", "01 02 03")]
    [InlineData("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "websocket-handshake-failed", "wrong")]
    [InlineData("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: {accept}\r\n\r\n", "websocket-handshake-failed", "Upgrade: websocket")]
    [InlineData("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "websocket-handshake-failed", "permessage-deflate")]
    [InlineData("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "websocket-subprotocol", "chat")]
    [InlineData("", "websocket-handshake-failed", "without an answer")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0046", "plaintext-where-tls-expected", "TLS")]
    public async Task A_server_that_opens_no_WebSocket_is_explained(string response, string code, string cause)
    {
        await using var server = new RawServer(response, []);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => SocketClient.ConnectAsync(server.Endpoint, cancellationToken: TestContext.Current.CancellationToken).Guarded());
        foreach (Language language in Enum.GetValues<Language>())
        {
            Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, language);
            Assert.Equal(code, explanation.Code);
            Assert.DoesNotContain('{', explanation.Cause + explanation.Remedy);
            if (language == Language.English)
                Assert.Contains(cause, explanation.Cause, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_chooses_no_subprotocol_is_not_gone_on_with()
    {
        await using var server = new RawServer(Good, []);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => SocketClient.ConnectAsync(server.Endpoint, new SocketClientOptions { WebSocket = new() { Subprotocols = ["chat"] } }, TestContext.Current.CancellationToken).Guarded());
        Assert.Equal("WEBSOCKET_SUBPROTOCOL", failure.Error.Name);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_waited_for_as_long_as_was_said()
    {
        await using var server = new RawServer(null, []);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => SocketClient.ConnectAsync(server.Endpoint, new SocketClientOptions { WebSocket = new() { HandshakeTimeout = TimeSpan.FromMilliseconds(100) } }, TestContext.Current.CancellationToken).Guarded());
        Assert.Equal("websocket-handshake-timed-out", new Explainer(new NoSystemFacts()).Explain(failure, Language.English).Code);
    }

    [Fact]
    public async Task A_server_that_answers_no_ping_is_given_up()
    {
        await using var server = new RawServer(Good, [], stays: true);
        await using ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoint, new SocketClientOptions { WebSocket = new() { PingInterval = TimeSpan.FromMilliseconds(50) } }, TestContext.Current.CancellationToken);
        IWebSocketFeature socket = connection.Features.Get<IWebSocketFeature>()!;
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => socket.ReceiveAsync(TestContext.Current.CancellationToken).Guarded());
        Assert.Equal("websocket-no-pong", new Explainer(new NoSystemFacts()).Explain(failure, Language.English).Code);
    }

    [Fact]
    public async Task An_end_without_a_close_frame_is_1006()
    {
        await using var server = new RawServer(Good, []);
        await using ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoint, cancellationToken: TestContext.Current.CancellationToken);
        IWebSocketFeature socket = connection.Features.Get<IWebSocketFeature>()!;
        Assert.Null(await socket.ReceiveAsync(TestContext.Current.CancellationToken).Guarded());
        Assert.Equal(CloseCode.Abnormal, socket.PeerEnd?.Code);
    }

    /// <summary>Accepts one client, answers its handshake with a text of any kind, sends bytes, and keeps what came.</summary>
    private sealed class RawServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _over = new();
        private readonly Task<byte[]> _serving;

        public RawServer(string? response, byte[] bytes, bool stays = false)
        {
            _listener.Start();
            _serving = ServeAsync(response, bytes, stays);
        }

        public SocketUri Endpoint => SocketUri.Parse($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

        public async Task<string> LastFrameAsync()
        {
            var buffer = new System.Buffers.ReadOnlySequence<byte>(await _serving.Guarded());
            string last = "";
            while (FrameHeader.TryRead(ref buffer, out FrameHeader header, out _))
            {
                Assert.NotNull(header.Mask); // a client always masks
                byte[] payload = System.Buffers.BuffersExtensions.ToArray(buffer.Slice(0, header.Length));
                FrameMask.Apply(payload, header.Mask.Value);
                buffer = buffer.Slice(header.Length);
                _ = CloseCode.Read(payload, out int code, out _);
                last = header.Opcode == WebSocketOpcode.Close ? $"close {code}" : header.Opcode.ToString();
            }

            return last;
        }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await ((Task)_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            _listener.Dispose();
            _over.Dispose();
        }

        private async Task<byte[]> ServeAsync(string? response, byte[] bytes, bool stays)
        {
            using Socket client = await _listener.AcceptSocketAsync(_over.Token);
            string head = "";
            byte[] room = new byte[4096];
            while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
                head += Encoding.Latin1.GetString(room, 0, await client.ReceiveAsync(room, _over.Token));
            if (response is null)
                await Task.Delay(Timeout.Infinite, _over.Token);
            string key = head.Split("Sec-WebSocket-Key: ")[1].Split('\r')[0];
            byte[] answer = [.. Encoding.Latin1.GetBytes(response!.Replace("{accept}", HandshakeKey.Accept(key), StringComparison.Ordinal)), .. bytes];
            await client.SendAsync(answer, _over.Token);
            if (stays)
                await Task.Delay(Timeout.Infinite, _over.Token);
            if (bytes.Length == 0)
                client.Shutdown(SocketShutdown.Send);
            using var got = new MemoryStream();
            while (await client.ReceiveAsync(room, _over.Token) is > 0 and int read)
            {
                got.Write(room, 0, read);
                if (got.ToArray().AsSpan().IndexOf((byte)0x88) >= 0)
                    client.Shutdown(SocketShutdown.Send); // the close frame is the last one, and a server ends first
            }

            return got.ToArray();
        }
    }
}
