using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine.Messages;

/// <summary>Message services answered on the loops.</summary>
public sealed class InlineServingTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task An_unframed_echo_sends_what_one_receive_brought_with_one_send()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming(64 * 1024));
        using Socket client = await served.ConnectAsync();
        byte[] bytes = new byte[40_000];
        Random.Shared.NextBytes(bytes);
        await Conversations.SendAsync(client, bytes);
        Assert.Equal(bytes, await Conversations.ReceiveAsync(client, bytes.Length));
        client.Shutdown(SocketShutdown.Send);
        await served.Log.UntilAsync(told => told.Call == SocketCall.Close);

        var moved = served.Log.All.Where(told => told.Event.Call is SocketCall.Receive or SocketCall.Send && told.Event.Moved > 0).ToList();
        for (int i = 0; i < moved.Count; i += 2)
        {
            Assert.Equal((SocketCall.Receive, SocketCall.Send), (moved[i].Event.Call, moved[i + 1].Event.Call));
            Assert.Equal(moved[i].Bytes, moved[i + 1].Bytes);
        }
    }

    [Fact]
    public async Task A_receive_asks_for_as_much_as_was_said()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming(100), transport: new() { ReceiveSize = 100 });
        using Socket client = await served.ConnectAsync();
        await Conversations.SendAsync(client, new byte[250]);
        await Conversations.ReceiveAsync(client, 250);
        Assert.All(served.Log.All.Where(told => told.Event.Call == SocketCall.Receive), told => Assert.Equal(100, told.Event.Requested));
        Assert.Equal(3, served.Server.Totals.Messages);
    }

    [Fact]
    public async Task Replies_do_not_pile_up_for_a_peer_that_does_not_read_and_all_of_them_arrive_when_it_does()
    {
        // Each byte asked makes 1,000 to send.
        await using Conversations served = await Conversations.StartAsync(new ReplyService(ReplyTemplate.Parse(new string('x', 1000)), TimeProvider.System), new FixedFraming1000());
        using Socket client = await served.ConnectAsync();
        const int Asked = 60_000;
        Task sending = SendAllAsync();
        await served.Log.UntilAsync(told => told is { Call: SocketCall.Send } && told.Moved < told.Requested);
        // What is not answered is not received either: the batch under way is all there is.
        Assert.InRange(served.Server.Totals.Messages, 1, Asked - 1);
        Assert.Equal(Asked * 1000, (await Conversations.ReceiveToEndAsync(client)).Length);
        await sending;
        Assert.Equal(Asked, served.Server.Totals.Messages);

        async Task SendAllAsync()
        {
            await Conversations.SendAsync(client, new byte[Asked]);
            client.Shutdown(SocketShutdown.Send);
        }
    }

    [Fact]
    public async Task Who_holds_more_than_the_server_may_is_reset_and_the_others_go_on()
    {
        await using Conversations served = await Conversations.StartAsync(new DiscardService(), new LineFraming(600_000), limits: new() { MaxBuffered = 0 }); // four messages: 2,400,000
        using Socket well = await served.ConnectAsync();
        var holders = new List<Socket>();
        try
        {
            for (int i = 0; i < 6; i++)
            {
                Socket holder = await served.ConnectAsync();
                holders.Add(holder);
                byte[] part = new byte[590_000];
                try
                {
                    await Conversations.SendAsync(holder, part);
                }
                catch (SocketException)
                {
                    // Reset in the middle of it.
                }
            }

            await served.Log.UntilAsync(told => told.Failure?.Error.Name == "SOKET_LIMIT" && told.Reason == "max-buffered");
            await served.Log.UntilAsync(told => told.Call == SocketCall.Abort);
            Assert.True(served.Server.Totals.Refused >= 1);
            Assert.Equal(0, served.Server.Totals.Failed);
        }
        finally
        {
            holders.ForEach(holder => holder.Close(0)); // an orderly end would make a message of what it holds
        }

        // What they held is free again: a long line comes through.
        await served.Log.UntilAsync(all => all.Count(told => told.Event.Call is SocketCall.Close or SocketCall.Abort && told.Event.Parent != 0) == holders.Count);
        byte[] line = [.. new byte[500_000], (byte)'\n'];
        await Conversations.SendAsync(well, line);
        well.Shutdown(SocketShutdown.Send);
        Assert.Empty(await Conversations.ReceiveToEndAsync(well));
        Assert.Equal(1, served.Server.Totals.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_sent_and_read_is_not_held_any_more(bool inline)
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new LineFraming(400_000), inline, limits: new() { MaxBuffered = 0 });
        var idle = new List<Socket>();
        try
        {
            // Each has had a long message and a long reply, and waits now.
            for (int i = 0; i < 12; i++)
            {
                Socket one = await served.ConnectAsync();
                idle.Add(one);
                byte[] line = [.. new byte[390_000], (byte)'\n'];
                Task<byte[]> reply = Conversations.ReceiveAsync(one, line.Length);
                await Conversations.SendAsync(one, line);
                Assert.Equal(line, await reply);
            }

            Assert.Equal((12, 0, 12), (served.Server.Totals.Messages, served.Server.Totals.Refused, served.Server.Totals.Active));
        }
        finally
        {
            idle.ForEach(one => one.Dispose());
        }
    }

    [Fact]
    public async Task After_a_message_that_ends_the_connection_the_peer_is_read_on_and_sees_what_was_said()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new LineFraming(10));
        using Socket client = await served.ConnectAsync();
        await Conversations.SendAsync(client, "fits\n01234567890123"u8.ToArray());
        Assert.Equal("fits\n", Encoding.ASCII.GetString(await Conversations.ReceiveToEndAsync(client)));
        // Its end is seen, and what it sends now is thrown away and is no reason for a reset.
        await Conversations.SendAsync(client, "more"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await served.Log.UntilAsync(told => told.Call == SocketCall.Close && told.Parent != 0);
        Assert.DoesNotContain(served.Log.All, told => told.Event.Failure is { Error.Name: not "SOKET_MESSAGE_TOO_LARGE" });
        Assert.Equal(0, served.Server.Totals.Failed);
    }

    [Fact]
    public async Task An_idle_connection_is_ended_in_order_and_a_busy_one_is_not()
    {
        // Where the machine pauses, the busy one is silent for as long, and nothing is learnt: that is done again.
        long started = Stopwatch.GetTimestamp();
        while (!await OutlivesIdleAsync())
            Assert.True(Stopwatch.GetElapsedTime(started) < Conversations.Patience, "This machine does nothing but pause.");
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_reset_after_twice_the_time()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming(), limits: new() { IdleTimeout = Idle });
        using Socket client = await served.ConnectAsync();
        client.Blocking = false;
        byte[] much = new byte[256 * 1024];
        var patience = Stopwatch.StartNew();
        while (!served.Log.All.Any(told => told.Event.Reason == "idle-timeout") && patience.Elapsed < Conversations.Patience)
        {
            try
            {
                client.Send(much);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                Thread.Yield();
            }
        }

        await served.Log.UntilAsync(told => told.Call == SocketCall.Abort);
        Assert.Equal(0, await served.DrainAsync()); // nothing is left to be reset
        Assert.Equal((0, 0), (served.Server.Totals.Active, served.Server.Totals.Failed));
    }

    [Theory]
    [InlineData(true, "line")]
    [InlineData(false, "line")]
    [InlineData(true, "length:4")]
    [InlineData(false, "length:4")]
    public async Task A_drain_waits_for_the_rest_of_a_message_that_has_begun(bool inline, string framing)
    {
        Assert.True(Framing.TryParse(framing, 1024, out Framing? cut, out _));
        await using Conversations served = await Conversations.StartAsync(new EchoService(), cut, inline);
        using Socket client = await served.ConnectAsync();
        byte[] message = framing == "line" ? "halo\n"u8.ToArray() : [0, 0, 0, 4, .. "halo"u8];
        await Conversations.SendAsync(client, message.AsMemory(0, message.Length - 3));
        await served.Log.UntilAsync(told => told.Call == SocketCall.Receive && told.Moved == message.Length - 3);
        Task<int> drain = served.DrainAsync();
        await served.Log.UntilAsync(told => told.Reason == "drain");
        await Conversations.SendAsync(client, message.AsMemory(message.Length - 3));
        Assert.Equal(message, await Conversations.ReceiveToEndAsync(client));
        Assert.Equal(0, await drain);
        Assert.DoesNotContain(served.Log.All, told => told.Event.Reason == "message-incomplete");
    }

    [Fact]
    public async Task A_drain_lets_idle_ones_end_in_order_and_resets_who_does_not_read()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming());
        using Socket idle = await served.ConnectAsync();
        using Socket deaf = await served.ConnectAsync();
        await Conversations.SendAsync(idle, "x"u8.ToArray());
        await Conversations.ReceiveAsync(idle, 1);
        deaf.Blocking = false;
        byte[] much = new byte[256 * 1024];
        while (!served.Log.All.Any(told => told.Event.Call == SocketCall.Send && told.Event.Moved < told.Event.Requested))
        {
            try
            {
                deaf.Send(much);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                Thread.Yield();
            }
        }

        Task<int> drain = served.DrainAsync(TimeSpan.FromMilliseconds(300));
        Assert.Empty(await Conversations.ReceiveToEndAsync(idle));
        Assert.Equal(1, await drain);
        Assert.EndsWith("RST", Encoding.ASCII.GetString(await Conversations.ReceiveToEndAsync(deaf)));
        Assert.Equal(2, served.Log.All.Count(told => told.Event.Reason == "drain"));
        Assert.Equal(0, served.Server.Totals.Failed);
    }

    [Fact]
    public async Task A_peers_reset_is_counted_and_told()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming());
        Socket client = await served.ConnectAsync();
        await Conversations.SendAsync(client, "x"u8.ToArray());
        await Conversations.ReceiveAsync(client, 1);
        client.Close(0);
        await served.Log.UntilAsync(told => told.Failure?.Error.Name == "ECONNRESET");
        await served.DrainAsync();
        Assert.Equal((1, 1, 0), (served.Server.Totals.Accepted, served.Server.Totals.Failed, served.Server.Totals.Active));
    }

    [Fact]
    public async Task A_service_that_does_not_say_it_answers_at_once_keeps_nobody_else_waiting()
    {
        var slow = new Slow();
        await using Conversations served = await Conversations.StartAsync(slow, new ChunkFraming());
        var all = new List<Socket>();
        for (int i = 0; i < 2 * Environment.ProcessorCount; i++)
            all.Add(await served.ConnectAsync());
        await Conversations.SendAsync(all[0], "w"u8.ToArray());
        await served.Log.UntilAsync(told => told is { Call: SocketCall.Receive, Moved: 1 });
        foreach (Socket other in all.Skip(1))
        {
            await Conversations.SendAsync(other, "x"u8.ToArray());
            Assert.Equal("x"u8.ToArray(), await Conversations.ReceiveAsync(other, 1));
        }

        slow.Go.SetResult();
        Assert.Equal("w"u8.ToArray(), await Conversations.ReceiveAsync(all[0], 1));
        all.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_service_sees_who_asks_and_the_how_manyeth_message_it_is()
    {
        var seen = new Curious();
        await using Conversations served = await Conversations.StartAsync(seen, new LineFraming());
        using Socket client = await served.ConnectAsync();
        await Conversations.SendAsync(client, "a\nb\n"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await Conversations.ReceiveToEndAsync(client);
        Assert.Equal([$"1 {served.Address} {client.LocalEndPoint}", $"2 {served.Address} {client.LocalEndPoint}"], seen.Contexts);
    }

    // One that is busy and one that is idle, until the idle one is ended. False: the busy one was silent for a while, and may have been ended as well.
    private static async Task<bool> OutlivesIdleAsync()
    {
        await using Conversations served = await Conversations.StartAsync(new EchoService(), new ChunkFraming(), limits: new() { IdleTimeout = Idle });
        long before = Stopwatch.GetTimestamp();
        using Socket busy = await served.ConnectAsync();
        using Socket idle = await served.ConnectAsync();
        Task<byte[]> ended = Conversations.ReceiveToEndAsync(idle);
        TimeSpan silence = TimeSpan.Zero; // at most: from before a message was sent until the next one was answered
        bool isOpen = true;
        while (isOpen && !ended.IsCompleted)
        {
            long now = Stopwatch.GetTimestamp();
            isOpen = await IsAnsweredAsync(busy);
            TimeSpan since = Stopwatch.GetElapsedTime(before);
            silence = since > silence ? since : silence;
            before = now;
        }

        byte[] rest = await ended;
        if (silence >= Idle / 2)
            return false;
        Assert.True(isOpen, "The busy one was ended.");
        Assert.Empty(rest); // no RST
        Assert.Contains(served.Log.All, told => told.Event.Reason == "idle-timeout");
        Assert.Empty(await Conversations.ReceiveToEndAsync(busy)); // idle from now on
        await served.DrainAsync();
        Assert.Equal(0, served.Server.Totals.Failed);
        return true;
    }

    private static async Task<bool> IsAnsweredAsync(Socket socket)
    {
        try
        {
            await Conversations.SendAsync(socket, "x"u8.ToArray());
            return (await Conversations.ReceiveAsync(socket, 1)).Length == 1;
        }
        catch (SocketException)
        {
            return false; // the server has ended it
        }
    }

    // Blocks until it is let go: on a loop's thread it would keep everybody else waiting.
    private sealed class Slow : IMessageService
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
        {
            if (message.FirstSpan[0] == (byte)'w')
                Go.Task.Wait(Conversations.Patience);
            reply.Write(message.FirstSpan);
            return true;
        }
    }

    private sealed class Curious : IMessageService
    {
        public List<string> Contexts { get; } = [];

        public bool AnswersAtOnce => true;

        public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
        {
            Contexts.Add($"{context.Number} {context.Local} {context.Remote}");
            return false;
        }
    }

    // Cuts by the byte; its replies may be longer.
    private sealed class FixedFraming1000() : Framing(1)
    {
        public override string Name => "test";

        public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
        {
            message = buffer.Slice(0, Math.Min(1, buffer.Length));
            buffer = buffer.Slice(message.End);
            return message.IsEmpty ? FramingResult.NeedMore : FramingResult.Message;
        }

        public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output) => output.Write(message.FirstSpan);
    }
}
