namespace Soket.Bench.Internal;

/// <summary>Makes connections and closes them again: in each place one after the other, or when they are due.</summary>
internal sealed class ConnectWorker : BenchWorker
{
    /// <summary>A handshake that took this long has lost a SYN on its way: the first one is sent again after a second (RFC 6298 2).</summary>
    private static readonly long SynAgain = Nanoseconds(TimeSpan.FromSeconds(1));

    private readonly Queue<ConnectPeer> _free = new();
    private readonly bool _isOpenLoop;
    private DueTimes _due;

    public ConnectWorker(TrafficRun run, BenchCarrier carrier, int index)
        : base(run, carrier, index)
    {
        _isOpenLoop = Plan.Arrivals is not null;
        if (Plan.Arrivals is { } arrivals)
            _due = new(arrivals, index, run.Workers);
    }

    // How many at once is what the plan says.
    protected override int MostConnecting => int.MaxValue;

    /// <summary>A connection stands.</summary>
    public void Made(ConnectPeer peer)
    {
        if (!peer.IsBusy)
            return; // the one that was made to see that anybody is there
        long latency = Carrier.Now - peer.Due;
        Tally.AddCompleted(latency);
        if (Carrier.Now - peer.Attempted >= SynAgain)
            Run.SlowConnect();
    }

    /// <summary>A place's connection is closed, or was never made.</summary>
    public void Over(ConnectPeer peer)
    {
        if (!peer.IsBusy)
            return;
        peer.IsBusy = false;
        Outstanding--;
        if (peer.Failures == 0)
            Spent(1);
    }

    protected override IEnumerable<BenchPeer> CreatePeers() => Run.NumbersOf(Index).Select(number => new ConnectPeer(this, number));

    protected override IEnumerable<BenchPeer> First(BenchPeer[] peers) => peers.Take(1);

    protected override void OnBegin()
    {
        if (_isOpenLoop)
            _due.Begin(Started);
        foreach (BenchPeer peer in Peers)
        {
            if (peer.Channel is null && !((ConnectPeer)peer).IsBusy)
                Next((ConnectPeer)peer);
        }
    }

    protected override long OnWake(long now)
    {
        if (!_isOpenLoop || !IsRunning)
            return long.MaxValue;
        while (_due.Next <= now && MayBegin && _free.TryDequeue(out ConnectPeer? peer))
        {
            Start(peer, _due.Next);
            Tally.Lateness.Record(now - _due.Next);
            _due.Advance();
        }

        return _free.Count == 0 || !MayBegin ? long.MaxValue : _due.Next;
    }

    protected override void OnStop()
    {
        if (_isOpenLoop && Started != 0)
            Run.Unsent(_due.Behind(Carrier.Now));
    }

    // A place that failed rests; one whose connection was closed goes on at once.
    protected override void Again(BenchPeer peer)
    {
        if (!IsRunning)
            return;
        if (peer.Failures > 0)
            Retry(peer);
        else
            Next((ConnectPeer)peer);
    }

    protected override void Rested(BenchPeer peer) => Next((ConnectPeer)peer);

    private void Next(ConnectPeer peer)
    {
        if (_isOpenLoop)
        {
            _free.Enqueue(peer);
            WakeBy(_due.Next);
        }
        else if (MayBegin)
        {
            Start(peer, Carrier.Now);
        }
    }

    private void Start(ConnectPeer peer, long due)
    {
        (peer.Due, peer.IsBusy) = (due, true);
        Outstanding++;
        Tally.AddSent(1, 0);
        Connect(peer);
    }
}
