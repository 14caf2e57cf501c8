using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Soket.Services;
using Soket.Transports;

namespace Soket.Relay.Internal;

/// <summary>Hands datagrams on, each sender's over a socket of its own, so that answers find their way back.</summary>
internal sealed class DatagramRelay(RelayOptions options, RelayCounters counters) : IDatagramService
{
    private const int MaxDatagram = 65_535;

    // A sender without a name (a Unix datagram socket that was never bound) can be heard and not answered; all of them are one.
    private static readonly EndPoint Nameless = new DnsEndPoint("nameless", 0);

    private int _active; // over all sockets that are served

    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        var sessions = new ConcurrentDictionary<EndPoint, DatagramSession>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = WatchIdleAsync(sessions, over.Token);
        try
        {
            await ReceiveAsync(socket, sessions, over.Token).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
            await Task.WhenAll(sessions.Values.Select(session => session.Ended)).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(IDatagramSocket socket, ConcurrentDictionary<EndPoint, DatagramSession> sessions, CancellationToken cancellationToken)
    {
        byte[] room = GC.AllocateUninitializedArray<byte>(MaxDatagram);
        (EndPoint? From, string Reason) told = default;
        while (true)
        {
            ReceivedDatagram datagram = await socket.ReceiveAsync(room, cancellationToken).ConfigureAwait(false);
            EndPoint key = datagram.From ?? Nameless;
            string? refusal = null;
            if (!options.Admits(datagram.From))
                refusal = "denied";
            else if (!sessions.TryGetValue(key, out DatagramSession? session) && (session = Begin(socket, datagram.From, key, sessions, cancellationToken)) is null)
                refusal = "max-sessions";
            else if (!session.Offer(room.AsSpan(0, datagram.Length)))
                refusal = "too-fast";

            if (refusal is null)
                continue;
            counters.Dropped();
            if (told.Reason != refusal || !Equals(told.From, datagram.From))
                options.Observer?.Dropped(datagram.From, refusal);
            told = (datagram.From, refusal);
        }
    }

    private DatagramSession? Begin(IDatagramSocket socket, EndPoint? from, EndPoint key, ConcurrentDictionary<EndPoint, DatagramSession> sessions, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _active) > options.MaxSessions)
        {
            Interlocked.Decrement(ref _active);
            return null;
        }

        var session = new DatagramSession(options, counters, socket, from);
        sessions[key] = session;
        session.Start(
            () =>
            {
                sessions.TryRemove(key, out _);
                Interlocked.Decrement(ref _active);
            },
            cancellationToken);
        return session;
    }

    private async Task WatchIdleAsync(ConcurrentDictionary<EndPoint, DatagramSession> sessions, CancellationToken cancellationToken)
    {
        if (options.SessionIdle == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Clamp(options.SessionIdle.TotalMilliseconds / 4, 10, 1000)), options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (DatagramSession session in sessions.Values)
                    session.CheckIdle();
            }
        }
        catch (OperationCanceledException)
        {
            // The relay stops.
        }
    }
}
