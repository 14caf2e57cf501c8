using FsCheck;
using FsCheck.Fluent;
using Soket.Bench;
using Soket.Bench.Internal;
using Soket.Endpoints;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>The account of numbered datagrams, against a plain model, and on a network that loses, doubles and reorders.</summary>
public sealed class DatagramFlowTests
{
    private static long Ms(double time) => Simulation.Milliseconds(time);

    [Fact]
    public void Whatever_the_network_does_the_account_is_that_of_a_plain_count()
    {
        Prop.ForAll(
            Gen.Choose(0, 300).ArrayOf().ToArbitrary(),
            Gen.Choose(1, 100).ToArbitrary(),
            (arrivals, sent) =>
            {
                var flow = new DatagramFlow(1024);
                for (int i = 0; i < sent; i++)
                    Assert.Equal(i, flow.Sent(1000 + i));
                var came = new HashSet<int>();
                int duplicates = 0, reordered = 0, highest = -1;
                double jitter = 0;
                long? transit = null;
                long now = 10_000;
                foreach (int number in arrivals)
                {
                    now += number;
                    DatagramArrival arrival = flow.Came(number, 1000 + number, now);
                    if (number >= sent)
                    {
                        Assert.Equal(DatagramArrival.Unknown, arrival);
                        continue;
                    }

                    if (!came.Add(number))
                    {
                        Assert.Equal(DatagramArrival.Duplicate, arrival);
                        duplicates++;
                        continue;
                    }

                    Assert.Equal(DatagramArrival.Fresh, arrival);
                    reordered += number < highest ? 1 : 0;
                    highest = Math.Max(highest, number);
                    long took = now - 1000 - number;
                    if (transit is { } last)
                        jitter += (Math.Abs(took - last) - jitter) / 16; // RFC 3550 6.4.1
                    transit = took;
                }

                Assert.Equal(sent - came.Count, flow.Pending);
                flow.GiveUp(long.MaxValue);
                Assert.Equal((sent - came.Count, reordered, 0), ((int)flow.Lost, (int)flow.Reordered, flow.Pending));
                Assert.Equal(jitter, flow.Jitter, 6);
                Assert.Equal(came.Count > 1, flow.HasJitter);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_given_up_and_comes_all_the_same_is_late_and_stays_lost()
    {
        var flow = new DatagramFlow(8);
        for (int i = 0; i < 4; i++)
            flow.Sent(i);
        Assert.Equal(2, flow.GiveUp(2));
        Assert.Equal(DatagramArrival.Late, flow.Came(1, 1, 10));
        Assert.Equal(DatagramArrival.Fresh, flow.Came(2, 2, 10));
        Assert.Equal(DatagramArrival.Duplicate, flow.Came(2, 2, 10));
        Assert.Equal((2, 1), (flow.Lost, flow.Pending));
    }

    [Fact]
    public void More_than_the_window_remembers_is_lost()
    {
        var flow = new DatagramFlow(8);
        for (int i = 0; i < 20; i++)
            flow.Sent(i);
        Assert.Equal((12, 8), (flow.Lost, flow.Pending));
    }

    [Fact]
    public async Task Loss_duplicates_and_reordering_are_told()
    {
        // Of every ten one is lost, one comes twice, and one is overtaken by the one after it.
        var network = new ModelDatagrams(static number => (number % 10) switch
        {
            3 => [],
            5 => [Ms(1), Ms(1.5)],
            7 => [Ms(6.3)],
            _ => [Ms(1)],
        });
        BenchPlan plan = new()
        {
            Endpoint = SocketUri.Parse("udp://127.0.0.1:7"),
            Mode = BenchMode.Datagrams,
            Arrivals = ArrivalSchedule.Steady(1000),
            Count = 1000,
            Duration = null,
            WarmUp = TimeSpan.Zero,
            ReplyTimeout = TimeSpan.FromMilliseconds(500),
        };
        BenchTally tally = await new Simulation(network).RunAsync(plan, TimeSpan.FromHours(1));
        Assert.InRange(tally.Sent, 1000, 1010);
        Assert.InRange(tally.Lost, 98, 103);
        Assert.InRange(tally.Duplicates, 98, 103);
        Assert.InRange(tally.Reordered, 98, 103);
        Assert.Equal(0, tally.Wrong);
        Assert.InRange(tally.Jitter, Ms(0.3), Ms(3));
    }

    [Fact]
    public async Task A_closed_loop_goes_on_when_datagrams_are_lost()
    {
        var network = new ModelDatagrams(static number => number % 4 == 1 ? [] : [Ms(0.2)]);
        BenchPlan plan = new()
        {
            Endpoint = SocketUri.Parse("udp://127.0.0.1:7"),
            Mode = BenchMode.Datagrams,
            InFlight = 4,
            Duration = null,
            WarmUp = TimeSpan.Zero,
        };
        BenchTally tally = await new Simulation(network).RunAsync(plan, TimeSpan.FromSeconds(2));
        Assert.InRange(tally.Completed, 300, 2_000);
        Assert.InRange((double)tally.Lost / tally.Sent, 0.24, 0.26);
    }

    [Fact]
    public async Task A_message_whose_datagram_is_lost_times_out_and_others_are_matched_with_theirs()
    {
        var network = new ModelDatagrams(static number => number == 2 ? [] : number == 3 ? [Ms(5)] : [Ms(0.2)]);
        BenchPlan plan = new()
        {
            Endpoint = SocketUri.Parse("udp://127.0.0.1:7"),
            InFlight = 4,
            Count = 100,
            Duration = null,
            WarmUp = TimeSpan.Zero,
            ReplyTimeout = TimeSpan.FromSeconds(1),
        };
        BenchTally tally = await new Simulation(network).RunAsync(plan, TimeSpan.FromHours(1));
        Assert.Equal((99, 1, 0, 1), (tally.Completed, tally.TimedOut, tally.Wrong, tally.Opened));
        Assert.InRange(tally.Latency.Percentile(0.9), 1, Ms(0.3));
        Assert.InRange(tally.Latency.Max, Ms(4.9), Ms(5.1));
    }
}
