using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Options;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine;

/// <summary>Streams on real sockets.</summary>
public sealed class LoopStreamTests
{
    public static TheoryData<string> Families => ["127.0.0.1", "::1", "unix"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Families))]
    public async Task What_is_sent_comes_back(string family)
    {
        await using var pair = await Pair.ConnectAsync(family, () => new EchoStream());
        byte[] sent = RandomNumberGenerator.GetBytes(3_000_000);
        await pair.Client.OnLoop(() => pair.Client.Send(sent));
        Assert.Equal(sent, await pair.Client.ReceivedAsync(sent.Length));
        pair.Client.ShutdownSend();
        Assert.Null(await pair.Client.Closed.Guarded());
        Assert.Null(await ((EchoStream)pair.Server).Closed.Task.Guarded());
        Assert.Equal((sent.Length, sent.Length), (pair.Server.BytesReceived, pair.Server.BytesSent));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_half_close_ends_one_direction_only(string family)
    {
        var server = new SeenStream { Ends = _ => { } };
        await using var pair = await Pair.ConnectAsync(family, () => server);
        await pair.Client.OnLoop(() => pair.Client.Send("question"u8));
        pair.Client.ShutdownSend();
        await server.Ended.Task.Guarded();
        Assert.Equal("question"u8.ToArray(), server.Received);
        byte[] answer = RandomNumberGenerator.GetBytes(1_000_000);
        server.Send(answer);
        Assert.Equal(answer, await pair.Client.ReceivedAsync(answer.Length));
        Assert.False(server.Closed.IsCompleted);
        server.Close();
        Assert.Null(await pair.Client.Closed.Guarded());
        Assert.Null(await server.Closed.Guarded());
    }

    [Fact]
    public async Task A_reset_is_told_with_both_endpoints_and_never_as_an_end()
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        EndPoint peer = (await pair.Client.OnLoop(() => pair.Client.LocalEndPoint))!;
        pair.Client.Send("abc"u8);
        await server.ReceivedAsync(3);
        pair.Client.Abort();
        SocketFailure failure = (await server.Closed.Guarded())!;
        Assert.Equal((SocketCall.Receive, "ECONNRESET", true), (failure.Call, failure.Error.Name, failure.IsReset));
        Assert.Equal((peer, pair.Listener.EndPoint, 3L), (failure.Context.Remote, failure.Context.Local, failure.Context.Received!.Value));
        Assert.IsType<SocketException>(failure.InnerException);
        Assert.False(server.Ended.Task.IsCompleted);
        Assert.Equal("SOKET_ABORTED", (await pair.Client.Closed.Guarded())!.Error.Name);
        Assert.Equal(peer, server.RemoteEndPoint);
    }

    [Fact]
    public async Task A_reset_that_a_send_of_another_thread_has_met_is_no_end()
    {
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => new SeenStream());
        var server = new SeenStream();
        pair.Make = () => server;
        using Socket client = await pair.ConnectRawAsync();
        await server.Opened.Task.Guarded();
        using var gate = new ManualResetEventSlim();
        server.Loop.Post(_ => gate.Wait(), null);
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        long sent;
        while ((sent = server.SendHere(new ReadOnlySequence<byte>("x"u8.ToArray()))) >= 0)
            Thread.Yield();
        gate.Set();
        Assert.Equal(-104, sent); // ECONNRESET
        SocketFailure failure = (await server.Closed.Guarded())!;
        Assert.Equal((SocketCall.Receive, "ECONNRESET"), (failure.Call, failure.Error.Name));
        Assert.False(server.Ended.Task.IsCompleted);
    }

    [Fact]
    public async Task An_abort_gives_its_reason()
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        var reason = new SocketFailure(SocketCall.Message, SystemError.Own("SOKET_LIMIT", "too much"));
        server.Abort(reason);
        Assert.Same(reason, await server.Closed.Guarded());
        Assert.Equal("ECONNRESET", (await pair.Client.Closed.Guarded())!.Error.Name);
    }

    [Fact]
    public async Task Closing_with_bytes_unread_loses_nothing_of_what_was_sent()
    {
        byte[] answer = RandomNumberGenerator.GetBytes(200_000);
        var server = new SeenStream
        {
            Receives = (stream, _) =>
            {
                stream.Send(answer);
                stream.Close("enough");
            },
        };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        pair.Client.Send(new byte[5_000_000]);
        Assert.Equal(answer, await pair.Client.ReceivedAsync(answer.Length));
        Assert.Null(await server.Closed.Guarded());
        SocketFailure? failure = await pair.Client.Closed.Guarded();
        Assert.True(failure is null || failure.Call == SocketCall.Send, failure?.ToString()); // it went on sending for longer than anybody reads
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("unix")]
    public async Task A_slow_peer_blocks_the_sender_who_is_told_when_it_goes_on(string family)
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync(family, () => server);
        pair.Client.PauseReceiving();
        await pair.Client.OnLoop(() => 0);
        byte[] piece = RandomNumberGenerator.GetBytes(256 * 1024);
        int sent = 0;
        bool free = true;
        for (; free; sent++)
            free = await server.OnLoop(() => server.Send(piece));
        Assert.InRange(sent, 1, 200);
        Assert.True(server.IsBlocked);
        Assert.Equal(0, server.Drained);
        Assert.Empty(pair.Client.Received);

        pair.Client.ResumeReceiving();
        byte[] received = await pair.Client.ReceivedAsync(sent * piece.Length);
        for (int i = 0; i < sent; i++)
            Assert.True(received.AsSpan(i * piece.Length, piece.Length).SequenceEqual(piece));
        Assert.Equal(1, await server.OnLoop(() => server.Drained));
        Assert.False(server.IsBlocked);
    }

    [Fact]
    public async Task What_threads_send_arrives_whole_and_in_each_ones_order()
    {
        const int Threads = 4;
        const int Each = 3000;
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(who => Task.Run(() =>
        {
            byte[] message = new byte[5];
            message[0] = (byte)who;
            for (int i = 0; i < Each; i++)
            {
                BitConverter.TryWriteBytes(message.AsSpan(1), i);
                server.Send(message);
            }
        }))).Guarded();

        byte[] received = await pair.Client.ReceivedAsync(Threads * Each * 5);
        int[] next = new int[Threads];
        for (int i = 0; i < received.Length; i += 5)
            Assert.Equal(next[received[i]]++, BitConverter.ToInt32(received, i + 1));
        Assert.All(next, count => Assert.Equal(Each, count));
    }

    [Fact]
    public async Task What_the_loop_sends_does_not_overtake_what_another_thread_sent_before()
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        for (int i = 0; i < 200; i++)
        {
            await server.OnLoop(() =>
            {
                // The loop stands still meanwhile; that thread's bytes are in its queue when this one goes on.
                var other = new Thread(() => server.Send("a"u8));
                other.Start();
                other.Join();
                return server.Send("b"u8);
            });
        }

        Assert.Equal(string.Concat(Enumerable.Repeat("ab", 200)), System.Text.Encoding.ASCII.GetString(await pair.Client.ReceivedAsync(400)));
    }

    [Fact]
    public async Task A_thread_that_is_faster_than_the_loop_is_told_to_wait_and_when_to_go_on()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = new SeenStream { Drains = _ => drained.TrySetResult() };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        using var gate = new ManualResetEventSlim();
        server.Loop.Post(_ => gate.Wait(), null);
        int sent = 0;
        while (server.Send(new byte[10_000]))
            sent += 10_000;
        Assert.InRange(sent, 50_000, 70_000);
        gate.Set();
        await drained.Task.Guarded();
        await pair.Client.ReceivedAsync(sent + 10_000);
    }

    [Fact]
    public async Task Several_pieces_go_out_by_one_call()
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        byte[][] pieces = [.. Enumerable.Range(0, 50).Select(i => RandomNumberGenerator.GetBytes(i * 997))];
        ReadOnlySequence<byte> sequence = Sequence(pieces);
        await server.OnLoop(() => server.Send(sequence));
        await Task.Run(() => server.Send(sequence), Cancelled).Guarded();
        byte[] all = [.. pieces.SelectMany(piece => piece)];
        byte[] received = await pair.Client.ReceivedAsync(2 * all.Length);
        Assert.True(received.AsSpan(0, all.Length).SequenceEqual(all));
        Assert.True(received.AsSpan(all.Length).SequenceEqual(all));
    }

    [Fact]
    public async Task A_timeout_comes_once_and_not_before_its_time()
    {
        var server = new SeenStream { Opens = stream => stream.SetTimeout(TimeSpan.FromMilliseconds(60)) };
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        await server.TimedOut.Task.Guarded();
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds, 60, 60_000);
        Assert.False(server.Closed.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => server.SetTimeout(TimeSpan.Zero));
    }

    [Fact]
    public async Task A_timeout_that_was_taken_back_does_not_come()
    {
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        await server.OnLoop(() =>
        {
            server.SetTimeout(TimeSpan.FromMilliseconds(20));
            server.ClearTimeout();
            return 0;
        });
        var later = new SeenStream { Opens = stream => stream.SetTimeout(TimeSpan.FromMilliseconds(60)) };
        pair.Make = () => later;
        using Socket _ = await pair.ConnectRawAsync();
        await later.TimedOut.Task.Guarded();
        Assert.False(server.TimedOut.Task.IsCompleted);
    }

    [Fact]
    public async Task A_method_that_throws_ends_its_own_connection_and_no_other()
    {
        var good = new SeenStream { Receives = (stream, bytes) => stream.Send(bytes) };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => good);
        var bad = new SeenStream { Receives = (stream, _) =>
        {
            stream.Send("before"u8);
            throw new InvalidDataException("no such message");
        } };
        pair.Make = () => bad;
        using Socket client = await pair.ConnectRawAsync();
        await client.SendAsync("x"u8.ToArray(), Cancelled);
        byte[] answer = new byte[100];
        Assert.Equal(6, await client.ReceiveAsync(answer, Cancelled).AsTask().Guarded());
        Assert.Equal(0, await client.ReceiveAsync(answer, Cancelled).AsTask().Guarded());

        SocketFailure failure = (await bad.Closed.Guarded())!;
        Assert.Equal(("SOKET_SERVICE", "no such message", "InvalidDataException"), (failure.Error.Name, failure.Error.Message, failure.Context.Facts["exception"]));
        Assert.IsType<InvalidDataException>(failure.InnerException);
        Assert.Equal(1, pair.Group.HandlerFailures);
        Assert.Same(failure.InnerException, pair.Group.FirstHandlerFailure);
        pair.Client.Send("still here"u8);
        await pair.Client.ReceivedAsync(10);
    }

    [Fact]
    public async Task Bytes_that_nobody_wants_yet_stay_with_the_sender()
    {
        var server = new SeenStream { Opens = stream => stream.PauseReceiving() };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server);
        byte[] sent = RandomNumberGenerator.GetBytes(20_000_000);
        Assert.False(await pair.Client.OnLoop(() => pair.Client.Send(sent)));
        Assert.Empty(server.Received);
        server.ResumeReceiving();
        Assert.Equal(sent, await server.ReceivedAsync(sent.Length));
    }

    [Fact]
    public async Task A_stream_that_is_paused_and_whose_peer_has_gone_keeps_nobody_busy()
    {
        var server = new SeenStream { Opens = stream => stream.PauseReceiving() };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server, new LoopGroupOptions { Loops = 1 });
        pair.Client.Abort();
        await pair.Client.Closed.Guarded();
        (long turns, TimeSpan time) = (await server.OnLoop(() => server.Loop.Turns), TimeSpan.FromMilliseconds(200));
        var timer = new SeenStream { Opens = stream => stream.SetTimeout(time) };
        pair.Make = () => timer;
        using Socket _ = await pair.ConnectRawAsync();
        await timer.TimedOut.Task.Guarded();
        Assert.InRange(await server.OnLoop(() => server.Loop.Turns) - turns, 1, 20); // told of the hang-up for ever, it would have made thousands
        Assert.False(server.Closed.IsCompleted);
        server.ResumeReceiving();
        Assert.Equal("ECONNRESET", (await server.Closed.Guarded())!.Error.Name);
    }

    [Fact]
    public async Task A_message_costs_no_allocation()
    {
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => new EchoStream());
        using Socket client = await pair.ConnectRawAsync();
        client.NoDelay = true;
        byte[] message = new byte[1000];
        Exchange(2000); // everything is compiled and has grown by now
        long before = await OnServerLoop();
        Exchange(5000);
        // The questions themselves, and what is left of a page of 8 KiB that a collection takes away. The smallest object a message would be 120,000.
        Assert.InRange(await OnServerLoop() - before, 0, 30_000);

        void Exchange(int times)
        {
            for (int i = 0; i < times; i++)
            {
                client.Send(message);
                for (int got = 0; got < message.Length;)
                    got += client.Receive(message, got, message.Length - got, SocketFlags.None);
            }
        }

        Task<long> OnServerLoop() => pair.Server.OnLoop(static () => GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task Ending_the_group_aborts_what_is_open_and_tells_it()
    {
        var server = new SeenStream();
        var pair = await Pair.ConnectAsync("127.0.0.1", () => server, new LoopGroupOptions { Loops = 1 }); // with two, one loop may see the other's reset first
        await pair.DisposeAsync();
        Assert.Equal("SOKET_ABORTED", (await server.Closed.Guarded())!.Error.Name);
        Assert.Equal("SOKET_ABORTED", (await pair.Client.Closed.Guarded())!.Error.Name);
        Assert.True(server.Send("nobody"u8));
        server.Close();
        Assert.Throws<ObjectDisposedException>(() => server.Loop.Post(_ => { }, null));
        Assert.Equal((1, 1), (server.Closings, pair.Client.Closings));
    }

    [Fact]
    public async Task Busy_polling_answers_as_well()
    {
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => new EchoStream(), new LoopGroupOptions { Loops = 1, BusyPoll = TimeSpan.FromMicroseconds(200) });
        for (int i = 1; i <= 100; i++)
        {
            pair.Client.Send("x"u8);
            await pair.Client.ReceivedAsync(i);
        }
    }

    [Fact]
    public async Task A_close_that_lingers_leaves_the_loop()
    {
        var server = new SeenStream { Ends = _ => { } };
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server, new LoopGroupOptions { Loops = 1 }, new ManagedTransportOptions { Options = [new(SocketOptions.Linger, 1)] });
        pair.Client.PauseReceiving();
        await server.OnLoop(() => server.Send(new byte[300_000]));
        server.Close();
        await server.OnLoop(() => 0); // the loop goes on
        pair.Client.ResumeReceiving();
        Assert.Null(await server.Closed.Guarded());
        Assert.Equal(1, server.Closings);
        await pair.Client.ReceivedAsync(300_000);
    }

    private static ReadOnlySequence<byte> Sequence(byte[][] pieces)
    {
        Piece? first = null, last = null;
        foreach (byte[] piece in pieces)
        {
            last = new Piece(piece, last);
            first ??= last;
        }

        return new(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, Piece? before)
        {
            Memory = bytes;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
