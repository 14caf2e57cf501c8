using Soket.Hosting;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>Connections that move nothing.</summary>
public sealed class IdleTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_idle_connection_ends_in_order()
    {
        var echo = new SignallingEcho();
        var log = new EventLog();
        await using SocketServer server = await Builder().Listen("tcp://127.0.0.1:0", echo).Observe(log).StartAsync();
        using Peer idle = await Peer.ConnectAsync(server);
        await echo.BegunAsync();

        _time.Advance(Timeout);
        await idle.AssertEndsAsync();
        Assert.Contains(log.All, e => e.Reason == "idle-timeout");
        await server.DrainAsync(Peer.Patience);
        Assert.Equal(0, server.Totals.Failed);
    }

    [Fact]
    public async Task A_busy_connection_goes_on()
    {
        await using SocketServer server = await Builder().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
        using Peer busy = await Peer.ConnectAsync(server);
        for (int i = 0; i < 12; i++)
        {
            await busy.AssertAnsweredAsync();
            await TickAsync();
        }

        // From the last exchange on it is idle.
        Task ended = busy.AssertEndsAsync();
        for (int i = 0; i < 5; i++)
            await TickAsync();
        await ended;
    }

    [Fact]
    public async Task A_service_that_does_not_end_is_reset_after_twice_the_time()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SocketServer server = await Builder().Listen("tcp://127.0.0.1:0", new Handler(async connection =>
        {
            var closed = new TaskCompletionSource();
            using CancellationTokenRegistration a = connection.ConnectionClosed.Register(() => closed.SetResult());
            using CancellationTokenRegistration b = connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested.Register(() => told.SetResult());
            begun.SetResult();
            await closed.Task;
        })).StartAsync();
        using Peer peer = await Peer.ConnectAsync(server);
        await begun.Task.WaitAsync(Peer.Patience);

        _time.Advance(Timeout);
        await told.Task.WaitAsync(Peer.Patience);
        _time.Advance(Timeout);
        await peer.AssertResetAsync();
    }

    private SocketServerBuilder Builder() => Servers.New().WithTime(_time).WithLimits(new ServerLimits { IdleTimeout = Timeout });

    // The watch asks for the time once a tick, and before it looks at the connections.
    private async Task TickAsync()
    {
        Task looked = _time.NextRead;
        _time.Advance(Tick);
        await looked.WaitAsync(Peer.Patience);
    }
}
