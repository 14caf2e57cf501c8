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
        var running = new ConcurrentDictionary<DatagramSession, Task>(); // also those that have left
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = WatchIdleAsync(sessions, over.Token);
        try
        {
            await ReceiveAsync(socket, sessions, running, over.Token).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
            await Task.WhenAll(running.Values).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(IDatagramSocket socket, ConcurrentDictionary<EndPoint, DatagramSession> sessions, ConcurrentDictionary<DatagramSession, Task> running, CancellationToken cancellationToken)
    {
        byte[] room = GC.AllocateUninitializedArray<byte>(MaxDatagram);
        (EndPoint? From, string Reason) told = default;
        while (true)
        {
            ReceivedDatagram datagram = await socket.ReceiveAsync(room, cancellationToken).ConfigureAwait(false);
            if (Offer(datagram.From, room.AsSpan(0, datagram.Length)) is not { } refusal)
                continue;
            counters.Dropped();
            if (told.Reason != refusal || !Equals(told.From, datagram.From))
                options.Observer?.Dropped(datagram.From, refusal);
            told = (datagram.From, refusal);
        }

        // Null when it was taken, else why not.
        string? Offer(EndPoint? from, ReadOnlySpan<byte> datagram)
        {
            if (!options.Admits(from))
                return "denied";
            EndPoint key = from ?? Nameless;
            while (true)
            {
                if (!sessions.TryGetValue(key, out DatagramSession? session) && (session = Begin(from, key)) is null)
                    return "max-sessions";
                if (session.Offer(datagram) is { } isTaken)
                    return isTaken ? null : "too-fast";
                // It was idle for too long just now, and leaves: who comes again begins anew.
            }
        }

        DatagramSession? Begin(EndPoint? from, EndPoint key)
        {
            if (Interlocked.Increment(ref _active) > options.MaxSessions)
            {
                Interlocked.Decrement(ref _active);
                return null;
            }

            DatagramSession session = null!;
            session = new DatagramSession(options, counters, socket, from, () =>
            {
                sessions.TryRemove(KeyValuePair.Create(key, session));
                Interlocked.Decrement(ref _active);
            });
            sessions[key] = session;
            Task ended = running[session] = Task.Run(() => session.RunAsync(cancellationToken), CancellationToken.None);
            ended.ContinueWith(_ => running.TryRemove(session, out Task? _), TaskScheduler.Default);
            return session;
        }
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
