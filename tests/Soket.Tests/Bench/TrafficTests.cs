using FsCheck;
using FsCheck.Fluent;
using Soket.Bench;
using Soket.Endpoints;
using Soket.Protocols.Framing;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>What a worker sends, when, and what it makes of the replies; in virtual time.</summary>
public sealed class TrafficTests
{
    private static BenchPlan Plan => new()
    {
        Endpoint = SocketUri.Parse("tcp://127.0.0.1:7"),
        Duration = null,
        WarmUp = TimeSpan.Zero,
    };

    private static long Ms(double time) => Simulation.Milliseconds(time);

    [Fact]
    public async Task Every_message_of_a_closed_loop_is_sent_when_the_one_before_is_answered()
    {
        BenchTally tally = await new Simulation(new ModelServer()).RunAsync(Plan, TimeSpan.FromSeconds(1));

        // An answer takes 0.1 ms, and nothing else takes time here.
        Assert.InRange(tally.Completed, 9_990, 10_001);
        Assert.Equal((0, 0, 0), (tally.Wrong, tally.TimedOut, tally.Failed));
        Assert.InRange(tally.Latency.Percentile(0.5), Ms(0.0999), Ms(0.1001));
        Assert.Equal(64 * tally.Sent, tally.BytesSent);
    }

    [Fact]
    public async Task A_count_is_what_is_done_and_not_one_more()
    {
        var simulation = new Simulation(new ModelServer());
        BenchTally tally = await simulation.RunAsync(Plan with { Count = 1000, Connections = 7, InFlight = 3 }, TimeSpan.FromHours(1));
        Assert.Equal((1000, 1000), (tally.Completed, tally.Sent));
        Assert.InRange(simulation.Took.TotalMilliseconds, 4, 200);
    }

    [Fact]
    public async Task An_open_loop_counts_the_wait_of_messages_that_a_stalled_server_kept_from_being_sent()
    {
        var stall = new StallingServer(from: Ms(1000), to: Ms(1200));
        BenchPlan plan = Plan with { Arrivals = ArrivalSchedule.Steady(1000), InFlight = 1 };
        BenchTally open = await new Simulation(stall).RunAsync(plan, TimeSpan.FromSeconds(3));
        BenchTally closed = await new Simulation(new StallingServer(from: Ms(1000), to: Ms(1200))).RunAsync(plan with { Arrivals = null, Think = TimeSpan.FromMilliseconds(0.9) }, TimeSpan.FromSeconds(3));

        // Of 3,000 messages 200 fell due while nothing was answered: the first of them waited 200 ms, the last next to nothing.
        Assert.InRange(open.Completed, 2_999, 3_001);
        Assert.InRange(open.Latency.Percentile(0.5), 1, Ms(0.2));
        Assert.InRange(open.Latency.Percentile(0.95), Ms(30), Ms(70));
        Assert.InRange(open.Latency.Percentile(0.99), Ms(150), Ms(190));
        Assert.InRange(open.Latency.Max, Ms(195), Ms(205));
        Assert.InRange(open.Held, 190, 240);
        Assert.InRange(open.Lateness.Percentile(0.99), Ms(150), Ms(190));

        // The closed loop of the same pace waits with the server, and sees one slow message: this is what the open loop is for.
        Assert.InRange(closed.Latency.Percentile(0.99), 1, Ms(0.2));
        Assert.InRange(closed.Latency.Max, Ms(195), Ms(205));
    }

    [Fact]
    public async Task An_open_loop_keeps_to_its_schedule()
    {
        var schedule = new ArrivalSchedule(new ArrivalStage(0, 1000, TimeSpan.FromSeconds(1)), new ArrivalStage(500, 500, TimeSpan.FromSeconds(1)));
        BenchTally tally = await new Simulation(new ModelServer()).RunAsync(Plan with { Arrivals = schedule, Connections = 4, InFlight = 8 }, TimeSpan.FromSeconds(2));
        Assert.InRange(tally.Sent, 999, 1002);
        Assert.Equal(0, tally.Held);
        Assert.InRange(tally.Lateness.Max, 0, 2_000);
    }

    [Fact]
    public async Task What_is_late_goes_out_together_and_over_all_connections()
    {
        // One wake-up a millisecond would have to send 100 messages each time.
        var server = new CountingServer();
        BenchTally tally = await new Simulation(server).RunAsync(Plan with { Arrivals = ArrivalSchedule.Steady(10_000), Connections = 5, InFlight = 100 }, TimeSpan.FromSeconds(1));
        Assert.InRange(tally.Completed, 9_990, 10_001);
        Assert.Equal(5, server.Links.Count);
        Assert.All(server.Links.Values, bytes => Assert.InRange(bytes / 64, 1_990, 2_010));
    }

    [Fact]
    public async Task A_pause_for_thinking_lies_between_a_reply_and_the_next_message()
    {
        BenchTally tally = await new Simulation(new ModelServer()).RunAsync(Plan with { Think = TimeSpan.FromMilliseconds(9.9), Connections = 3 }, TimeSpan.FromSeconds(1));
        Assert.InRange(tally.Completed, 297, 303);
    }

    [Fact]
    public async Task A_wrong_byte_is_a_wrong_reply_and_the_next_one_is_right_again()
    {
        BenchTally tally = await new Simulation(new LyingServer(static (number, reply) =>
        {
            if (number == 3)
                reply[40] ^= 1;
            return reply;
        })).RunAsync(Plan with { Count = 10 }, TimeSpan.FromHours(1));
        Assert.Equal((9, 1, 0, 1), (tally.Completed, tally.Wrong, tally.Failed, tally.Opened));
    }

    [Fact]
    public async Task A_short_reply_is_waited_for_and_then_its_connection_is_made_anew()
    {
        var simulation = new Simulation(new LyingServer(static (number, reply) => number == 3 ? reply[..63] : reply));
        BenchTally tally = await simulation.RunAsync(Plan with { Count = 10, ReplyTimeout = TimeSpan.FromSeconds(1) }, TimeSpan.FromHours(1));
        Assert.Equal((9, 0, 1, 2), (tally.Completed, tally.Wrong, tally.TimedOut, tally.Opened));
        Assert.InRange(simulation.Attempts[1], 1000, 1250);
    }

    [Fact]
    public async Task A_missing_reply_counts_once_however_long_its_connection_takes_to_close()
    {
        var server = new LyingServer(static (number, reply) => number == 3 ? [] : reply) { ClosingTime = Ms(5000) };
        BenchTally tally = await new Simulation(server).RunAsync(Plan with { Count = 10, ReplyTimeout = TimeSpan.FromSeconds(1) }, TimeSpan.FromHours(1));
        Assert.Equal((9, 1, 2), (tally.Completed, tally.TimedOut, tally.Opened));
    }

    [Fact]
    public async Task Bytes_that_nobody_asked_for_are_wrong_and_the_connection_is_made_anew()
    {
        BenchTally tally = await new Simulation(new LyingServer(static (number, reply) => number == 3 ? [.. reply, 0x21] : reply)).RunAsync(Plan with { Count = 10 }, TimeSpan.FromHours(1));

        // The reply before them was right; the message that was sent in answer to it went with the connection.
        Assert.Equal((1, 2, 9), (tally.Wrong, tally.Opened, tally.Completed));
    }

    [Theory]
    [InlineData(true, "ECONNRESET")]
    [InlineData(false, "SOKET_UNANSWERED")]
    public async Task A_connection_that_the_server_ends_is_told_by_its_code_and_made_anew(bool reset, string code)
    {
        BenchTally tally = await new Simulation(new EndingServer(afterMessages: 5, reset)).RunAsync(Plan with { Count = 20 }, TimeSpan.FromHours(1));
        BenchFailure failure = Assert.Single(tally.Failures);
        Assert.Equal((code, 3), (failure.First.Error.Name, failure.Count));
        Assert.Equal((17, 4), (tally.Completed, tally.Opened));
    }

    [Fact]
    public async Task A_server_that_is_gone_is_asked_again_at_a_bounded_pace()
    {
        var simulation = new Simulation(new GoneServer(until: Ms(500)));
        BenchTally tally = await simulation.RunAsync(Plan with { Connections = 10, ReconnectPause = TimeSpan.FromMilliseconds(100) }, TimeSpan.FromSeconds(10));

        // Each connection tries after 100, 200, 400, 800, 1,600 ms and then every 1,600 ms: some ten times in ten seconds.
        Assert.InRange(simulation.Attempts.Count, 60, 130);
        BenchFailure failure = Assert.Single(tally.Failures, failure => failure.First.Error.Name == "ECONNREFUSED");
        Assert.Equal(tally.Opened + failure.Count, simulation.Attempts.Count);
        Assert.True(tally.Completed > 0, "nothing was measured before the server went");
    }

    [Fact]
    public async Task Nobody_there_at_all_is_a_failure_and_no_run()
    {
        var failure = await Assert.ThrowsAsync<Soket.Explain.SocketFailure>(() => new Simulation(new GoneServer(until: 0)).RunAsync(Plan with { Connections = 3 }, TimeSpan.FromSeconds(10)));
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
    }

    [Fact]
    public async Task Connections_that_are_held_are_woken_once_each()
    {
        var server = new CountingServer();
        var simulation = new Simulation(server);
        BenchTally tally = await simulation.RunAsync(Plan with { Mode = BenchMode.Idle, Connections = 50, IdleTime = TimeSpan.FromSeconds(5) }, TimeSpan.FromHours(1));
        Assert.Equal((50, 50, 50, 0), (tally.Opened, tally.Sent, tally.Completed, tally.Failed));
        Assert.All(server.Links.Values, bytes => Assert.Equal(64, bytes));
        Assert.InRange(simulation.Took.TotalSeconds, 5, 5.2);
        Assert.Contains(simulation.Notes, note => note.Key == "idle-memory");
    }

    [Fact]
    public async Task Connections_are_made_one_after_the_other_in_each_place()
    {
        var simulation = new Simulation(new ModelServer());
        BenchTally tally = await simulation.RunAsync(Plan with { Mode = BenchMode.Connect, Connections = 4, Count = 100 }, TimeSpan.FromHours(1));
        Assert.Equal(100, tally.Completed);
        Assert.Equal(tally.Opened, simulation.Attempts.Count);
        Assert.Equal("connect-places", Assert.Single(simulation.Notes).Key);
    }

    [Fact]
    public async Task Connections_are_made_when_they_are_due()
    {
        BenchTally tally = await new Simulation(new ModelServer()).RunAsync(Plan with { Mode = BenchMode.Connect, Connections = 4, Arrivals = ArrivalSchedule.Steady(100) }, TimeSpan.FromSeconds(1));
        Assert.InRange(tally.Completed, 99, 101);
    }

    [Fact]
    public async Task A_connection_whose_syn_is_sent_again_points_at_the_backlog()
    {
        var simulation = new Simulation(new GoneServer(until: Ms(100)));
        await simulation.RunAsync(Plan with { Mode = BenchMode.Connect, Count = 5 }, TimeSpan.FromSeconds(1));
        Assert.NotEmpty(simulation.Notes);
    }

    [Theory]
    [InlineData("chunk")]
    [InlineData("line")]
    [InlineData("line:crlf")]
    [InlineData("length:2")]
    [InlineData("length:4:le")]
    [InlineData("delimiter:\\0")]
    [InlineData("fixed:100")]
    public void An_echo_is_right_however_the_network_cuts_it(string framing)
    {
        Assert.True(Framing.TryParse(framing, 1024, out Framing? cut, out _));
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            Gen.Elements(1, 2, 7).ToArbitrary(),
            Gen.Elements(BenchPayload.OfSize(100), BenchPayload.Fixed("x", new byte[100].Select(static (_, i) => (byte)('a' + (i % 26))).ToArray())).ToArbitrary(),
            (seed, inFlight, payload) =>
            {
                BenchPlan plan = Plan with { Payload = payload, Framing = cut, InFlight = inFlight, Count = 60 };
                BenchTally tally = new Simulation(new CuttingServer(seed)).RunAsync(plan, TimeSpan.FromHours(1)).GetAwaiter().GetResult();
                Assert.Equal((60, 0, 0, 1), (tally.Completed, tally.Wrong, tally.Failed, tally.Opened));
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("random", "length:2")]
    [InlineData("random", "chunk")]
    [InlineData("lines", "line")]
    public void What_has_to_be_made_for_each_message_is_verified_as_well(string kind, string framing)
    {
        Assert.True(Framing.TryParse(framing, 1024, out Framing? cut, out _));
        BenchPayload payload = kind == "random" ? BenchPayload.Random(1, 200, 42) : BenchPayload.OfSize(33);
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            BenchPlan plan = Plan with { Payload = payload, Framing = cut, InFlight = 3, Connections = 2, Count = 40 };
            BenchTally tally = new Simulation(new CuttingServer(seed)).RunAsync(plan, TimeSpan.FromHours(1)).GetAwaiter().GetResult();
            Assert.Equal((40, 0, 0), (tally.Completed, tally.Wrong, tally.Failed));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_flipped_bit_passes_for_an_echo()
    {
        Prop.ForAll(Gen.Choose(0, 19).ToArbitrary(), Gen.Choose(0, 63).ToArbitrary(), Gen.Choose(0, 7).ToArbitrary(), (message, place, bit) =>
        {
            var server = new LyingServer((number, reply) =>
            {
                if (number == message)
                    reply[place] ^= (byte)(1 << bit);
                return reply;
            });
            BenchTally tally = new Simulation(server).RunAsync(Plan with { Count = 20 }, TimeSpan.FromHours(1)).GetAwaiter().GetResult();
            Assert.Equal((19, 1), (tally.Completed, tally.Wrong));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Lines_that_come_back_with_another_end_are_right()
    {
        var server = new LyingServer(static (_, reply) => [.. reply[..^1], (byte)'\r', (byte)'\n']);
        BenchTally tally = await new Simulation(server).RunAsync(Plan with { Framing = new LineFraming(), Count = 50 }, TimeSpan.FromHours(1));
        Assert.Equal((50, 0, 1), (tally.Completed, tally.Wrong, tally.Opened));
    }

    [Theory]
    [InlineData("length:3")]
    [InlineData("text:pong")]
    [InlineData("regex:^po+")]
    [InlineData("none")]
    public async Task Replies_that_are_no_echo_are_verified_by_what_they_are_to_be(string wanted)
    {
        ReplyVerifier verifier = wanted switch
        {
            "length:3" => ReplyVerifier.OfLength(4),
            "text:pong" => ReplyVerifier.OfText("pong"),
            "regex:^po+" => ReplyVerifier.OfRegex("^po+"),
            _ => ReplyVerifier.None,
        };
        var server = new LyingServer(static (_, _) => [.. "pong\n"u8]);
        BenchTally tally = await new Simulation(server).RunAsync(Plan with { Framing = new LineFraming(), Verifier = verifier, InFlight = 4, Count = 40 }, TimeSpan.FromHours(1));
        Assert.Equal((40, 0), (tally.Completed, tally.Wrong));
        BenchTally other = await new Simulation(new LyingServer(static (_, _) => [.. "pingpang\n"u8])).RunAsync(Plan with { Framing = new LineFraming(), Verifier = verifier, Count = 10 }, TimeSpan.FromHours(1));
        Assert.Equal(wanted == "none" ? (10, 0) : (0, 10), (other.Completed, other.Wrong));
    }

    [Fact]
    public async Task Streams_go_up_and_come_back_whole()
    {
        var simulation = new Simulation(new CuttingServer(7));
        BenchTally tally = await simulation.RunAsync(Plan with { Mode = BenchMode.Stream, Direction = StreamDirection.Both, Connections = 2, DrainTimeout = TimeSpan.FromSeconds(10) }, TimeSpan.FromMilliseconds(5));
        Assert.True(tally.BytesSent > 1024 * 1024, $"{tally.BytesSent} bytes were sent");
        Assert.Equal(tally.BytesSent, tally.BytesReceived);
        Assert.Equal((0, 0, 0), (tally.Wrong, tally.Failed, tally.TimedOut));
        Assert.Equal(2L, Assert.Single(simulation.Notes, note => note.Key == "stream-delivered").Values["streams"]);
    }
}
