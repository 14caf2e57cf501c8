using System.Net;
using System.Net.Sockets;
using Soket.Bench;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Linux.Bench;
using Soket.Protocols.Framing;
using Soket.Services;
using Xunit;

namespace Soket.Linux.Tests.Bench;

/// <summary>The generator on loops, against servers on this machine.</summary>
public sealed class LoopLoadGeneratorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("chunk", 64, 1, 1)]
    [InlineData("chunk", 64, 3, 16)]
    [InlineData("chunk", 200_000, 2, 2)]
    [InlineData("line", 64, 2, 4)]
    [InlineData("length:4", 1000, 2, 4)]
    [InlineData("fixed:100", 100, 1, 2)]
    public async Task An_echo_server_answers_every_message(string framing, int size, int connections, int inFlight)
    {
        Assert.True(Framing.TryParse(framing, 1024 * 1024, out Framing? cut, out _));
        await using SocketServer server = await new SocketServerBuilder().Listen("tcp://localhost:0", new EchoService()).WithFraming(cut).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Framing = cut, Payload = BenchPayload.OfSize(size), Connections = connections, InFlight = inFlight, Count = 500 });
        Assert.Equal((500, 0), (result.Measured.Completed, result.Measured.Errors));
        Assert.Equal(connections, result.Measured.Opened);
        Assert.Equal("epoll", result.Generator);
    }

    [Fact]
    public async Task Several_loops_share_the_connections_and_the_count()
    {
        await using SocketServer server = await EchoAsync();
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Connections = 10, Workers = 3, Count = 1001 });
        Assert.Equal((1001, 0, 10, 3), (result.Measured.Completed, result.Measured.Errors, result.Measured.Opened, result.Measured.Cpu.Count));
        Assert.All(result.Measured.Cpu, cpu => Assert.True(cpu > 0, "a loop's thread used no processor"));
    }

    [Fact]
    public async Task A_unix_stream_is_measured_as_well()
    {
        string path = Path.Combine(Path.GetTempPath(), $"soket-bench-{Guid.NewGuid():N}.sock");
        await using SocketServer server = await new SocketServerBuilder().Listen("unix:" + path, new EchoService()).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Connections = 4, Count = 400 });
        Assert.Equal((400, 0), (result.Measured.Completed, result.Measured.Errors));
    }

    [Fact]
    public async Task The_other_family_is_tried_where_nobody_listens_on_the_first()
    {
        await using SocketServer server = await new SocketServerBuilder().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = SocketUri.Create(SocketScheme.Tcp, "localhost", server.Endpoints[0].Actual.Port), Connections = 3, Count = 30 });
        Assert.Equal((30, 0, 3), (result.Measured.Completed, result.Measured.Errors, result.Measured.Opened));
    }

    [Fact]
    public async Task Nobody_there_is_told_at_once()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var plan = new BenchPlan { Endpoint = SocketUri.Parse($"tcp://{closed.LocalEndPoint}"), Connections = 5 };
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token));
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
    }

    [Fact]
    public async Task An_open_loop_goes_at_its_rate_and_is_woken_in_time()
    {
        await using SocketServer server = await EchoAsync();
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Connections = 4, InFlight = 64, Arrivals = ArrivalSchedule.Steady(1000), Count = 2000 });

        // Two seconds of the schedule take no less, and more where the machine stands still meanwhile; what it does not delay is sent in time.
        Assert.Equal((2000, 0), (result.Measured.Completed, result.Measured.Errors));
        Assert.InRange(result.Measured.Elapsed.TotalSeconds, 1.9, double.MaxValue);
        Assert.InRange(result.Measured.Lateness.Percentile(0.1), 0, 10_000_000);
    }

    [Fact]
    public async Task A_stall_shows_in_the_open_loop()
    {
        using var server = new StallingEcho(every: 400, pause: TimeSpan.FromMilliseconds(200));
        var plan = new BenchPlan { Endpoint = SocketUri.Parse(server.Endpoint), InFlight = 1, Arrivals = ArrivalSchedule.Steady(200), Count = 600, Duration = null, WarmUp = TimeSpan.Zero };
        BenchResult result = await new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token);

        // One stall of 200 ms, in which 40 fell due: three in a hundred waited more than 100 ms.
        Assert.InRange(result.Measured.Latency.Percentile(0.99), 120_000_000, long.MaxValue);
        Assert.True(result.Measured.Held >= 10, $"{result.Measured.Held} messages were held back");
    }

    [Fact]
    public async Task What_a_server_does_wrong_is_counted_and_the_run_goes_on()
    {
        using var server = new BadServer();
        var plan = new BenchPlan { Endpoint = SocketUri.Parse(server.Endpoint), Connections = 2, Count = 100, Duration = null, ReplyTimeout = TimeSpan.FromMilliseconds(300), ReconnectPause = TimeSpan.FromMilliseconds(10), WarmUp = TimeSpan.Zero };
        BenchResult result = await new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token);
        BenchReading measured = result.Measured;
        Assert.True(measured.Wrong > 0, "no wrong reply");
        Assert.True(measured.TimedOut > 0, "no missing reply");
        Assert.Contains(measured.Failures, failure => failure.First.Error.Name == "SOKET_UNANSWERED");
        Assert.Contains(measured.Failures, failure => failure.First.Error.Name == "ECONNRESET");
        Assert.True(measured.Completed > 0, "nothing was right");
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_nothing_but_its_connections()
    {
        SocketServer server = await EchoAsync();
        var plan = new BenchPlan { Endpoint = server.Endpoints[0].Actual, Connections = 8, Duration = TimeSpan.FromSeconds(30), WarmUp = TimeSpan.Zero };
        using var stop = new CancellationTokenSource();
        var refused = new TaskCompletionSource();
        BenchProgress? progress = null;
        var run = new BenchRun(new LoopLoadGenerator(), plan)
        {
            OnSecond = _ =>
            {
                if (progress!.Tallies.Any(tally => tally.Failures.Any(failure => failure.First.Error.Name == "ECONNREFUSED")))
                    refused.TrySetResult();
            },
        };
        progress = run.Progress;
        Task<BenchResult> running = run.RunAsync(stop.Token);
        await progress.Started.WaitAsync(Limit, Token);
        await server.DisposeAsync();
        await refused.Task.WaitAsync(Limit, Token);
        await stop.CancelAsync();
        BenchResult result = await running.WaitAsync(Limit, Token);
        Assert.Equal(0, progress.Tallies.Sum(tally => tally.Opened - tally.Closed));
        Assert.Contains(result.Measured.Failures, failure => failure.First.Error.Name == "ECONNREFUSED");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_are_made_and_closed_by_count_and_by_rate(bool openLoop)
    {
        await using SocketServer server = await EchoAsync();
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Mode = BenchMode.Connect, Connections = 4, Count = 200, Arrivals = openLoop ? ArrivalSchedule.Steady(500) : null });
        Assert.InRange(result.Measured.Completed, 200, 204);
        Assert.Equal(0, result.Measured.Errors);
        Assert.Contains(result.Notes, note => note.Key.StartsWith("connect-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backlog_that_overflows_is_what_limits_connections()
    {
        // Nobody accepts, and the queue holds two: the next SYN is dropped, and the system counts it.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var plan = new BenchPlan
        {
            Endpoint = SocketUri.Parse($"tcp://{listener.LocalEndPoint}"), Mode = BenchMode.Connect, Connections = 20, Duration = TimeSpan.FromMilliseconds(1500), WarmUp = TimeSpan.Zero,
            DrainTimeout = TimeSpan.FromMilliseconds(100),
        };
        BenchResult result = await new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token);
        Assert.Contains(result.Notes, note => note.Key is "connect-backlog" or "connect-slow");
    }

    [Theory]
    [InlineData(StreamDirection.Up, "discard")]
    [InlineData(StreamDirection.Down, "chargen")]
    [InlineData(StreamDirection.Both, "echo")]
    public async Task Streams_move_bytes_each_way(StreamDirection direction, string service)
    {
        await using SocketServer server = await new SocketServerBuilder().Listen("tcp://127.0.0.1:0", ServiceCatalog.Find(service)!.Create(new ServiceOptions())).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Mode = BenchMode.Stream, Direction = direction, Connections = 2, Duration = TimeSpan.FromSeconds(1), DrainTimeout = TimeSpan.FromSeconds(20) });
        Assert.Equal(0, result.Measured.Errors);
        Assert.Equal(direction != StreamDirection.Down, result.Measured.BytesSent > 0);
        Assert.Equal(direction != StreamDirection.Up, result.Measured.BytesReceived > 0);
        if (direction != StreamDirection.Down)
            Assert.Equal(2L, Assert.Single(result.Notes, note => note.Key == "stream-delivered").Values["streams"]);
    }

    [Fact]
    public async Task Idle_connections_are_held_and_woken()
    {
        await using SocketServer server = await EchoAsync();
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Mode = BenchMode.Idle, Connections = 500, IdleTime = TimeSpan.FromMilliseconds(200) });
        Assert.Equal((500, 500, 0), (result.Measured.Completed, result.Before.Opened + result.Measured.Opened, result.Measured.Errors));
        long bytes = (long)Assert.Single(result.Notes, note => note.Key == "idle-memory").Values["bytes"];
        Assert.InRange(bytes, 0, 200_000); // of the whole process, in which other tests run meanwhile
    }

    [Fact]
    public async Task Datagrams_lost_doubled_and_overtaken_are_told()
    {
        using var server = new LossyEcho();
        var plan = new BenchPlan
        {
            Endpoint = SocketUri.Parse(server.Endpoint), Mode = BenchMode.Datagrams, Arrivals = ArrivalSchedule.Steady(1000), Count = 1000, Duration = null, WarmUp = TimeSpan.Zero,
            ReplyTimeout = TimeSpan.FromSeconds(1), DrainTimeout = TimeSpan.FromSeconds(3),
        };
        BenchResult result = await new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token);

        // One of ten, each; where a machine that stood still has sent many at once, the system may drop some itself, each way.
        Assert.InRange(server.Doubled, 50, 100);
        Assert.InRange(result.Measured.Loss, 0.09, 0.5);
        Assert.InRange(result.Measured.Duplicates, server.Doubled * 0.5, server.Doubled);
        Assert.InRange(result.Measured.Reordered, server.Overtaken * 0.5, server.Overtaken);
        Assert.Equal(0, result.Measured.Wrong);
        Assert.True(result.Measured.Jitter > 0, "no jitter");
    }

    [Fact]
    public async Task A_closed_loop_of_datagrams_keeps_them_under_way()
    {
        await using SocketServer server = await new SocketServerBuilder().Listen("udp://127.0.0.1:0", new EchoService()).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Mode = BenchMode.Datagrams, Connections = 2, InFlight = 8, Count = 2000 });
        Assert.InRange(result.Measured.Completed + result.Measured.Lost, 2000, 2016);
        Assert.Equal(0, result.Measured.Errors);
    }

    [Fact]
    public async Task Messages_go_by_datagrams_too()
    {
        await using SocketServer server = await new SocketServerBuilder().Listen("udp://127.0.0.1:0", new EchoService()).StartAsync(Token);
        BenchResult result = await RunAsync(server, new BenchPlan { Endpoint = default, Connections = 2, InFlight = 4, Count = 500 });
        Assert.Equal((500, 0), (result.Measured.Completed, result.Measured.Errors));
    }

    [Fact]
    public async Task A_port_where_nobody_takes_datagrams_is_refused_at_a_bounded_pace()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = SocketUri.Parse($"udp://{closed.LocalEndPoint}");
        closed.Dispose();
        var plan = new BenchPlan { Endpoint = endpoint, InFlight = 1, Duration = TimeSpan.FromSeconds(1), WarmUp = TimeSpan.Zero, ReconnectPause = TimeSpan.FromMilliseconds(50) }; // a pause for each that is under way
        BenchResult result = await new BenchRun(new LoopLoadGenerator(), plan).RunAsync(Token).WaitAsync(Limit, Token);
        BenchFailure failure = Assert.Single(result.Measured.Failures);
        Assert.Equal("ECONNREFUSED", failure.First.Error.Name);
        Assert.InRange(failure.Count, 1, 20 + (2 * result.Measured.Elapsed.TotalSeconds / 0.05));
    }

    private static Task<SocketServer> EchoAsync() => new SocketServerBuilder().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync(Token);

    private static async Task<BenchResult> RunAsync(SocketServer server, BenchPlan plan)
    {
        plan = plan with { Endpoint = plan.Endpoint == default ? server.Endpoints[0].Actual : plan.Endpoint, WarmUp = plan.Arrivals is null ? TimeSpan.Zero : plan.WarmUp };
        if (plan.Count is not null)
            plan = plan with { Duration = null, WarmUp = TimeSpan.Zero };
        var generator = new LoopLoadGenerator();
        Assert.True(generator.Supports(plan));
        return await new BenchRun(generator, plan).RunAsync(Token).WaitAsync(Limit, Token);
    }
}
