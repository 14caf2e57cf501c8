using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Soket.Bench;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Services;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>The generator that works everywhere, over everything that carries messages.</summary>
public sealed class PipeLoadGeneratorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp", 1)]
    [InlineData("tcp", 8)]
    [InlineData("unix", 4)]
    [InlineData("tls", 4)]
    [InlineData("ws", 4)]
    [InlineData("wss", 1)]
    [InlineData("udp", 4)]
    public async Task An_echo_server_answers_every_message(string scheme, int inFlight)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using SocketServer server = await StartAsync(scheme, certificate, new EchoService());
        BenchResult result = await RunAsync(PlanFor(server, certificate) with { Connections = 3, InFlight = inFlight, Count = 300, Duration = null });
        Assert.Equal((300, 0), (result.Measured.Completed, result.Measured.Errors));
        Assert.Equal("pipes", result.Generator);
        Assert.Equal(3, result.Measured.Opened);
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("ws")]
    public async Task An_open_loop_goes_at_its_rate(string scheme)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using SocketServer server = await StartAsync(scheme, certificate, new EchoService());
        BenchResult result = await RunAsync(PlanFor(server, certificate) with { Connections = 4, InFlight = 32, Arrivals = ArrivalSchedule.Steady(200), Count = 200, Duration = null });
        Assert.Equal((200, 0), (result.Measured.Completed, result.Measured.Errors));
        Assert.InRange(result.Measured.Elapsed.TotalSeconds, 0.95, double.MaxValue); // a second of the schedule, whatever the machine delays
    }

    [Fact]
    public async Task Messages_longer_than_any_buffer_come_back_whole()
    {
        await using SocketServer server = await StartAsync("tcp", null, new EchoService());
        BenchResult result = await RunAsync(PlanFor(server, null) with { Payload = BenchPayload.OfSize(3_000_000), InFlight = 2, Count = 6, Duration = null, ReplyTimeout = Guard.Limit });
        Assert.Equal((6, 0), (result.Measured.Completed, result.Measured.Errors));
        Assert.Equal(18_000_000, result.Measured.BytesReceived);
    }

    [Fact]
    public async Task A_service_that_answers_something_else_is_wrong_every_time()
    {
        await using SocketServer server = await StartAsync("tcp", null, new ReplyOnce());
        BenchResult result = await RunAsync(PlanFor(server, null) with { Count = 20, Duration = null });
        Assert.Equal((0, 20), (result.Measured.Completed, result.Measured.Wrong));
    }

    [Fact]
    public async Task A_silent_service_is_told_as_missing_replies()
    {
        await using SocketServer server = await StartAsync("tcp", null, new DiscardService());
        BenchResult result = await RunAsync(PlanFor(server, null) with { Connections = 2, InFlight = 2, Count = 8, Duration = null, ReplyTimeout = TimeSpan.FromMilliseconds(100), ReconnectPause = TimeSpan.FromMilliseconds(10) });
        Assert.Equal((0, 8), (result.Measured.Completed, result.Measured.TimedOut));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_a_failure_and_no_run()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using SocketServer server = await StartAsync("tls", certificate, new EchoService());
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => RunAsync(PlanFor(server, null)));
        Assert.Equal("TLS_UNTRUSTED", failure.Error.Name);
    }

    [Fact]
    public async Task A_payload_that_its_framing_cannot_carry_is_refused_before_anything_is_sent()
    {
        await using SocketServer server = await StartAsync("tcp", null, new EchoService());
        BenchPlan plan = PlanFor(server, null) with { Payload = BenchPayload.Fixed("two lines", "a\nb"u8.ToArray()), Framing = new Soket.Protocols.Framing.LineFraming() };
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(plan));
        Assert.Equal(0, server.Totals.Accepted);
    }

    [Theory]
    [InlineData("tls", false)]
    [InlineData("tcp", true)]
    public async Task Streams_move_bytes_and_connections_are_made(string scheme, bool connect)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using SocketServer server = await StartAsync(scheme, certificate, new EchoService());
        BenchPlan plan = PlanFor(server, certificate) with { Connections = 2, DrainTimeout = Guard.Limit };
        if (connect)
        {
            BenchResult made = await RunAsync(plan with { Mode = BenchMode.Connect, Count = 50, Duration = null });
            Assert.InRange(made.Measured.Completed, 50, 52);
            return;
        }

        BenchResult result = await RunAsync(plan with { Mode = BenchMode.Stream, Direction = StreamDirection.Both, Duration = TimeSpan.FromSeconds(1) });
        Assert.Equal(0, result.Measured.Errors);
        Assert.True(result.Measured.BytesSent > 0 && result.Measured.BytesReceived > 0, $"{result.Measured.BytesSent} bytes went, {result.Measured.BytesReceived} came");
    }

    [Fact]
    public async Task Held_connections_are_woken_over_websocket()
    {
        await using SocketServer server = await StartAsync("ws", null, new EchoService());
        BenchResult result = await RunAsync(PlanFor(server, null) with { Mode = BenchMode.Idle, Connections = 20, IdleTime = TimeSpan.FromMilliseconds(100) });
        Assert.Equal((20, 0), (result.Measured.Completed, result.Measured.Errors));
    }

    [Fact]
    public async Task Numbered_datagrams_come_back()
    {
        await using SocketServer server = await StartAsync("udp", null, new EchoService());
        BenchResult result = await RunAsync(PlanFor(server, null) with { Mode = BenchMode.Datagrams, Connections = 2, InFlight = 4, Count = 300, Duration = null });
        Assert.InRange(result.Measured.Completed + result.Measured.Lost, 300, 308);
        Assert.Equal((0, 0), (result.Measured.Errors, result.Measured.Duplicates));
    }

    private static async Task<SocketServer> StartAsync(string scheme, X509Certificate2? certificate, IMessageService service)
    {
        string endpoint = scheme == "unix" ? "unix:" + Path.Combine(Path.GetTempPath(), $"soket-bench-{Guid.NewGuid():N}.sock") : $"{scheme}://127.0.0.1:0";
        SocketServerBuilder builder = new SocketServerBuilder().Listen(endpoint, service).WithFraming(new Soket.Protocols.Framing.ChunkFraming(4 * 1024 * 1024));
        if (certificate is not null)
            builder.WithTls(new TlsServerSettings { Certificate = certificate });
        return await builder.StartAsync(Token);
    }

    private static BenchPlan PlanFor(SocketServer server, X509Certificate2? certificate) => new()
    {
        Endpoint = server.Endpoints[0].Actual,
        WarmUp = TimeSpan.Zero,
        Workers = 2,
        Client = new SocketClientOptions { Tls = certificate is null ? null : new TlsClientSettings { TargetHost = "127.0.0.1", TrustedRoots = [certificate] } },
    };

    private static async Task<BenchResult> RunAsync(BenchPlan plan)
    {
        var generator = new PipeLoadGenerator();
        Assert.True(generator.Supports(plan));
        return await new BenchRun(generator, plan).RunAsync(Token).Guarded();
    }

    /// <summary>Answers with as many other bytes.</summary>
    private sealed class ReplyOnce : IMessageService
    {
        public bool Answer(in System.Buffers.ReadOnlySequence<byte> message, System.Buffers.IBufferWriter<byte> reply, in MessageContext context)
        {
            reply.GetSpan((int)message.Length)[..(int)message.Length].Fill((byte)'!');
            reply.Advance((int)message.Length);
            return true;
        }
    }
}
