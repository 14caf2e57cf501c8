using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Relay;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Relay;

/// <summary>A relay between two ends in memory: a client, the relay's own two connections, and a target.</summary>
public sealed class StreamRelayTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_go_both_ways_and_each_half_close_passes_on_alone()
    {
        await using Bench bench = await Bench.StartAsync();
        await SayAsync(bench.Client, "tanya");
        Assert.Equal("tanya", await HearAsync(bench.Target, 5));
        await bench.Client.Transport.Output.CompleteAsync();
        Assert.Equal("", await RestAsync(bench.Target));

        // The client has ended its direction; the other one goes on.
        await SayAsync(bench.Target, "jawab");
        Assert.Equal("jawab", await HearAsync(bench.Client, 5));
        await bench.Target.Transport.Output.CompleteAsync();
        Assert.Equal("", await RestAsync(bench.Client));

        await bench.Served.WaitAsync(Token);
        Assert.Equal([("connected", null), ("closed", RelayEnd.Closed)], bench.Log.Happened);
        RelayTotals totals = bench.Relay.Totals;
        Assert.Equal((1, 0, 0, 0, 5, 5), (totals.Sessions, totals.Active, totals.NotConnected, totals.Failed, totals.BytesToTarget, totals.BytesToClients));
        Assert.Equal(("tanya", "jawab"), (bench.Log.Text(RelayDirection.ToTarget), bench.Log.Text(RelayDirection.ToClient)));
    }

    [Theory]
    [InlineData(true, RelayEnd.ClientFailed)]
    [InlineData(false, RelayEnd.TargetFailed)]
    public async Task A_reset_passes_on_as_a_reset(bool ofClient, RelayEnd end)
    {
        await using Bench bench = await Bench.StartAsync();
        await SayAsync(bench.Client, "a");
        Assert.Equal("a", await HearAsync(bench.Target, 1));
        (ConnectionContext resets, ConnectionContext learns) = ofClient ? (bench.Client, bench.Target) : (bench.Target, bench.Client);
        resets.Abort();
        await Assert.ThrowsAsync<ConnectionResetException>(() => RestAsync(learns));
        await bench.Served.WaitAsync(Token);
        Assert.Equal([("connected", null), ("closed", end)], bench.Log.Happened);
        Assert.Equal(1, bench.Relay.Totals.Failed);
    }

    [Fact]
    public async Task A_target_that_reads_nothing_stops_the_client_and_not_the_other_direction()
    {
        await using Bench bench = await Bench.StartAsync();
        var flood = new Flood(bench.Client);
        Task sending = await StopAsync(bench, flood);

        Task<long> heard = CountRestAsync(bench.Target);
        await sending.WaitAsync(Token);
        await bench.Client.Transport.Output.CompleteAsync();
        Assert.Equal(Flood.Length, await heard);
        await bench.Target.Transport.Output.CompleteAsync();
        Assert.Equal("", await RestAsync(bench.Client));
        await bench.Served.WaitAsync(Token);
        Assert.Equal((Flood.Length, RelayEnd.Closed), (bench.Relay.Totals.BytesToTarget, bench.Log.Happened[^1].End));
    }

    [Fact]
    public async Task A_target_that_goes_away_ends_the_client_it_has_stopped()
    {
        await using Bench bench = await Bench.StartAsync();
        Task sending = await StopAsync(bench, new Flood(bench.Client));
        bench.Target.Abort();
        await bench.Served.WaitAsync(Token);
        await Assert.ThrowsAnyAsync<Exception>(() => sending);
        Assert.Equal(RelayEnd.TargetFailed, bench.Log.Happened[^1].End);
    }

    [Fact]
    public async Task A_client_is_reset_when_nobody_is_behind_the_relay()
    {
        await using Bench bench = await Bench.StartAsync(withTarget: false);
        await Assert.ThrowsAsync<ConnectionResetException>(() => RestAsync(bench.Client));
        await bench.Served.WaitAsync(Token);
        Assert.Equal([("not-connected", null)], bench.Log.Happened);
        Assert.Equal((1, 1, 0), (bench.Relay.Totals.Sessions, bench.Relay.Totals.NotConnected, bench.Relay.Totals.Active));
    }

    [Fact]
    public async Task A_relay_that_gives_a_client_up_lets_go_of_the_target_too()
    {
        await using Bench bench = await Bench.StartAsync();
        await SayAsync(bench.Client, "a");
        await HearAsync(bench.Target, 1);
        bench.Taken.Abort(new ConnectionAbortedException("drain"));
        await Assert.ThrowsAsync<ConnectionResetException>(() => RestAsync(bench.Target));
        await bench.Served.WaitAsync(Token);
        Assert.Equal(("closed", RelayEnd.GivenUp), bench.Log.Happened[^1]);
        Assert.Equal(0, bench.Relay.Totals.Failed);
    }

    private static async Task SayAsync(ConnectionContext connection, string text) => await connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(text), Token);

    // The target reads nothing, so the client has to wait. All the while the other direction goes on, in as many steps as a relay that heaps up would need to take
    // everything.
    private static async Task<Task> StopAsync(Bench bench, Flood flood)
    {
        Task sending = flood.SendAsync();
        await Task.WhenAny(flood.Waits, sending).WaitAsync(Token);
        for (int i = 0; i < 1000; i++)
        {
            await SayAsync(bench.Target, "still here");
            Assert.Equal("still here", await HearAsync(bench.Client, 10));
        }

        Assert.False(sending.IsCompleted, "Nobody has read it, and it went somewhere.");
        Assert.InRange(flood.Taken, 0, 1024 * 1024);
        Assert.InRange(bench.Relay.Totals.BytesToTarget, 0, 1024 * 1024);
        return sending;
    }

    private static async Task<long> CountRestAsync(ConnectionContext connection)
    {
        long count = 0;
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync(Token);
            count += result.Buffer.Length;
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return count;
        }
    }

    private static async Task<string> HearAsync(ConnectionContext connection, int count)
    {
        ReadResult result = await connection.Transport.Input.ReadAtLeastAsync(count, Token);
        string text = Encoding.UTF8.GetString(result.Buffer);
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
        return text;
    }

    private static async Task<string> RestAsync(ConnectionContext connection)
    {
        var text = new StringBuilder();
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync(Token);
            text.Append(Encoding.UTF8.GetString(result.Buffer));
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return text.ToString();
        }
    }

    // Many times what there is room for between a client and a target.
    private sealed class Flood(ConnectionContext connection)
    {
        public const long Length = 64 * 1024 * 1024;
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _taken; // interlocked

        public long Taken => Interlocked.Read(ref _taken);

        /// <summary>Ends when a write has to wait.</summary>
        public Task Waits => _waits.Task;

        public async Task SendAsync()
        {
            byte[] block = new byte[64 * 1024];
            while (Taken < Length)
            {
                Task<FlushResult> writing = connection.Transport.Output.WriteAsync(block, Token).AsTask();
                if (!writing.IsCompleted)
                    _waits.TrySetResult();
                await writing;
                Interlocked.Add(ref _taken, block.Length);
            }
        }
    }

    private sealed class Bench : IAsyncDisposable
    {
        private static readonly MemoryEndPoint Front = new("front", 1), Back = new("back", 1);

        public required ConnectionContext Client { get; init; }

        public required ConnectionContext Taken { get; init; }

        public required ConnectionContext Target { get; init; }

        public required SocketRelay Relay { get; init; }

        public required Log Log { get; init; }

        public required Task Served { get; init; }

        public static async Task<Bench> StartAsync(bool withTarget = true)
        {
            var network = new InMemoryTransport();
            var log = new Log();
            var relay = new SocketRelay(new RelayOptions
            {
                Target = SocketUri.Parse("tcp://back:1"),
                Connect = cancel => network.ConnectAsync(Back, cancel).AsTask(),
                Observer = log,
            });
            await using IConnectionListener front = await network.BindAsync(Front, Token);
            await using IConnectionListener? back = withTarget ? await network.BindAsync(Back, Token) : null;
            ConnectionContext client = await network.ConnectAsync(Front, Token);
            ConnectionContext taken = (await front.AcceptAsync(Token))!;
            Task served = relay.Service.Stream!.OnConnectedAsync(taken);
            return new Bench { Client = client, Taken = taken, Target = back is null ? client : (await back.AcceptAsync(Token))!, Relay = relay, Log = log, Served = served };
        }

        public async ValueTask DisposeAsync()
        {
            Client.Abort();
            Target.Abort();
            await Served.WaitAsync(Token);
            await Client.DisposeAsync();
            await Target.DisposeAsync();
            await Taken.DisposeAsync();
        }
    }

    private sealed class Log : IRelayObserver
    {
        private readonly ConcurrentQueue<(string What, RelayEnd? End)> _happened = new();
        private readonly ConcurrentDictionary<RelayDirection, string> _texts = new();

        public List<(string What, RelayEnd? End)> Happened => [.. _happened];

        public string Text(RelayDirection direction) => _texts.GetValueOrDefault(direction, "");

        public void Connected(RelaySession session) => _happened.Enqueue(("connected", null));

        public void NotConnected(RelaySession session, SocketFailure failure) => _happened.Enqueue(("not-connected", null));

        public ValueTask DataAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes)
        {
            if (bytes.Length < 100)
            {
                string text = Encoding.UTF8.GetString(bytes);
                _texts.AddOrUpdate(direction, text, (_, before) => before + text);
            }

            return ValueTask.CompletedTask;
        }

        public void Closed(RelaySession session, RelayEnd end) => _happened.Enqueue(("closed", end));

        public void Dropped(EndPoint? client, string reason) => _happened.Enqueue((reason, null));
    }
}
