namespace Soket.Bench.Internal;

/// <summary>Holds connections open, says nothing for a while, then wakes each of them by a message and waits for its reply.</summary>
internal sealed class IdleWorker(TrafficRun run, BenchCarrier carrier, int index) : MessageWorker(run, carrier, index)
{
    private long _wake = long.MaxValue;
    private bool _isWoken;

    protected override void OnBegin() => _wake = Started + Nanoseconds(Plan.WarmUp) + Nanoseconds(Plan.IdleTime);

    protected override long OnWake(long now)
    {
        if (_isWoken || !IsRunning)
            return long.MaxValue;
        if (now < _wake)
            return _wake;

        _isWoken = true;
        foreach (BenchPeer peer in Peers)
        {
            if (peer is not ExchangePeer { Room: > 0 } held)
                continue;
            long sent = Carrier.Now;
            held.Take(1, sent, sent);
            held.Flush();
        }

        CheckDone();
        return long.MaxValue;
    }

    // One that was lost meanwhile is held again, and not woken.
    protected override void OnConnected(ExchangePeer peer, long now)
    {
    }

    protected override void OnAnswered(ExchangePeer peer, int replies, long now) => CheckDone();

    protected override void OnDropped()
    {
        base.OnDropped();
        CheckDone();
    }

    private void CheckDone()
    {
        if (_isWoken && IsRunning && Outstanding <= 0)
            Finish();
    }
}
