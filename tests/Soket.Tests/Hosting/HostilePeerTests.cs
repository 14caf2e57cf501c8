using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Hosting;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>Peers and services that do not behave: whatever they do, it is their own connection's matter.</summary>
public sealed class HostilePeerTests
{
    [Fact]
    public async Task A_service_that_throws_is_told_and_harms_nobody_else()
    {
        var log = new EventLog();
        await using SocketServer server = await Servers.New()
            .Listen("tcp://127.0.0.1:0", new Handler(_ => throw new InvalidDataException("the service's own fault")))
            .Listen("tcp://127.0.0.1:0", new EchoService())
            .Observe(log).StartAsync();
        using Peer well = await Peer.ConnectAsync(server, 1);
        await well.AssertAnsweredAsync();
        for (int i = 0; i < 3; i++)
        {
            using Peer peer = await Peer.ConnectAsync(server);
            await peer.AssertEndsAsync();
        }

        await well.AssertAnsweredAsync();
        await server.DrainAsync(Peer.Patience);
        var told = log.All.Where(e => e.Failure?.Error.Name == "SOKET_SERVICE").ToList();
        Assert.Equal(3, told.Count);
        Assert.All(told, e => Assert.Equal("the service's own fault", e.Failure!.Error.Message));
        Assert.Equal(3, server.Totals.Failed);
    }

    [Fact]
    public async Task A_service_that_is_cancelled_for_its_own_reasons_has_failed()
    {
        var log = new EventLog();
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new Handler(_ => throw new OperationCanceledException("a time-out of its own"))).Observe(log).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.AssertEndsAsync();
        await server.DrainAsync(Peer.Patience);
        Assert.Equal(1, server.Totals.Failed);
        Assert.Contains(log.All, e => e.Failure?.Error.Name == "SOKET_SERVICE");
    }

    [Fact]
    public async Task A_datagram_service_that_throws_is_served_again()
    {
        var time = new ManualTime();
        var notices = new SemaphoreSlim(0);
        var service = new FailingOnce();
        await using SocketServer server = await Servers.New()
            .Listen("udp://127.0.0.1:0", new SocketService { Name = "fragile", Datagrams = service })
            .WithTime(time).OnNotice(_ => notices.Release()).StartAsync();
        using Socket socket = Peer.Datagrams(server.Endpoints[0].Actual);
        await socket.SendAsync("bad"u8.ToArray(), SocketFlags.None);
        Assert.True(await notices.WaitAsync(Peer.Patience));
        await socket.SendAsync("good"u8.ToArray(), SocketFlags.None);

        // The pause may begin a moment after the notice; from the second step on it has.
        byte[] reply = new byte[8];
        Task<int> answered = socket.ReceiveAsync(reply, SocketFlags.None);
        using var guard = new CancellationTokenSource(Peer.Patience);
        while (!answered.IsCompleted)
        {
            guard.Token.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal("good", Encoding.UTF8.GetString(reply, 0, await answered));
        Assert.Equal(1, server.Totals.Failed);
    }

    [Fact]
    public async Task Resets_at_every_point_harm_nobody()
    {
        var unread = new Handler(async connection =>
        {
            while (!(await connection.Transport.Output.WriteAsync(new byte[64 * 1024])).IsCompleted)
            {
            }
        });
        await using SocketServer server = await Servers.New()
            .Listen("tcp://127.0.0.1:0", new EchoService())
            .Listen("tcp://127.0.0.1:0", unread)
            .StartAsync();
        using Peer well = await Peer.ConnectAsync(server);
        await well.AssertAnsweredAsync();
        byte[] much = new byte[256 * 1024];
        for (int round = 0; round < 25; round++)
        {
            // Right after connect: the server may still have it in its backlog.
            (await Peer.ConnectAsync(server)).Reset();

            // In the middle of a message, and with an answer on its way.
            Peer middle = await Peer.ConnectAsync(server);
            await middle.SendAsync("half a mess");
            middle.Reset();

            // While it answers more than fits on the way: it waits to write.
            Peer flood = await Peer.ConnectAsync(server);
            flood.Socket.Blocking = false;
            try
            {
                while (true)
                    flood.Socket.Send(much);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                flood.Reset();
            }

            // While it speaks unasked.
            Peer listener = await Peer.ConnectAsync(server, 1);
            await listener.ReceiveAsync(1000);
            listener.Reset();

            // After its own end.
            Peer ended = await Peer.ConnectAsync(server);
            ended.HalfClose();
            ended.Reset();
            await well.AssertAnsweredAsync();
        }

        await server.DrainAsync(Peer.Patience).WaitAsync(Peer.Patience);
        Assert.Equal(0, server.Totals.Active);
    }

    [Fact]
    public async Task A_slow_sender_is_waited_for_while_others_are_served()
    {
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).WithFraming(new Newlines()).StartAsync();
        using Peer slow = await Peer.ConnectAsync(server);
        foreach (char letter in "slow but sure\n")
        {
            await slow.SendAsync(letter.ToString());
            using Peer other = await Peer.ConnectAsync(server);
            await other.AssertAnsweredAsync("quick\n");
        }

        Assert.Equal("slow but sure\n", await slow.ReceiveAsync(14));
    }

    [Fact]
    public async Task A_peer_that_only_listens_any_more_is_still_answered()
    {
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.SendAsync("the last words");
        peer.HalfClose();
        Assert.Equal("the last words", Encoding.UTF8.GetString(await peer.ReceiveToEndAsync()));
    }

    [Fact]
    public async Task What_a_service_said_last_arrives_though_the_peer_has_sent_what_nobody_read()
    {
        byte[] words = new byte[2 * 1024 * 1024];
        new Random(1).NextBytes(words);
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            await connection.Transport.Output.WriteAsync(words);
        })).StartAsync();
        for (int round = 0; round < 5; round++)
        {
            using Peer peer = await Peer.ConnectAsync(server);
            await peer.SendAsync(new string('x', 50_000)); // never read by the service
            Task more = peer.SendAsync(new string('y', 50_000));
            Assert.Equal(words, await peer.ReceiveToEndAsync());
            await more;
        }

        Assert.Equal(0, server.Totals.Failed);
    }

    [Fact]
    public async Task A_peer_that_does_not_end_is_waited_for_so_long_and_no_longer()
    {
        var time = new ManualTime();
        var log = new EventLog();
        await using SocketServer server = await Servers.New().WithTime(time).Observe(log)
            .Listen("tcp://127.0.0.1:0", new Handler(async connection => await connection.Transport.Output.WriteAsync("bye"u8.ToArray()))).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        Assert.Equal("bye", await peer.ReceiveAsync(4));

        Task closed = log.WaitAsync(e => e.Call == Soket.Explain.SocketCall.Close && e.Role == Soket.Events.SocketRole.Server);
        using var guard = new CancellationTokenSource(Peer.Patience);
        while (!closed.IsCompleted)
        {
            guard.Token.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        await closed;
    }

    [Fact]
    public async Task A_service_may_complete_its_pipes_itself()
    {
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            ReadResult read = await connection.Transport.Input.ReadAsync();
            await connection.Transport.Output.WriteAsync(read.Buffer.ToArray());
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Output.CompleteAsync();
        })).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.AssertAnsweredAsync();
        await peer.AssertEndsAsync();
        await server.DrainAsync(Peer.Patience);
        Assert.Equal(0, server.Totals.Failed);
    }

    [Fact]
    public async Task A_service_may_rename_its_peer_and_the_place_is_still_given_back()
    {
        await using SocketServer server = await Servers.New().WithLimits(new ServerLimits { MaxConnectionsPerAddress = 1 })
            .Listen("tcp://127.0.0.1:0", new Handler(connection =>
            {
                connection.RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1);
                return Task.CompletedTask;
            })).StartAsync();
        using var guard = new CancellationTokenSource(Peer.Patience);
        for (int served = 0; served < 3;)
        {
            guard.Token.ThrowIfCancellationRequested();
            using Peer peer = await Peer.ConnectAsync(server);
            try
            {
                await peer.AssertEndsAsync();
                served++;
            }
            catch (SocketException)
            {
                // The one before has not been forgotten yet.
            }
        }
    }

    private sealed class FailingOnce : IDatagramService
    {
        public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[100];
            while (true)
            {
                ReceivedDatagram datagram = await socket.ReceiveAsync(buffer, cancellationToken);
                if (datagram.Length == 3)
                    throw new InvalidDataException("bad");
                await socket.SendAsync(buffer.AsMemory(0, datagram.Length), datagram.From, cancellationToken);
            }
        }
    }

    private sealed class Newlines() : Framing(1000)
    {
        public override string Name => "newlines";

        public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
        {
            message = default;
            if (buffer.PositionOf((byte)'\n') is not { } end)
                return FramingResult.NeedMore;
            message = buffer.Slice(0, buffer.GetPosition(1, end));
            buffer = buffer.Slice(message.End);
            return FramingResult.Message;
        }

        public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
        {
            foreach (ReadOnlyMemory<byte> part in message)
                output.Write(part.Span);
        }
    }
}
