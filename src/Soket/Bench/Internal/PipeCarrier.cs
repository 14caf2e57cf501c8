using System.Diagnostics;
using Soket.Clients;
using Soket.Explain;
using Soket.Middleware.WebSocket;
using Soket.Transports;

namespace Soket.Bench.Internal;

/// <summary>
/// Carries a worker's connections by whatever <see cref="SocketClient"/> connects: TLS, WebSocket, a proxy's, Unix, datagrams. One lock a worker stands for its
/// turn: what comes in on the thread pool waits for it.
/// </summary>
internal sealed class PipeCarrier : BenchCarrier
{
    private readonly Lock _turn = new();
    private readonly BenchPlan _plan;
    private readonly TimeProvider _time;
    private readonly IBenchAlarm _alarm;
    private readonly CancellationTokenSource _end = new();
    private readonly HashSet<Task> _connections = []; // under _turn

    /// <summary>Creates a carrier.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="time">The clock.</param>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="alarm">Makes what wakes the worker; null uses the clock's timers, which are good to a millisecond or so.</param>
    public PipeCarrier(BenchPlan plan, TimeProvider time, int index, Func<Action, IBenchAlarm>? alarm = null)
    {
        (_plan, _time) = (plan, time);
        Name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"pipes {index}");
        _alarm = alarm?.Invoke(Wake) ?? new TimerAlarm(time, Wake);
    }

    public override string Name { get; }

    public override long Now => _time == TimeProvider.System && Stopwatch.Frequency == 1_000_000_000
        ? Stopwatch.GetTimestamp()
        : (long)(_time.GetTimestamp() * (1e9 / _time.TimestampFrequency));

    public override void Post(Action<BenchWorker> action)
    {
        lock (_turn)
            action(Worker);
    }

    public override void WakeAt(long time) => _alarm.Set(time == long.MaxValue ? time : Math.Max(0, time - Now));

    public override void Connect(BenchPeer peer)
    {
        // On the pool, so that nothing comes back before this returns. Kept until it ends: DisposeAsync waits for it.
        Task connection = Task.Run(() => _plan.Endpoint.IsDatagram ? TalkByDatagramsAsync(peer) : TalkAsync(peer));
        _connections.Add(connection);
        _ = connection.ContinueWith(
            static (ended, carrier) => ((PipeCarrier)carrier!).Forget(ended), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override async ValueTask DisposeAsync()
    {
        await _alarm.DisposeAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        Task[] left;
        lock (_turn)
            left = [.. _connections];
        await Task.WhenAll(left).ConfigureAwait(false);
        _end.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Wake()
    {
        lock (_turn)
            Worker.Wake();
    }

    private void Forget(Task connection)
    {
        lock (_turn)
            _connections.Remove(connection);
    }

    private async Task TalkAsync(BenchPeer peer)
    {
        Microsoft.AspNetCore.Connections.ConnectionContext connection;
        try
        {
            connection = await SocketClient.ConnectAsync(_plan.Endpoint, _plan.Client, _end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            lock (_turn)
                peer.OnClosed(SocketFailure.Find(e));
            return;
        }
        catch (Exception e)
        {
            Break(peer, e);
            return;
        }

        PipeChannel channel = connection.Features.Get<IWebSocketFeature>() is { } webSocket
            ? new WebSocketChannel(connection, webSocket, !_plan.Binary, _turn, peer)
            : new StreamChannel(connection, _turn, peer);
        await RunAsync(peer, channel).ConfigureAwait(false);
    }

    private async Task TalkByDatagramsAsync(BenchPeer peer)
    {
        IDatagramSocket socket;
        try
        {
            socket = await SocketClient.ConnectDatagramAsync(_plan.Endpoint, _plan.Client, _end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            lock (_turn)
                peer.OnClosed(SocketFailure.Find(e));
            return;
        }

        await RunAsync(peer, new DatagramChannel(socket, _turn, peer)).ConfigureAwait(false);
    }

    private async Task RunAsync(BenchPeer peer, PipeChannel channel)
    {
        SocketFailure? failure = null;
        try
        {
            lock (_turn)
                peer.Opened(channel);
            using CancellationTokenRegistration end = _end.Token.UnsafeRegister(static channel => ((PipeChannel)channel!).Abort(), channel);
            await channel.ReceiveAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            failure = SocketFailure.Find(e);
            // A peer that sends without end keeps the close waiting: that is no silence of its.
            if (failure is not null)
            {
                lock (_turn)
                    peer.OnFailing(failure);
            }
        }
        catch (Exception e)
        {
            lock (_turn)
                Worker.Break(e);
        }

        await channel.EndAsync().ConfigureAwait(false);
        lock (_turn)
            peer.OnClosed(failure ?? channel.Failure);
    }

    // No failure of a socket but a mistake: the run ends and says it.
    private void Break(BenchPeer peer, Exception mistake)
    {
        lock (_turn)
        {
            Worker.Break(mistake);
            peer.OnClosed(null);
        }
    }
}
