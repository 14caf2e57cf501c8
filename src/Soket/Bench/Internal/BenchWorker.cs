using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>
/// A share of a run: its connections, and what they do next. Everything here happens in its carrier's turn, one thing at a time.
/// </summary>
internal abstract class BenchWorker
{
    /// <summary>How many connections a worker makes at once: fewer than any usual backlog holds, since what overflows it waits a second for its SYN to be sent again.</summary>
    private const int UsuallyConnecting = 64;
    private const int LongestBackOff = 16; // times the pause between two attempts
    private static readonly long SweepPeriod = Nanoseconds(TimeSpan.FromMilliseconds(100));

    private readonly PriorityQueue<(BenchPeer Peer, int Epoch), long> _later = new();
    private readonly Queue<BenchPeer> _toConnect = new();
    private readonly long _pause;
    private long _left; // of what is counted
    private long _nextSweep;
    private long _wakeAt = long.MaxValue; // what the alarm is set to
    private bool _isAwake;
    private long _drained = long.MaxValue;
    private int _connecting;
    private int _unsettled; // first attempts under way
    private int _open;
    private SocketFailure? _firstFailure;

    protected BenchWorker(TrafficRun run, BenchCarrier carrier, int index)
    {
        (Run, Carrier, Index) = (run, carrier, index);
        Tally = run.Progress.AddWorker(carrier.Name);
        _left = run.Plan.Count is { } count ? run.ShareOf(count, index) : long.MaxValue;
        _pause = Math.Max(Nanoseconds(run.Plan.ReconnectPause), Nanoseconds(TimeSpan.FromMilliseconds(1)));
        SweepTime = Math.Clamp(Nanoseconds(run.Plan.ReplyTimeout) / 10, Nanoseconds(TimeSpan.FromMilliseconds(5)), SweepPeriod);
        carrier.Worker = this;
    }

    /// <summary>What it counts.</summary>
    public BenchTally Tally { get; }

    /// <summary>What carries it.</summary>
    public BenchCarrier Carrier { get; }

    /// <summary>What is done.</summary>
    public BenchPlan Plan => Run.Plan;

    /// <summary>Its number among the workers, from 0.</summary>
    public int Index { get; }

    /// <summary>Its connections.</summary>
    public BenchPeer[] Peers { get; private set; } = [];

    /// <summary>Whether traffic is to be made.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Whether connections are only closed any more.</summary>
    public bool IsClosing => Run.IsClosing;

    /// <summary>What has begun and is neither done nor lost.</summary>
    protected long Outstanding { get; set; }

    /// <summary>When the traffic began, ns.</summary>
    protected long Started { get; private set; }

    /// <summary>How often <see cref="BenchPeer.OnSweep"/> is called, ns.</summary>
    protected virtual long SweepTime { get; }

    /// <summary>The run it belongs to.</summary>
    protected TrafficRun Run { get; }

    /// <summary>How many connections are made at once, at most.</summary>
    protected virtual int MostConnecting => UsuallyConnecting;

    /// <summary>Whether one more may begin: the run goes on, and what is under way is not enough for what is still to be counted.</summary>
    public bool MayBegin => MostToBegin > 0;

    /// <summary>How many more may begin.</summary>
    protected long MostToBegin => !IsRunning ? 0 : _left == long.MaxValue || !Run.IsMeasuring ? long.MaxValue : Math.Max(0, _left - Outstanding);

    /// <summary>Nanoseconds of a time, as <see cref="BenchCarrier.Now"/> counts.</summary>
    public static long Nanoseconds(TimeSpan time) => time.Ticks > long.MaxValue / 200 ? long.MaxValue / 2 : time.Ticks * 100;

    /// <summary>Makes the first connections.</summary>
    public void Open()
    {
        Peers = [.. CreatePeers()];
        BenchPeer[] first = [.. First(Peers)];
        _unsettled = first.Length;
        foreach (BenchPeer peer in first)
            _toConnect.Enqueue(peer);
        if (first.Length == 0)
            Run.Ready(0, null);
        ConnectNext();
    }

    /// <summary>Begins the traffic.</summary>
    /// <param name="start">When it began, ns: where the open loop counts from.</param>
    public void Begin(long start)
    {
        if (_drained != long.MaxValue)
            return; // stopped meanwhile
        (Started, IsRunning) = (start, true);
        if (_left == 0)
        {
            Finish();
            return;
        }

        OnBegin();
        Wake();
    }

    /// <summary>The carrier's alarm.</summary>
    public void Wake()
    {
        _isAwake = true;
        try
        {
            long next = Work();
            _wakeAt = next;
            Carrier.WakeAt(next);
        }
        catch (Exception e)
        {
            Run.Break(e);
        }
        finally
        {
            _isAwake = false;
        }
    }

    /// <summary>Something threw that is no failure of a socket: the run ends with it.</summary>
    public void Break(Exception mistake) => Run.Break(mistake);

    /// <summary>Begins nothing any more, and says when what is under way has come in, or had its time.</summary>
    public void Stop()
    {
        if (_drained != long.MaxValue)
            return;
        IsRunning = false;
        OnStop();
        _drained = Carrier.Now + Nanoseconds(Plan.DrainTimeout);
        CheckDrained();
        _nextSweep = Math.Min(_nextSweep, _drained);
        Wake();
    }

    /// <summary>Ends every connection: an orderly end, or a reset when something is still under way.</summary>
    public void CloseAll()
    {
        _toConnect.Clear();
        _later.Clear();
        Carrier.WakeAt(long.MaxValue);
        Tally.Cpu = Carrier.Cpu;
        foreach (BenchPeer peer in Peers)
        {
            if (Outstanding == 0)
                peer.Leave();
            else
                peer.GiveUp();
        }

        CheckClosed();
    }

    /// <summary>An attempt to connect has ended.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="failure">Null when it is connected.</param>
    public void Settled(BenchPeer peer, SocketFailure? failure)
    {
        _connecting--;
        bool opened = peer.Channel is not null;
        _open += opened ? 1 : 0;
        if (!opened)
            _firstFailure ??= failure;
        if (_unsettled > 0 && --_unsettled == 0)
            Run.Ready(_open, _firstFailure);
        if (!opened && !Run.IsClosing)
            Again(peer);
        ConnectNext();
        CheckDrained();
        CheckClosed();
    }

    /// <summary>A connection that stood is no more.</summary>
    public void Closed(BenchPeer peer)
    {
        _open--;
        if (!Run.IsClosing && _drained == long.MaxValue)
            Again(peer);
        CheckDrained();
        CheckClosed();
    }

    /// <summary>Calls the peer's <see cref="BenchPeer.OnDue"/> at this time, unless it has lost its connection by then.</summary>
    public void Later(BenchPeer peer, long due)
    {
        _later.Enqueue((peer, peer.Epoch), due);
        WakeBy(due);
    }

    /// <summary>So many of what is counted have come to an end, well or badly.</summary>
    public void Spent(long count)
    {
        if (_left == long.MaxValue || !Run.IsMeasuring || _left <= 0)
            return;
        _left -= count;
        if (_left <= 0)
            Finish();
    }

    /// <summary>What is under way may have come in.</summary>
    protected void CheckDrained()
    {
        if (_drained != long.MaxValue && Outstanding <= 0)
            Run.Finished(this);
    }

    /// <summary>Everything this worker is to do is done.</summary>
    protected void Finish()
    {
        IsRunning = false;
        Run.Done(this);
    }

    /// <summary>Wakes at this time, unless it is to be woken sooner anyway.</summary>
    protected void WakeBy(long time)
    {
        if (time >= _wakeAt || _isAwake)
            return; // what is awake looks at all its times before it sleeps again
        _wakeAt = time;
        Carrier.WakeAt(time);
    }

    /// <summary>Connects a peer when its turn comes.</summary>
    protected void Connect(BenchPeer peer)
    {
        _toConnect.Enqueue(peer);
        ConnectNext();
    }

    /// <summary>This worker's peers: each has its number over all workers.</summary>
    protected abstract IEnumerable<BenchPeer> CreatePeers();

    /// <summary>The peers that are connected before the traffic begins.</summary>
    protected virtual IEnumerable<BenchPeer> First(BenchPeer[] peers) => peers;

    /// <summary>Traffic begins.</summary>
    protected virtual void OnBegin()
    {
    }

    /// <summary>Time has passed.</summary>
    /// <returns>When it wants to be woken next, ns.</returns>
    protected virtual long OnWake(long now) => long.MaxValue;

    /// <summary>Every peer has been swept.</summary>
    protected virtual void OnSwept()
    {
    }

    /// <summary>No more traffic is to be made.</summary>
    protected virtual void OnStop()
    {
    }

    /// <summary>A peer that is not connected is to be connected again, in a while.</summary>
    protected virtual void Again(BenchPeer peer) => Retry(peer);

    /// <summary>A peer that is not connected has rested long enough.</summary>
    protected virtual void Rested(BenchPeer peer) => Connect(peer);

    /// <summary>Connects a peer again: not before the pause since its last attempt has passed, and slower the more attempts failed.</summary>
    protected void Retry(BenchPeer peer) =>
        Later(peer, peer.Attempted + (_pause * Math.Min(LongestBackOff, 1L << Math.Clamp(peer.Failures - 1, 0, 10))));

    private long Work()
    {
        long now = Carrier.Now;
        while (_later.TryPeek(out (BenchPeer Peer, int Epoch) next, out long due) && due <= now)
        {
            _later.Dequeue();
            if (next.Epoch == next.Peer.Epoch)
                Due(next.Peer, due);
        }

        if (now >= _nextSweep)
        {
            _nextSweep = now + SweepTime;
            Tally.Cpu = Carrier.Cpu;
            foreach (BenchPeer peer in Peers)
                peer.OnSweep(now);
            OnSwept();
            if (now >= _drained)
                Run.Finished(this);
        }

        long wake = OnWake(now);
        if (_later.TryPeek(out _, out long later))
            wake = Math.Min(wake, later);
        return Math.Min(wake, _nextSweep);
    }

    private void Due(BenchPeer peer, long due)
    {
        if (peer.Channel is not null)
            peer.OnDue(due);
        else if (_drained == long.MaxValue)
            Rested(peer);
    }

    private void ConnectNext()
    {
        while (_connecting < MostConnecting && !Run.IsClosing && _toConnect.TryDequeue(out BenchPeer? peer))
        {
            _connecting++;
            peer.Attempted = Carrier.Now;
            Carrier.Connect(peer);
        }
    }

    private void CheckClosed()
    {
        // Attempts that are still under way are the carrier's to end.
        if (Run.IsClosing && _open == 0)
            Run.Closed(this);
    }
}
