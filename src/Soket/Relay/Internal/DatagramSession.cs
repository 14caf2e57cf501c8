using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Threading.Channels;
using Soket.Clients;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Relay.Internal;

/// <summary>One sender of datagrams: a socket towards the target, what waits to be sent there, and what comes back.</summary>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer holds nothing, and the watch may still look at the session when it has ended.")]
internal sealed class DatagramSession(RelayOptions options, RelayCounters counters, IDatagramSocket front, EndPoint? from, Action left)
{
    private const int MostWaiting = 64; // datagrams; a sender that is faster than the target loses some, as on any network

    private readonly Channel<(byte[] Room, int Length)> _queue = Channel.CreateBounded<(byte[] Room, int Length)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = true });
    private readonly RelaySession _session = counters.Take(from);
    private readonly CancellationTokenSource _idle = new();
    private readonly Lock _lock = new();
    private bool _isOver; // under _lock
    private long _lastMoved = options.Time.GetTimestamp();
    private int _refused; // 1 once it was told that the target's port is closed

    /// <summary>Takes a datagram to the target; false when too many wait already, null when the session is over.</summary>
    public bool? Offer(ReadOnlySpan<byte> datagram)
    {
        byte[] room = ArrayPool<byte>.Shared.Rent(datagram.Length);
        datagram.CopyTo(room);
        lock (_lock)
        {
            Volatile.Write(ref _lastMoved, options.Time.GetTimestamp());
            if (!_isOver && _queue.Writer.TryWrite((room, datagram.Length)))
                return true;
            ArrayPool<byte>.Shared.Return(room);
            return _isOver ? null : false;
        }
    }

    public void CheckIdle()
    {
        lock (_lock)
        {
            if (options.Time.GetElapsedTime(Volatile.Read(ref _lastMoved)) < options.SessionIdle)
                return;
            Leave();
        }

        _idle.Cancel();
    }

    /// <summary>From its beginning to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _idle.Token);
        try
        {
            if (await ConnectAsync(over.Token).ConfigureAwait(false) is not { } target)
                return;
            await using (target)
            {
                _session.Target = target.RemoteEndPoint;
                counters.Connected(_session);
                options.Observer?.Connected(_session);
                RelayEnd end = await JoinAsync(target, over).ConfigureAwait(false);
                Leave();
                counters.Closed(_session, end);
                options.Observer?.Closed(_session, end);
            }
        }
        finally
        {
            Leave();
            while (_queue.Reader.TryRead(out (byte[] Room, int Length) waiting))
                ArrayPool<byte>.Shared.Return(waiting.Room);
        }
    }

    // Its place is free before anybody hears of its end, and who sends from now on begins anew.
    private void Leave()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
            left();
        }
    }

    private async Task<IDatagramSocket?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await SocketClient.ConnectDatagramAsync(options.Target, options.Client, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure failure)
        {
            counters.NotConnected();
            options.Observer?.NotConnected(_session, failure);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<RelayEnd> JoinAsync(IDatagramSocket target, CancellationTokenSource over)
    {
        Task<RelayEnd> there = GuardAsync(SendAsync(target, over.Token), RelayEnd.TargetFailed), back = GuardAsync(ReceiveAsync(target, over.Token), RelayEnd.TargetFailed);
        RelayEnd end = await (await Task.WhenAny(there, back).ConfigureAwait(false)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(there, back).ConfigureAwait(false);
        return end;
    }

    private async Task<RelayEnd> GuardAsync(Task direction, RelayEnd failed)
    {
        try
        {
            await direction.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return _idle.IsCancellationRequested ? RelayEnd.Idle : RelayEnd.Closed;
        }
        catch (SocketFailure)
        {
            return failed;
        }

        return RelayEnd.Closed;
    }

    private async Task SendAsync(IDatagramSocket target, CancellationToken cancellationToken)
    {
        await foreach ((byte[] room, int length) in _queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (options.Observer is { } observer)
                    await observer.DataAsync(_session, RelayDirection.ToTarget, new ReadOnlySequence<byte>(room, 0, length)).ConfigureAwait(false);
                await target.SendAsync(room.AsMemory(0, length), null, cancellationToken).ConfigureAwait(false);
                _session.Add(RelayDirection.ToTarget, length);
            }
            catch (SocketFailure failure) when (Lost(failure))
            {
                // That datagram's failure only.
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(room);
            }
        }
    }

    private async Task ReceiveAsync(IDatagramSocket target, CancellationToken cancellationToken)
    {
        byte[] room = GC.AllocateUninitializedArray<byte>(65_535);
        while (true)
        {
            int length;
            try
            {
                length = (await target.ReceiveAsync(room, cancellationToken).ConfigureAwait(false)).Length;
            }
            catch (SocketFailure failure) when (Lost(failure))
            {
                continue;
            }

            Volatile.Write(ref _lastMoved, options.Time.GetTimestamp());
            await ReturnAsync(room.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReturnAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        if (from is null)
        {
            counters.Dropped();
            return;
        }

        if (options.Observer is { } observer)
            await observer.DataAsync(_session, RelayDirection.ToClient, new ReadOnlySequence<byte>(datagram)).ConfigureAwait(false);
        try
        {
            await front.SendAsync(datagram, from, cancellationToken).ConfigureAwait(false);
            _session.Add(RelayDirection.ToClient, datagram.Length);
        }
        catch (SocketFailure)
        {
            // The client has gone, or takes nothing so long: the socket has told it, and the session ends when it is idle.
            counters.Dropped();
        }
    }

    // On a connected socket ECONNREFUSED tells of an earlier datagram (ICMP, port unreachable); the target may be back for the next.
    private bool Lost(SocketFailure failure)
    {
        if (failure.Error.Name is not ("ECONNREFUSED" or "EMSGSIZE"))
            return false;
        counters.Dropped();
        if (failure.Error.Name == "EMSGSIZE")
            options.Observer?.Dropped(from, "too-long");
        else if (Interlocked.Exchange(ref _refused, 1) == 0)
            options.Observer?.NotConnected(_session, failure);
        return true;
    }
}
