using System.Collections.Concurrent;
using System.Net;

namespace Soket.Relay.Internal;

/// <summary>What a relay has done, for its totals. Any thread.</summary>
internal sealed class RelayCounters
{
    private readonly ConcurrentDictionary<long, RelaySession> _active = new();
    private long _sessions;
    private long _notConnected;
    private long _failed;
    private long _toTarget; // of sessions that are over
    private long _toClient; // of sessions that are over
    private long _dropped;

    public RelaySession Take(EndPoint? client) => new(Interlocked.Increment(ref _sessions), client);

    public void Connected(RelaySession session) => _active[session.Id] = session;

    public void NotConnected() => Interlocked.Increment(ref _notConnected);

    public void Dropped() => Interlocked.Increment(ref _dropped);

    public void Closed(RelaySession session, RelayEnd end)
    {
        if (end is RelayEnd.ClientFailed or RelayEnd.TargetFailed)
            Interlocked.Increment(ref _failed);
        Interlocked.Add(ref _toTarget, session.Moved(RelayDirection.ToTarget));
        Interlocked.Add(ref _toClient, session.Moved(RelayDirection.ToClient));
        _active.TryRemove(session.Id, out _);
    }

    public RelayTotals Snapshot()
    {
        long toTarget = Interlocked.Read(ref _toTarget), toClient = Interlocked.Read(ref _toClient);
        int active = 0;
        foreach ((_, RelaySession session) in _active)
        {
            active++;
            toTarget += session.Moved(RelayDirection.ToTarget);
            toClient += session.Moved(RelayDirection.ToClient);
        }

        return new(Interlocked.Read(ref _sessions), active, Interlocked.Read(ref _notConnected), Interlocked.Read(ref _failed), toTarget, toClient, Interlocked.Read(ref _dropped));
    }
}
