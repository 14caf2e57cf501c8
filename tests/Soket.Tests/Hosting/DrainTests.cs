using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Hosting;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>How a server stops.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Idle_connections_end_in_order_and_new_ones_are_refused()
    {
        var echo = new SignallingEcho();
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", echo).Listen("udp://127.0.0.1:0", new EchoService()).StartAsync();
        using Peer silent = await Peer.ConnectAsync(server);
        using Peer used = await Peer.ConnectAsync(server);
        await echo.BegunAsync(2);
        await used.AssertAnsweredAsync();
        using Socket datagrams = Peer.Datagrams(server.Endpoints[1].Actual);
        await datagrams.SendAsync("halo"u8.ToArray(), SocketFlags.None);
        Assert.Equal(4, await datagrams.ReceiveAsync(new byte[8], SocketFlags.None).WaitAsync(Peer.Patience));

        Assert.Equal(0, await server.DrainAsync(Peer.Patience));

        await silent.AssertEndsAsync();
        await used.AssertEndsAsync();
        var refused = await Assert.ThrowsAsync<SocketException>(() => Peer.ConnectAsync(server));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await datagrams.SendAsync("halo"u8.ToArray(), SocketFlags.None);
        var unreachable = await Assert.ThrowsAsync<SocketException>(() => datagrams.ReceiveAsync(new byte[8], SocketFlags.None).WaitAsync(Peer.Patience));
        Assert.Equal(SocketError.ConnectionRefused, unreachable.SocketErrorCode);
        Assert.Equal((2, 0, 0), (server.Totals.Accepted, server.Totals.Active, server.Totals.Failed));
    }

    [Fact]
    public async Task A_reply_under_way_arrives()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            while (true)
            {
                ReadResult read = await connection.Transport.Input.ReadAsync();
                if (read.Buffer.IsEmpty && read.IsCompleted)
                    return;
                byte[] message = read.Buffer.ToArray();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                asked.TrySetResult();
                await answer.Task;
                await connection.Transport.Output.WriteAsync(message);
            }
        })).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.SendAsync("slow");
        await asked.Task.WaitAsync(Peer.Patience);

        Task<int> drain = server.DrainAsync(Peer.Patience);
        Assert.False(drain.IsCompleted);
        answer.SetResult();

        Assert.Equal("slow", await peer.ReceiveAsync(4));
        await peer.AssertEndsAsync();
        Assert.Equal(0, await drain.WaitAsync(Peer.Patience));
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_reset_and_counted()
    {
        var time = new ManualTime();
        var begun = new SemaphoreSlim(0);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SocketServer server = await Servers.New().WithTime(time).Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            var closed = new TaskCompletionSource();
            using CancellationTokenRegistration a = connection.ConnectionClosed.Register(() => closed.SetResult());
            using CancellationTokenRegistration b = connection.Features.Get<IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested.Register(() => told.TrySetResult());
            begun.Release();
            await closed.Task;
        })).StartAsync();
        using Peer one = await Peer.ConnectAsync(server);
        using Peer two = await Peer.ConnectAsync(server);
        Assert.True(await begun.WaitAsync(Peer.Patience) && await begun.WaitAsync(Peer.Patience));

        Task<int> drain = server.DrainAsync(TimeSpan.FromSeconds(5));
        await told.Task.WaitAsync(Peer.Patience);
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(drain.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(2, await drain.WaitAsync(Peer.Patience));
        await one.AssertResetAsync();
        await two.AssertResetAsync();
    }

    [Fact]
    public async Task Whoever_waits_no_longer_resets_at_once()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            var closed = new TaskCompletionSource();
            using CancellationTokenRegistration a = connection.ConnectionClosed.Register(() => closed.SetResult());
            begun.SetResult();
            await closed.Task;
        })).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await begun.Task.WaitAsync(Peer.Patience);

        using var hurry = new CancellationTokenSource();
        Task<int> drain = server.DrainAsync(Timeout.InfiniteTimeSpan, hurry.Token);
        await hurry.CancelAsync();

        Assert.Equal(1, await drain.WaitAsync(Peer.Patience));
        await peer.AssertResetAsync();
    }

    [Fact]
    public async Task Disposing_resets_at_once_and_twice_is_once()
    {
        var echo = new SignallingEcho();
        SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", echo).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await echo.BegunAsync();

        await Task.WhenAll(server.DisposeAsync().AsTask(), server.DisposeAsync().AsTask()).WaitAsync(Peer.Patience);
        await peer.AssertResetAsync();
        Assert.Equal(0, server.Totals.Active);
        Assert.Equal(0, await server.DrainAsync(Peer.Patience));
    }

    [Fact]
    public async Task A_server_that_is_stopped_while_many_connect_ends()
    {
        for (int round = 0; round < 10; round++)
        {
            SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
            Task[] peers = [.. Enumerable.Range(0, 40).Select(async _ =>
            {
                try
                {
                    using Peer peer = await Peer.ConnectAsync(server);
                    await peer.IsAnsweredAsync();
                }
                catch (SocketException)
                {
                    // Refused: it came too late.
                }
            })];
            await Task.WhenAny(peers);
            if (round % 2 == 0)
                await server.DrainAsync(Peer.Patience).WaitAsync(Peer.Patience);
            else
                await server.DisposeAsync().AsTask().WaitAsync(Peer.Patience);
            Assert.Equal(0, server.Totals.Active);
            await Task.WhenAll(peers).WaitAsync(Peer.Patience);
        }
    }

    [Fact]
    public async Task The_totals_tell_what_was_done()
    {
        SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
        for (int i = 0; i < 3; i++)
        {
            using Peer peer = await Peer.ConnectAsync(server);
            await peer.AssertAnsweredAsync("12345");
            peer.HalfClose();
            await peer.AssertEndsAsync();
        }

        await server.DrainAsync(Peer.Patience);
        Assert.Equal(new ServerTotals(Accepted: 3, Refused: 0, Active: 0, Failed: 0, BytesReceived: 15, BytesSent: 15, Messages: 3), server.Totals);
    }
}
