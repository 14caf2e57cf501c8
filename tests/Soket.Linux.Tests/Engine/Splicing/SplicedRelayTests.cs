using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Linux.Tests.Engine.Messages;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Relay;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine.Splicing;

/// <summary>A relay whose bytes nobody looks at: they go from socket to socket inside the kernel, and what is passed on is the same.</summary>
public sealed class SplicedRelayTests
{
    [Theory]
    [InlineData("tcp", "tcp")]
    [InlineData("unix", "tcp")]
    [InlineData("tcp", "unix")]
    [InlineData("unix", "unix")]
    public async Task Everything_arrives_in_order_both_ways_and_each_half_close_passes_on_alone(string listen, string target)
    {
        await using Relayed relayed = await Relayed.StartAsync(listen, target);
        byte[] there = Random(5_000_003), back = Random(3_000_001);
        (Socket client, Socket far) = await relayed.JoinAsync();
        using (client)
        using (far)
        {
            Task sending = SendAsync(client, there, pieces: true);
            Task<byte[]> heard = Conversations.ReceiveToEndAsync(far);
            await sending;
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(there, await heard);

            // The other direction goes on.
            sending = SendAsync(far, back, pieces: true);
            heard = Conversations.ReceiveToEndAsync(client);
            await sending;
            far.Shutdown(SocketShutdown.Send);
            Assert.Equal(back, await heard);
        }

        await relayed.Over;
        Assert.Equal(RelayEnd.Closed, relayed.End);
        Assert.Equal((there.Length, back.Length), (relayed.Relay.Totals.BytesToTarget, relayed.Relay.Totals.BytesToClients));
        long spliced = relayed.Log.All.Where(told => told.Event is { Reason: "spliced", Call: SocketCall.Receive }).Sum(told => told.Event.Moved);
        Assert.InRange(spliced, (there.Length + back.Length) / 2, there.Length + back.Length);
        Assert.All(relayed.Log.All.Where(told => told.Event.Reason == "spliced"), told => Assert.Empty(told.Bytes));

        // Every byte is told once, on each side.
        Assert.Equal(2L * (there.Length + back.Length), relayed.Log.All.Where(told => told.Event.Call is SocketCall.Receive or SocketCall.Send && told.Event.Moved > 0).Sum(told => told.Event.Moved));
    }

    [Fact]
    public async Task A_receiver_that_reads_late_stops_the_sender_and_gets_everything()
    {
        await using Relayed relayed = await Relayed.StartAsync("tcp", "tcp", narrow: true);
        (Socket client, Socket far) = await relayed.JoinAsync();
        using (client)
        using (far)
        {
            // More than the buffers of four sockets take: somebody has to read.
            byte[] much = Random(60_000_000);
            Task sending = SendAsync(client, much, pieces: false);
            await relayed.Log.UntilAsync(told => told is { Call: SocketCall.Send, Reason: "spliced" });

            // The other direction goes on meanwhile, in more steps than a relay that heaps up would need to take everything.
            byte[] small = Random(10);
            for (int i = 0; i < 2000; i++)
            {
                await SendAsync(far, small, pieces: false);
                Assert.Equal(small, await Conversations.ReceiveAsync(client, small.Length));
            }

            Assert.False(sending.IsCompleted, "Nobody has read it, and it went somewhere.");
            Assert.InRange(relayed.Relay.Totals.BytesToTarget, 1, much.Length - 1);
            Task<byte[]> heard = Conversations.ReceiveToEndAsync(far);
            await sending;
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(much, await heard);

            // The loop's pipe, and as much again that had to be copied out of it.
            Assert.InRange(MostHeld(relayed.Log.All), 1, 2 * 1024 * 1024);
        }
    }

    [Theory]
    [InlineData(true, RelayEnd.ClientFailed)]
    [InlineData(false, RelayEnd.TargetFailed)]
    public async Task A_reset_passes_on_as_a_reset(bool ofClient, RelayEnd end)
    {
        await using Relayed relayed = await Relayed.StartAsync("tcp", "tcp");
        (Socket client, Socket far) = await relayed.JoinAsync();
        await SendAsync(client, Random(100_000), pieces: false);
        await Conversations.ReceiveAsync(far, 100_000);
        (Socket resets, Socket learns) = ofClient ? (client, far) : (far, client);
        resets.Close(0);
        Assert.Equal("RST"u8.ToArray(), await Conversations.ReceiveToEndAsync(learns));
        await relayed.Over;
        Assert.Equal(end, relayed.End);
        learns.Dispose();
    }

    [Fact]
    public async Task A_reset_of_a_receiver_that_took_nothing_ends_it_too()
    {
        await using Relayed relayed = await Relayed.StartAsync("tcp", "tcp");
        (Socket client, Socket far) = await relayed.JoinAsync();
        using (client)
        {
            Task sending = SendAsync(client, new byte[60_000_000], pieces: false);
            await relayed.Log.UntilAsync(told => told is { Call: SocketCall.Send, Reason: "spliced" });
            far.Close(0);
            await Assert.ThrowsAnyAsync<Exception>(() => sending.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken));
            await relayed.Over;
            Assert.Equal(RelayEnd.TargetFailed, relayed.End);
        }
    }

    [Fact]
    public async Task A_drain_ends_it_in_order_after_what_was_received()
    {
        await using Relayed relayed = await Relayed.StartAsync("tcp", "tcp");
        (Socket client, Socket far) = await relayed.JoinAsync();
        using (client)
        using (far)
        {
            byte[] bytes = Random(200_000);
            await SendAsync(client, bytes, pieces: false);
            await relayed.Log.UntilAsync(all => all.Where(told => told.Event.Call == SocketCall.Receive).Sum(told => told.Event.Moved) >= bytes.Length);
            Task<int> drain = relayed.Server.DrainAsync(Conversations.Patience, TestContext.Current.CancellationToken);
            Assert.Equal(bytes, await Conversations.ReceiveToEndAsync(far));
            far.Shutdown(SocketShutdown.Send);
            Assert.Empty(await Conversations.ReceiveToEndAsync(client));
            Assert.Equal(0, await drain);
        }
    }

    [Fact]
    public async Task Who_looks_at_the_bytes_gets_every_one_of_them()
    {
        await using Relayed relayed = await Relayed.StartAsync("tcp", "tcp", looks: true);
        (Socket client, Socket far) = await relayed.JoinAsync();
        using (client)
        using (far)
        {
            byte[] bytes = Random(500_000);
            await SendAsync(client, bytes, pieces: false);
            Assert.Equal(bytes, await Conversations.ReceiveAsync(far, bytes.Length));
            client.Shutdown(SocketShutdown.Send);
            far.Shutdown(SocketShutdown.Send);
            await relayed.Over;
            Assert.Equal(bytes, relayed.Seen.ToArray());
            Assert.DoesNotContain(relayed.Log.All, told => told.Event.Reason == "spliced");
        }
    }

    // The most that the relay had received of its client and not sent to its target yet.
    private static long MostHeld(IReadOnlyList<(SocketEvent Event, byte[] Bytes)> all)
    {
        long held = 0, most = 0;
        foreach ((SocketEvent told, _) in all)
        {
            if (told is { Role: SocketRole.Server, Call: SocketCall.Receive })
                held += Math.Max(0, told.Moved);
            else if (told is { Role: SocketRole.Client, Call: SocketCall.Send })
                held -= Math.Max(0, told.Moved);
            most = Math.Max(most, held);
        }

        return most;
    }

    private static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        System.Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static async Task SendAsync(Socket socket, byte[] bytes, bool pieces)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            int piece = Math.Min(bytes.Length - sent, pieces ? System.Random.Shared.Next(1, 200_000) : bytes.Length);
            await Conversations.SendAsync(socket, bytes.AsMemory(sent, piece));
            sent += piece;
        }
    }

    // A relay on a server, a target that is a plain listener, and what the relay says of it.
    private sealed class Relayed : IRelayObserver, IAsyncDisposable
    {
        private const int NarrowBuffer = 128 * 1024;
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Socket _listener;
        private readonly bool _looks;

        private Relayed(Socket listener, bool looks)
        {
            _listener = listener;
            _looks = looks;
        }

        public Counting Log { get; } = new();

        public SocketRelay Relay { get; private set; } = null!;

        public SocketServer Server { get; private set; } = null!;

        public RelayEnd? End { get; private set; }

        public MemoryStream Seen { get; } = new();

        public Task Over => _over.Task.WaitAsync(Conversations.Patience);

        bool IRelayObserver.NeedsData => _looks;

        // Narrow: the receive buffers of relay and target do not grow; the system lets them take tens of megabytes (tcp_rmem, tcp(7)).
        public static async Task<Relayed> StartAsync(string listen, string target, bool looks = false, bool narrow = false)
        {
            EndPoint place = target == "unix" ? new UnixDomainSocketEndPoint(UnixPath()) : new IPEndPoint(IPAddress.Loopback, 0);
            var listener = new Socket(place.AddressFamily, SocketType.Stream, target == "unix" ? ProtocolType.Unspecified : ProtocolType.Tcp);
            SocketOptionSetting[] options = [];
            if (narrow)
            {
                listener.ReceiveBufferSize = NarrowBuffer;
                options = [new(SocketOptions.ReceiveBuffer, NarrowBuffer)];
            }

            listener.Bind(place);
            listener.Listen(5);
            var relayed = new Relayed(listener, looks);
            var transport = new ManagedTransportOptions { Events = new SocketEvents(relayed.Log), Options = options, Streams = static made => new LinuxTransport(made) };
            relayed.Relay = new SocketRelay(new RelayOptions
            {
                Target = SocketUri.FromEndPoint(target == "unix" ? SocketScheme.Unix : SocketScheme.Tcp, listener.LocalEndPoint!),
                Client = new() { Transport = transport },
                Observer = relayed,
            });
            relayed.Server = await SocketServer.StartAsync(new SocketServerOptions
            {
                Endpoints = [new ServedEndpoint(SocketUri.Parse(listen == "unix" ? "unix:" + UnixPath() : "tcp://127.0.0.1:0"), relayed.Relay.Service)],
                Transport = transport,
            });
            return relayed;
        }

        public async Task<(Socket Client, Socket Target)> JoinAsync()
        {
            SocketUri actual = Server.Endpoints[0].Actual;
            EndPoint place = actual.IsUnix ? new UnixDomainSocketEndPoint(actual.Path) : new IPEndPoint(IPAddress.Parse(actual.Host), actual.Port);
            var client = new Socket(place.AddressFamily, SocketType.Stream, actual.IsUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            await client.ConnectAsync(place).WaitAsync(Conversations.Patience);
            return (client, await _listener.AcceptAsync().WaitAsync(Conversations.Patience));
        }

        public void Connected(RelaySession session)
        {
        }

        public void NotConnected(RelaySession session, SocketFailure failure)
        {
        }

        public ValueTask DataAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes)
        {
            foreach (ReadOnlyMemory<byte> part in bytes)
                Seen.Write(part.Span);
            return ValueTask.CompletedTask;
        }

        public void Closed(RelaySession session, RelayEnd end)
        {
            End = end;
            _over.TrySetResult();
        }

        public void Dropped(EndPoint? client, string reason)
        {
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            _listener.Dispose();
            Seen.Dispose();
        }

        private static string UnixPath() => Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock");
    }

    // Wants to know how much and not what.
    private sealed class Counting : ISocketObserver
    {
        private readonly EventLog _log = new();

        public bool NeedsBytes => false;

        public IReadOnlyList<(SocketEvent Event, byte[] Bytes)> All => _log.All;

        public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => _log.On(e, e.Reason == "spliced" ? bytes : default);

        public Task UntilAsync(Func<SocketEvent, bool> fits) => _log.UntilAsync(fits);

        public Task UntilAsync(Func<IReadOnlyList<(SocketEvent Event, byte[] Bytes)>, bool> holds) => _log.UntilAsync(holds);
    }
}
