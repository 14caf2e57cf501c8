using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

/// <summary>What is this transport's own: lent memory, reading ahead, what an idle connection and a message cost.</summary>
public sealed class DuplexTests : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await InlineLoops.LeaveAsync();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>However a reader advances, in time or late, on the loop or off it, it sees every byte once and in order.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_way_of_advancing_sees_the_same_bytes(bool inline)
    {
        var transport = new LinuxTransport(new LinuxTransportOptions { InlineScheduling = inline, Loops = inline ? InlineLoops.Group : null });
        Gen<(int, int, int)[]> plans = Gen.ArrayOf(Gen.Choose(0, 100).SelectMany(consumed => Gen.Choose(consumed, 100).SelectMany(examined => Gen.Choose(0, 3).Select(manner => (consumed, examined, manner)))));
        Prop.ForAll(Arb.From(plans), Arb.From(Gen.NonEmptyListOf(Gen.Choose(1, 90_000))), (plan, pieces) =>
            Task.Run(() => ReadByPlanAsync(transport, plan, [.. pieces.Take(12)])).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static async Task<bool> ReadByPlanAsync(LinuxTransport transport, (int Consumed, int Examined, int Manner)[] plan, int[] pieces)
    {
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.EndPoint);
        await using ConnectionContext? server = await listener.AcceptAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(pieces.Sum());
        Task sending = Task.Run(async () =>
        {
            int at = 0;
            foreach (int piece in pieces)
            {
                await client.SendAsync(sent.AsMemory(at, piece));
                at += piece;
            }

            client.Shutdown(SocketShutdown.Send);
        });

        var seen = new List<byte>();
        PipeReader input = server!.Transport.Input;
        for (int step = 0; ; step++)
        {
            ReadResult result = await input.ReadAsync().Guarded();
            (int consumed, int examined, int manner) = plan.Length == 0 ? (100, 100, 0) : plan[step % plan.Length];
            if (manner == 1)
                await Task.Yield(); // holds what it was given while the loop goes on
            else if (manner == 2)
                await Task.Run(static () => Thread.SpinWait(2000));
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (result.IsCompleted)
                consumed = examined = 100;
            if (buffer.Length * consumed / 100 == 0)
                examined = 100; // who neither takes nor looks further asks for the same again, for ever
            SequencePosition taken = buffer.GetPosition(buffer.Length * consumed / 100), looked = buffer.GetPosition(buffer.Length * examined / 100);
            foreach (ReadOnlyMemory<byte> part in buffer.Slice(0, taken))
                seen.AddRange(part.Span);
            input.AdvanceTo(taken, looked);
            if (result.IsCompleted)
                break;
        }

        await sending.Guarded();
        return seen.SequenceEqual(sent);
    }

    [Fact]
    public async Task What_a_reader_holds_is_not_overwritten_by_what_comes_for_others()
    {
        var transport = new LinuxTransport(new LinuxTransportOptions { InlineScheduling = true, Loops = InlineLoops.Group });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        var holders = new List<(ConnectionContext Server, Socket Client, ReadOnlySequence<byte> Held, byte[] Sent)>();
        for (int i = 0; i < 16; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.EndPoint, Cancelled);
            ConnectionContext server = (await listener.AcceptAsync(Cancelled))!;
            ValueTask<ReadResult> reading = server.Transport.Input.ReadAsync(Cancelled);
            byte[] sent = RandomNumberGenerator.GetBytes(3000);
            await client.SendAsync(sent, Cancelled);
            holders.Add((server, client, (await reading.Guarded()).Buffer, sent)); // not advanced: held
        }

        foreach ((ConnectionContext server, Socket client, ReadOnlySequence<byte> held, byte[] sent) in holders)
        {
            Assert.Equal(sent[..(int)held.Length], held.ToArray());
            server.Transport.Input.AdvanceTo(held.End);
            client.Dispose();
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_does_not_read_slows_the_peer_and_costs_little()
    {
        var transport = new LinuxTransport(new ManagedTransportOptions { Options = [new(SocketOptions.ReceiveBuffer, 16 * 1024)] });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, SendBufferSize = 16 * 1024 };
        try
        {
            client.Connect(listener.EndPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
        }

        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled);
        var feature = server!.Features.Get<ISoketConnectionFeature>()!;
        byte[] piece = new byte[16 * 1024];
        int sent = 0;
        for (int refused = 0; refused < 200;)
        {
            try
            {
                sent += client.Send(piece);
                refused = 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                refused++;
                Thread.Yield();
            }

            Assert.True(sent < 8 * 1024 * 1024, "nothing holds the peer");
        }

        Assert.True(feature.BytesReceived <= 128 * 1024, $"{feature.BytesReceived} bytes were read ahead of a reader that does not read");

        // Nothing is lost by it.
        client.Blocking = true;
        client.Shutdown(SocketShutdown.Send);
        long read = 0;
        for (bool ended = false; !ended;)
        {
            ReadResult result = await server.Transport.Input.ReadAsync(Cancelled).Guarded();
            read += result.Buffer.Length;
            ended = result.IsCompleted;
            server.Transport.Input.AdvanceTo(result.Buffer.End);
        }

        Assert.Equal(sent, read);
    }

    [Fact]
    public async Task A_message_larger_than_what_is_read_ahead_arrives_while_it_is_only_looked_at()
    {
        var transport = new LinuxTransport();
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled);
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled);
        byte[] sent = RandomNumberGenerator.GetBytes(3_000_000);
        Task<FlushResult> writing = client.Transport.Output.WriteAsync(sent, Cancelled).AsTask();
        ReadResult result = await server!.Transport.Input.ReadAtLeastAsync(sent.Length, Cancelled).Guarded();
        Assert.True(result.Buffer.Length == sent.Length && result.Buffer.ToArray().AsSpan().SequenceEqual(sent));
        server.Transport.Input.AdvanceTo(result.Buffer.End);
        await writing.Guarded();
    }

    /// <summary>A peer that asks and ends at once: its end is told after the reply, as a program with blocking calls would see it.</summary>
    [Fact]
    public async Task Where_somebody_watches_calls_are_told_in_the_order_of_what_they_caused()
    {
        await using var loops = new LoopGroup(new LoopGroupOptions { Loops = 1 });
        var recorder = new EventRecorder();
        var transport = new LinuxTransport(new LinuxTransportOptions { Sockets = new ManagedTransportOptions { Events = recorder.Events }, Loops = loops });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, Cancelled);
        await client.SendAsync("question"u8.ToArray(), Cancelled);
        client.Shutdown(SocketShutdown.Send);
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled);
        ReadResult read = await server!.Transport.Input.ReadAsync(Cancelled).Guarded();

        // The loop has other things to do, and had every opportunity to read on.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await other.ConnectAsync(listener.EndPoint, Cancelled);
        await using ConnectionContext? another = await listener.AcceptAsync(Cancelled);
        server.Transport.Input.AdvanceTo(read.Buffer.End);
        await server.Transport.Output.WriteAsync("reply"u8.ToArray(), Cancelled).Guarded();
        Assert.Single(recorder.Of(SocketCall.Send));
        Assert.True((await server.Transport.Input.ReadAsync(Cancelled).Guarded()).IsCompleted);

        Assert.Equal(
            [(SocketCall.Receive, 8L), (SocketCall.Send, 5L), (SocketCall.Receive, 0L)],
            recorder.All.Select(one => one.Event).Where(e => e.Call is SocketCall.Receive or SocketCall.Send).Select(e => (e.Call, e.Moved)));
    }

    [Fact]
    public async Task A_given_up_attempt_to_connect_says_so_and_leaves_nothing()
    {
        var recorder = new EventRecorder();
        var transport = new LinuxTransport(new ManagedTransportOptions { Events = recorder.Events, Backlog = 1 });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        var filling = new List<Socket>();
        try
        {
            // A full queue: who comes now is not answered.
            for (int i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                filling.Add(socket);
                _ = socket.ConnectAsync(listener.EndPoint, Cancelled).AsTask();
            }

            using var cancel = new CancellationTokenSource();
            Task<ConnectionContext> connecting = transport.ConnectAsync(listener.EndPoint, cancel.Token).AsTask();
            await cancel.CancelAsync();
            Exception? told = await Record.ExceptionAsync(async () => await (await connecting.Guarded()).DisposeAsync());
            Assert.True(told is null or OperationCanceledException, told?.ToString());
            if (told is not null)
                Assert.Contains(recorder.Of(SocketCall.Close), e => e.Reason == "given-up");
        }
        finally
        {
            filling.ForEach(socket => socket.Dispose());
        }
    }
}
