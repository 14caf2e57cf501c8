using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

/// <summary>
/// What every stream transport promises (<see cref="ITransport"/>). One derived class a transport; <see cref="Capabilities"/> says what it can do.
/// </summary>
public abstract class TransportContract
{
    /// <summary>A transport with these options; all of one test's share their addresses.</summary>
    protected abstract ITransport Transport(ManagedTransportOptions options);

    /// <summary>Where to listen; a free place.</summary>
    protected abstract EndPoint Anywhere { get; }

    /// <summary>What events carry the application's bytes.</summary>
    protected abstract string PayloadTransport { get; }

    protected virtual TransportCapabilities Capabilities => new(HalfClose: true, Reset: true);

    /// <summary>Whether connections offer their socket (<see cref="IConnectionSocketFeature"/>).</summary>
    protected virtual bool HasSocket => true;

    /// <summary>Whether an end in the middle of what was written can be told from an orderly one.</summary>
    protected virtual bool TellsTruncation => false;

    /// <summary>Whether it is told how much of what was sent the peer has not taken.</summary>
    protected virtual bool TellsUntaken => false;

    protected virtual Task PrepareServerAsync(ConnectionContext connection) => Task.CompletedTask;

    protected virtual Task PrepareClientAsync(ConnectionContext connection) => Task.CompletedTask;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Half_close_ends_one_direction_and_data_after_it_still_arrives(bool clientFirst)
    {
        Assert.SkipUnless(Capabilities.HalfClose, "no half-close");
        await using Pair pair = await ConnectAsync();
        (ConnectionContext first, ConnectionContext second) = clientFirst ? (pair.Client, pair.Server) : (pair.Server, pair.Client);
        await first.Transport.Output.WriteAsync("ping"u8.ToArray(), Cancelled).Guarded();
        await first.Transport.Output.CompleteAsync().Guarded();

        Assert.Equal("ping"u8.ToArray(), await ReadToEndAsync(second));
        Assert.False(second.ConnectionClosed.IsCancellationRequested);
        Assert.False(first.ConnectionClosed.IsCancellationRequested);

        byte[] after = RandomNumberGenerator.GetBytes(1024 * 1024);
        Task<byte[]> reading = ReadToEndAsync(first);
        await second.Transport.Output.WriteAsync(after, Cancelled).Guarded();
        Assert.False(first.ConnectionClosed.IsCancellationRequested);
        second.Transport.Output.Complete();

        Assert.Equal(after, await reading.Guarded());
        await first.ConnectionClosed.Fired();
        await second.ConnectionClosed.Fired();
    }

    [Fact]
    public async Task Disposing_sends_what_was_written_and_ends_in_order()
    {
        await using Pair pair = await ConnectAsync();
        byte[] written = RandomNumberGenerator.GetBytes(3 * 1024 * 1024);
        Task<byte[]> reading = ReadToEndAsync(pair.Client);
        pair.Server.Transport.Output.Write(written);
        await pair.Server.DisposeAsync().Guarded();

        Assert.Equal(written, await reading.Guarded());
        await pair.Server.ConnectionClosed.Fired();
    }

    [Fact]
    public async Task Abort_ends_this_end_and_reaches_the_peer_as_a_reset()
    {
        await using Pair pair = await ConnectAsync();
        Task<ReadResult> mine = pair.Server.Transport.Input.ReadAsync(Cancelled).AsTask();
        Task<ReadResult> theirs = pair.Client.Transport.Input.ReadAsync(Cancelled).AsTask();
        pair.Server.Abort(new ConnectionAbortedException("enough"));

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => mine.Guarded());
        await pair.Server.ConnectionClosed.Fired();
        if (Capabilities.Reset)
        {
            AssertReset(await Assert.ThrowsAsync<ConnectionResetException>(() => theirs.Guarded()));
            AssertReset(await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Client.Transport.Input.ReadAsync(Cancelled).Guarded()));
            await pair.Client.ConnectionClosed.Fired();
        }
        else
        {
            Exception? told = await Record.ExceptionAsync(async () => Assert.True((await theirs.Guarded()).IsCompleted));
            Assert.True(told is null or ConnectionResetException or SocketFailure, told?.ToString());
        }
    }

    [Fact]
    public async Task A_reset_reaches_a_writer_that_waits()
    {
        Assert.SkipUnless(Capabilities.Reset, "no reset");
        await using Pair pair = await ConnectAsync();
        Task<FlushResult> writing = await FillAsync(pair.Server, cancellationToken: Cancelled);
        pair.Client.Abort();
        Exception? told = await Record.ExceptionAsync(() => writing.Guarded());
        told ??= await Record.ExceptionAsync(async () => await FillAsync(pair.Server, cancellationToken: Cancelled));
        AssertReset(Assert.IsType<ConnectionResetException>(told));
        await pair.Server.ConnectionClosed.Fired();
    }

    [Fact]
    public async Task Completing_the_output_with_an_exception_gives_the_connection_up()
    {
        await using Pair pair = await ConnectAsync();
        await pair.Server.Transport.Output.CompleteAsync(new InvalidDataException("broken")).Guarded();
        await pair.Server.ConnectionClosed.Fired();
        Assert.True(pair.Server.Features.Get<ISoketConnectionFeature>()!.IsAborted);
        Exception? told = await Record.ExceptionAsync(() => ReadToEndAsync(pair.Client));
        Assert.True(!Capabilities.Reset || told is ConnectionResetException, told?.ToString());
    }

    [Fact]
    public async Task Sixty_four_mebibytes_both_ways_at_once_arrive_whole()
    {
        const long Length = 64L * 1024 * 1024;
        await using Pair pair = await ConnectAsync();
        Task<string> up = SendRandomAsync(pair.Client, Length, 1);
        Task<string> down = SendRandomAsync(pair.Server, Length, 2);
        Task<(long, string)> atServer = HashToEndAsync(pair.Server);
        Task<(long, string)> atClient = HashToEndAsync(pair.Client);

        Assert.Equal((Length, await up.Guarded()), await atServer.Guarded());
        Assert.Equal((Length, await down.Guarded()), await atClient.Guarded());
    }

    [Fact]
    public async Task Many_small_writes_arrive_in_order()
    {
        await using Pair pair = await ConnectAsync();
        byte[] all = RandomNumberGenerator.GetBytes(20_000);
        Task<byte[]> reading = ReadToEndAsync(pair.Server);
        for (int i = 0, next; i < all.Length; i = next)
        {
            next = Math.Min(all.Length, i + 1 + (i % 7));
            await pair.Client.Transport.Output.WriteAsync(all.AsMemory(i..next), Cancelled).Guarded();
        }

        await pair.Client.Transport.Output.CompleteAsync().Guarded();
        Assert.Equal(all, await reading.Guarded());
    }

    [Fact]
    public async Task A_reader_that_stops_holds_the_writer_until_it_goes_on()
    {
        await using Pair pair = await ConnectAsync();
        var written = new List<byte>();
        Task<FlushResult> flush = await FillAsync(pair.Server, written, Cancelled);
        Assert.True(written.Count < 64 * 1024 * 1024, "nothing held the writer");
        var feature = pair.Server.Features.Get<ISoketConnectionFeature>()!;
        long? untaken = await feature.FindUntakenAsync().AsTask().Guarded();
        Assert.True(TellsUntaken ? untaken > 0 : untaken is null or > 0, $"{untaken} bytes wait");

        byte[] last = RandomNumberGenerator.GetBytes(100_000);
        Task<byte[]> reading = ReadToEndAsync(pair.Client);
        Assert.False((await flush.Guarded()).IsCanceled);
        await pair.Server.Transport.Output.WriteAsync(last, Cancelled).Guarded();
        await pair.Server.Transport.Output.CompleteAsync().Guarded();
        Assert.True(written.Concat(last).SequenceEqual(await reading.Guarded()));
        if (untaken is not null && await feature.FindUntakenAsync().AsTask().Guarded() is { } rest)
            Assert.InRange(rest, 0, untaken.Value - 1);
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using Pair pair = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        Task<ReadResult> reading = pair.Server.Transport.Input.ReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Guarded());

        Task<ReadResult> again = pair.Server.Transport.Input.ReadAsync(Cancelled).AsTask();
        pair.Server.Transport.Input.CancelPendingRead();
        ReadResult result = await again.Guarded();
        Assert.True(result.IsCanceled);
        pair.Server.Transport.Input.AdvanceTo(result.Buffer.Start);

        await ExchangeAsync(pair);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_flush_loses_and_repeats_nothing(bool byToken)
    {
        await using Pair pair = await ConnectAsync();
        PipeWriter output = pair.Server.Transport.Output;
        var written = new List<byte>();
        for (bool cancelled = false; !cancelled;)
        {
            using var cancel = new CancellationTokenSource();
            byte[] piece = RandomNumberGenerator.GetBytes(300_000);
            written.AddRange(piece);
            output.Write(piece);
            ValueTask<FlushResult> flush = output.FlushAsync(cancel.Token);
            if (flush.IsCompleted)
            {
                await flush;
                continue;
            }

            if (byToken)
                await cancel.CancelAsync();
            else
                output.CancelPendingFlush();
            try
            {
                cancelled = (await flush.Guarded()).IsCanceled;
            }
            catch (OperationCanceledException) when (byToken)
            {
                cancelled = true;
            }
        }

        byte[] last = RandomNumberGenerator.GetBytes(100_000);
        written.AddRange(last);
        Task<byte[]> reading = ReadToEndAsync(pair.Client);
        Task write = WriteAllAsync(output, last);
        await write.Guarded();
        await output.CompleteAsync().Guarded();
        Assert.True(written.SequenceEqual(await reading.Guarded()));
    }

    [Fact]
    public async Task A_cancelled_accept_can_be_repeated_and_unbinding_ends_it()
    {
        ITransport transport = Transport(new());
        await using IConnectionListener listener = await transport.BindAsync(Anywhere, Cancelled);
        using var cancel = new CancellationTokenSource();
        Task<ConnectionContext?> accepting = listener.AcceptAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.Guarded());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transport.ConnectAsync(listener.EndPoint, cancel.Token).Guarded());

        await using (Pair pair = await ConnectAsync(listener, transport))
            await ExchangeAsync(pair);
        Task<ConnectionContext?> last = listener.AcceptAsync(Cancelled).AsTask();
        await listener.UnbindAsync(Cancelled).Guarded();
        Assert.Null(await last.Guarded());
        Assert.Null(await listener.AcceptAsync(Cancelled).Guarded());
    }

    [Fact]
    public async Task A_place_is_taken_once_and_refuses_when_nobody_listens()
    {
        ITransport transport = Transport(new());
        IConnectionListener listener;
        SocketFailure? refused = null;
        int tries = 0;
        do
        {
            listener = await transport.BindAsync(Anywhere, Cancelled);
            SocketFailure taken = await Assert.ThrowsAsync<SocketFailure>(() => transport.BindAsync(listener.EndPoint, Cancelled).Guarded());
            Assert.Equal("EADDRINUSE", taken.Error.Name);
            await listener.DisposeAsync();
            await listener.DisposeAsync();

            // A program that another test starts just now has a copy of every descriptor until it runs, and another test's listener may be given the same port.
            try
            {
                await (await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded()).DisposeAsync();
            }
            catch (SocketFailure e)
            {
                refused = e;
            }
        }
        while (refused is null && ++tries < 10);

        Assert.NotNull(refused);
        Assert.Equal(SocketCall.Connect, refused.Call);
        Assert.Contains(refused.Error.Name, (string[])["ECONNREFUSED", "ENOENT"]);
        Assert.Equal(listener.EndPoint.ToString(), refused.Context.Remote?.ToString());
    }

    [Fact]
    public async Task A_thousand_connections_at_once_are_each_answered()
    {
        const int Count = 1000;
        ITransport transport = Transport(new());
        await using IConnectionListener listener = await transport.BindAsync(Anywhere, Cancelled);
        var served = new List<Task>();
        Task accepting = Task.Run(async () =>
        {
            while (await listener.AcceptAsync() is { } accepted)
                served.Add(EchoAsync(accepted, PrepareServerAsync));
        }, Cancelled);

        ConnectionContext[] clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled);
            await PrepareClientAsync(client);
            return client;
        })).Guarded();
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            byte[] message = Encoding.ASCII.GetBytes($"message {i}");
            await client.Transport.Output.WriteAsync(message);
            await client.Transport.Output.CompleteAsync();
            Assert.Equal(message, await ReadToEndAsync(client));
            await client.DisposeAsync();
        })).Guarded();

        await listener.UnbindAsync(Cancelled);
        await accepting.Guarded();
        await Task.WhenAll(served).Guarded();
        Assert.Equal(Count, served.Count);
    }

    [Fact]
    public async Task Disposing_while_a_read_waits_resets_nothing()
    {
        await using Pair pair = await ConnectAsync();
        byte[] written = RandomNumberGenerator.GetBytes(50_000);
        await pair.Server.Transport.Output.WriteAsync(written, Cancelled).Guarded();
        Task<ReadResult> reading = pair.Server.Transport.Input.ReadAsync(Cancelled).AsTask();
        await pair.Server.DisposeAsync().Guarded();

        Assert.True((await reading.Guarded()).IsCompleted);
        Assert.Equal(written, await ReadToEndAsync(pair.Client));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposing_while_a_write_waits_for_a_stuck_peer_ends_and_resets_nothing(bool readsToo)
    {
        await using Pair pair = await ConnectAsync(new() { CloseTimeout = TimeSpan.FromMilliseconds(50) });
        var written = new List<byte>();
        Task<FlushResult> flush = await FillAsync(pair.Server, written, Cancelled);
        Task<ReadResult>? reading = readsToo ? pair.Server.Transport.Input.ReadAsync(Cancelled).AsTask() : null;
        await pair.Server.DisposeAsync().Guarded();
        await Record.ExceptionAsync(() => flush.Guarded());
        if (reading is not null)
            Assert.True((await reading.Guarded()).IsCompleted);

        var arrived = new List<byte>();
        Exception? told = await Record.ExceptionAsync(() => ReadAsync(pair.Client, arrived));
        Assert.True(told is null || (TellsTruncation && told is SocketFailure { IsReset: false }), told?.ToString());
        Assert.NotEmpty(arrived);
        Assert.True(arrived.SequenceEqual(written.Take(arrived.Count)));
    }

    [Fact]
    public async Task Bytes_that_nobody_read_do_not_cost_the_peer_the_answer()
    {
        await using Pair pair = await ConnectAsync();
        byte[] answer = RandomNumberGenerator.GetBytes(50_000);
        await pair.Client.Transport.Output.WriteAsync(new byte[10_000], Cancelled).Guarded();
        await pair.Server.Transport.Input.ReadAsync(Cancelled).Guarded();
        await pair.Client.Transport.Output.WriteAsync(new byte[10_000], Cancelled).Guarded();
        await pair.Server.Transport.Output.WriteAsync(answer, Cancelled).Guarded();
        Task disposing = pair.Server.DisposeAsync().AsTask();

        Assert.Equal(answer, await ReadToEndAsync(pair.Client));
        await pair.Client.DisposeAsync().Guarded();
        await disposing.Guarded();
    }

    [Fact]
    public async Task Disposing_twice_and_at_once_is_disposing()
    {
        await using Pair pair = await ConnectAsync();
        await Task.WhenAll(pair.Server.DisposeAsync().AsTask(), pair.Server.DisposeAsync().AsTask()).Guarded();
        await pair.Server.DisposeAsync().Guarded();
        pair.Server.Abort();
        Assert.Empty(await ReadToEndAsync(pair.Client));
    }

    [Fact]
    public async Task Ending_the_input_lets_the_reader_end_in_order_while_the_output_goes_on()
    {
        await using Pair pair = await ConnectAsync();
        ISoketConnectionFeature feature = pair.Server.Features.Get<ISoketConnectionFeature>()!;
        Task<byte[]> reading = ReadToEndAsync(pair.Server);
        feature.EndInput("drain");
        Assert.Empty(await reading.Guarded());
        await pair.Server.Transport.Output.WriteAsync("bye"u8.ToArray(), Cancelled).Guarded();
        await pair.Server.Transport.Output.CompleteAsync().Guarded();
        Assert.Equal("bye"u8.ToArray(), await ReadToEndAsync(pair.Client));
        Assert.True(feature.BytesReceived + feature.BytesSent >= 3);
    }

    [Fact]
    public async Task Nothing_goes_unobserved()
    {
        var unobserved = new List<AggregateException>();
        void On(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (unobserved)
                unobserved.Add(e.Exception);
        }

        CollectTasks(); // those that tests before this one have left
        TaskScheduler.UnobservedTaskException += On;
        try
        {
            for (int i = 0; i < 20; i++)
                await DisturbAsync(i);
            CollectTasks();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= On;
        }

        lock (unobserved)
            Assert.DoesNotContain(unobserved, e => e.InnerExceptions.Any(IsOfTheProduct));
    }

    [Fact]
    public async Task Features_and_addresses_are_those_of_a_connection()
    {
        await using Pair pair = await ConnectAsync();
        foreach (ConnectionContext connection in (ConnectionContext[])[pair.Client, pair.Server])
        {
            Assert.Equal(connection.ConnectionId, connection.Features.Get<IConnectionIdFeature>()!.ConnectionId);
            Assert.Same(connection.Transport, connection.Features.Get<IConnectionTransportFeature>()!.Transport);
            Assert.Same(connection.Items, connection.Features.Get<IConnectionItemsFeature>()!.Items);
            Assert.Equal(connection.ConnectionClosed, connection.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed);
            Assert.NotNull(connection.Features.Get<IConnectionEndPointFeature>()!.LocalEndPoint);
            Assert.NotNull(connection.Features.Get<ISoketConnectionFeature>());
            Assert.Equal(HasSocket, connection.Features.Get<IConnectionSocketFeature>() is not null);
        }

        Assert.Equal(pair.Listener.EndPoint.ToString(), pair.Client.RemoteEndPoint!.ToString());
        Assert.Equal(pair.Listener.EndPoint.ToString(), pair.Server.LocalEndPoint!.ToString());
        Assert.NotEqual(pair.Client.ConnectionId, pair.Server.ConnectionId);
    }

    [Fact]
    public async Task A_connection_handler_of_ASP_NET_runs_on_it()
    {
        await using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        ConnectionDelegate application = new ConnectionBuilder(services).UseConnectionHandler<Shouting>().Build();
        await using Pair pair = await ConnectAsync();
        Task running = application(pair.Server);
        await pair.Client.Transport.Output.WriteAsync("hello"u8.ToArray(), Cancelled).Guarded();
        await pair.Client.Transport.Output.CompleteAsync().Guarded();
        await running.Guarded();
        await pair.Server.DisposeAsync().Guarded();
        Assert.Equal("HELLO"u8.ToArray(), await ReadToEndAsync(pair.Client));
    }

    [Fact]
    public async Task Events_tell_exactly_what_moved_and_leave_no_gap()
    {
        var recorder = new EventRecorder();
        byte[] up = RandomNumberGenerator.GetBytes(300_000), down = RandomNumberGenerator.GetBytes(500_000);
        await using (Pair pair = await ConnectAsync(new() { Events = recorder.Events }))
        {
            Task<byte[]> atServer = ReadToEndAsync(pair.Server), atClient = ReadToEndAsync(pair.Client);
            await Task.WhenAll(WriteAllAsync(pair.Client.Transport.Output, up), WriteAllAsync(pair.Server.Transport.Output, down)).Guarded();
            await pair.Client.Transport.Output.CompleteAsync().Guarded();
            await pair.Server.Transport.Output.CompleteAsync().Guarded();
            Assert.Equal(up, await atServer.Guarded());
            Assert.Equal(down, await atClient.Guarded());
        }

        IReadOnlyList<(SocketEvent Event, byte[] Bytes)> all = recorder.All;
        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => (long)i), all.Select(one => one.Event.Sequence));
        Assert.Equal(up, recorder.Moved(SocketRole.Client, PayloadTransport, SocketCall.Send));
        Assert.Equal(up, recorder.Moved(SocketRole.Server, PayloadTransport, SocketCall.Receive));
        Assert.Equal(down, recorder.Moved(SocketRole.Server, PayloadTransport, SocketCall.Send));
        Assert.Equal(down, recorder.Moved(SocketRole.Client, PayloadTransport, SocketCall.Receive));
        foreach (var stream in all.Where(one => one.Event.Call is SocketCall.Send or SocketCall.Receive).GroupBy(one => (one.Event.Connection, one.Event.Call)))
        {
            long offset = 0;
            foreach ((SocketEvent e, byte[] bytes) in stream)
            {
                Assert.Equal(offset, e.StreamOffset);
                Assert.Equal(bytes.Length, e.Moved);
                Assert.InRange(e.Moved, 0, e.Requested);
                offset += e.Moved;
            }
        }

        foreach (SocketRole role in (SocketRole[])[SocketRole.Client, SocketRole.Server])
        {
            SocketEvent[] mine = [.. all.Select(one => one.Event).Where(e => e.Role == role && e.Transport == PayloadTransport)];
            Assert.Single(mine, e => e.Call == SocketCall.Close);
            Assert.Equal(SocketCall.Close, mine[^1].Call);
            Assert.Single(mine, e => e.Call == SocketCall.Shutdown);
            Assert.Single(mine, e => e is { Call: SocketCall.Receive, Moved: 0, Reason: "peer-closed" });
            Assert.All(mine, e => Assert.Null(e.Failure));
        }

        long listener = Assert.Single(recorder.Of(SocketCall.Listen)).Connection;
        Assert.Equal(listener, Assert.Single(recorder.Of(SocketCall.Accept)).Parent);
    }

    private static void AssertReset(ConnectionResetException told)
    {
        SocketFailure failure = Assert.IsType<SocketFailure>(told.InnerException);
        Assert.Contains(failure.Error.Name, (string[])["ECONNRESET", "EPIPE"]);
        Assert.NotNull(failure.Context.Remote);
    }

    private static void CollectTasks()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    // The last frame tells whose task it was: one of another test, which runs beside this one, ends in a frame of that test's, whatever the product threw in it. This
    // class observes all of its own, so its frames tell nothing.
    private static bool IsOfTheProduct(Exception e)
    {
        string? last = e.ToString().Split('\n').LastOrDefault(line => line.StartsWith("   at Soket.", StringComparison.Ordinal) && !line.Contains(nameof(TransportContract), StringComparison.Ordinal));
        return last is not null && !last.StartsWith("   at Soket.Tests.", StringComparison.Ordinal) && !last.StartsWith("   at Soket.Linux.Tests.", StringComparison.Ordinal);
    }

    // Aborts, cancellations, disposals in every order, with reads and writes under way that nobody awaits.
    private async Task DisturbAsync(int variant)
    {
        await using Pair pair = await ConnectAsync(new() { CloseTimeout = TimeSpan.FromMilliseconds(20) });
        using var cancel = new CancellationTokenSource();
        Task flush = (variant & 1) == 0 ? await FillAsync(pair.Server, cancellationToken: cancel.Token) : Task.CompletedTask;
        Task read = pair.Client.Transport.Input.ReadAsync(cancel.Token).AsTask();
        Task readToo = pair.Server.Transport.Input.ReadAsync(cancel.Token).AsTask();
        if ((variant & 2) == 0)
            await cancel.CancelAsync();
        if ((variant & 4) == 0)
            pair.Client.Abort();
        if ((variant & 8) == 0)
            await pair.Server.DisposeAsync().Guarded();
        await pair.Client.DisposeAsync().Guarded();
        await pair.Server.DisposeAsync().Guarded();
        foreach (Task task in (Task[])[flush, read, readToo])
            await Record.ExceptionAsync(() => task.Guarded());
    }

    /// <summary>Writes until a flush has to wait, and gives that flush.</summary>
    private static async Task<Task<FlushResult>> FillAsync(ConnectionContext connection, List<byte>? written = null, CancellationToken cancellationToken = default)
    {
        // More than any transport's buffers hold, so the flush cannot end before somebody reads.
        byte[] piece = RandomNumberGenerator.GetBytes(1024 * 1024);
        for (int i = 0; i < 32; i++)
        {
            written?.AddRange(piece);
            connection.Transport.Output.Write(piece);
        }

        Task<FlushResult> flush = connection.Transport.Output.FlushAsync(cancellationToken).AsTask();
        if (flush.IsCompleted)
            await flush;
        Assert.False(flush.IsCompleted, "32 MiB were taken although nobody reads");
        return flush;
    }

    private static async Task ExchangeAsync(Pair pair)
    {
        await pair.Client.Transport.Output.WriteAsync("ping"u8.ToArray(), Cancelled).Guarded();
        ReadResult result = await pair.Server.Transport.Input.ReadAtLeastAsync(4, Cancelled).Guarded();
        Assert.Equal(4, result.Buffer.Length);
        pair.Server.Transport.Input.AdvanceTo(result.Buffer.End);
        await pair.Server.Transport.Output.WriteAsync("pong"u8.ToArray(), Cancelled).Guarded();
        result = await pair.Client.Transport.Input.ReadAtLeastAsync(4, Cancelled).Guarded();
        Assert.Equal(4, result.Buffer.Length);
        pair.Client.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    private static async Task EchoAsync(ConnectionContext connection, Func<ConnectionContext, Task> prepare)
    {
        await prepare(connection);
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
                await connection.Transport.Output.WriteAsync(part);
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        await connection.DisposeAsync();
    }

    private static async Task WriteAllAsync(PipeWriter output, byte[] bytes)
    {
        for (int i = 0, length; i < bytes.Length; i += length)
        {
            length = Math.Min(bytes.Length - i, 1 + ((i * 31) % 40_000));
            await output.WriteAsync(bytes.AsMemory(i, length));
        }
    }

    private static async Task<byte[]> ReadToEndAsync(ConnectionContext connection)
    {
        var all = new List<byte>();
        await ReadAsync(connection, all);
        return [.. all];
    }

    private static async Task ReadAsync(ConnectionContext connection, List<byte> into)
    {
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync().Guarded();
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
                into.AddRange(part.Span);
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    private static async Task<string> SendRandomAsync(ConnectionContext connection, long length, int seed)
    {
        var random = new Random(seed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[100_000];
        for (long left = length; left > 0; left -= piece.Length)
        {
            random.NextBytes(piece);
            ReadOnlyMemory<byte> bytes = piece.AsMemory(0, (int)Math.Min(left, piece.Length));
            hash.AppendData(bytes.Span);
            await connection.Transport.Output.WriteAsync(bytes);
        }

        await connection.Transport.Output.CompleteAsync();
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<(long, string)> HashToEndAsync(ConnectionContext connection)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
                hash.AppendData(part.Span);
            length += result.Buffer.Length;
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return (length, Convert.ToHexString(hash.GetHashAndReset()));
        }
    }

    private async Task<Pair> ConnectAsync(ManagedTransportOptions? options = null)
    {
        ITransport transport = Transport(options ?? new());
        return await ConnectAsync(await transport.BindAsync(Anywhere, Cancelled), transport, ownsListener: true);
    }

    private async Task<Pair> ConnectAsync(IConnectionListener listener, ITransport transport, bool ownsListener = false)
    {
        Task<ConnectionContext?> accepting = listener.AcceptAsync(Cancelled).AsTask();
        ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        ConnectionContext? server = await accepting.Guarded();
        Assert.NotNull(server);
        await Task.WhenAll(PrepareServerAsync(server), PrepareClientAsync(client)).Guarded();
        return new Pair(listener, client, server, ownsListener);
    }

    private sealed record Pair(IConnectionListener Listener, ConnectionContext Client, ConnectionContext Server, bool OwnsListener) : IAsyncDisposable
    {
        // Both at once: each waits for the other's end.
        public async ValueTask DisposeAsync()
        {
            await Task.WhenAll(Client.DisposeAsync().AsTask(), Server.DisposeAsync().AsTask()).Guarded();
            if (OwnsListener)
                await Listener.DisposeAsync().Guarded();
        }
    }

    private sealed class Shouting : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (true)
            {
                ReadResult result = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    await connection.Transport.Output.WriteAsync(part.ToArray().Select(b => (byte)char.ToUpperInvariant((char)b)).ToArray());
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
    }
}
