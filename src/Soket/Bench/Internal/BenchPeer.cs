using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>
/// One place among a worker's connections: it is connected, lost and connected again. Its carrier calls it in the worker's turn, one call at a time.
/// </summary>
/// <param name="worker">Whose.</param>
/// <param name="number">Its number over all workers, from 0.</param>
internal abstract class BenchPeer(BenchWorker worker, int number)
{
    /// <summary>The number over all workers, from 0.</summary>
    public int Number => number;

    /// <summary>What it is connected by; null while it is not.</summary>
    public IBenchChannel? Channel { get; private set; }

    /// <summary>How often it was connected: what was planned for an earlier connection is void.</summary>
    public int Epoch { get; private set; }

    /// <summary>When the latest attempt to connect began, ns.</summary>
    public long Attempted { get; set; }

    /// <summary>Attempts that failed, one after the other.</summary>
    public int Failures { get; set; }

    /// <summary>Whether this end has closed it: its end is no news then.</summary>
    protected bool IsLeaving { get; private set; }

    /// <summary>Whose it is.</summary>
    protected BenchWorker Worker => worker;

    /// <summary>The carrier says: it is connected.</summary>
    public void Opened(IBenchChannel channel)
    {
        Channel = channel;
        Epoch++;
        Failures = 0;
        IsLeaving = false;
        worker.Tally.AddOpened();
        worker.Settled(this, null);
        if (worker.IsClosing)
            Leave();
        else
            OnOpened(channel);
    }

    /// <summary>The carrier says: bytes, or one message, came. They are lent for the time of the call.</summary>
    public abstract void OnReceived(ReadOnlyMemory<byte> bytes);

    /// <summary>The carrier says: what waited for the peer is sent.</summary>
    public virtual void OnDrained()
    {
    }

    /// <summary>The carrier says: a call failed, and the socket goes on: a datagram was refused.</summary>
    public virtual void OnFault(SocketFailure failure) => worker.Tally.AddFailed(failure);

    /// <summary>The carrier says: something threw that is no failure of a socket.</summary>
    public void Break(Exception mistake) => worker.Break(mistake);

    /// <summary>The carrier says: the peer sends no more.</summary>
    public virtual void OnEnd() => Leave();

    /// <summary>The carrier says: it is lost. Counted now, for closing it may take a while; <see cref="OnClosed"/> follows.</summary>
    public void OnFailing(SocketFailure failure)
    {
        if (Channel is null || IsLeaving)
            return;
        IsLeaving = true;
        worker.Tally.AddFailed(failure);
    }

    /// <summary>The carrier says, last of all: it is closed, or could not be connected.</summary>
    /// <param name="failure">Null for an orderly end.</param>
    public void OnClosed(SocketFailure? failure)
    {
        if (Channel is null)
        {
            Failures++;
            if (!worker.IsClosing)
                OnNotConnected(failure);
            worker.Settled(this, failure);
            return;
        }

        Channel = null;
        worker.Tally.AddClosed();
        OnLost(IsLeaving ? null : failure);
        worker.Closed(this);
    }

    /// <summary>Closes in order, and does not call that a loss.</summary>
    public void Leave()
    {
        IsLeaving = true;
        Channel?.Close();
    }

    /// <summary>Gives the connection up, having counted why.</summary>
    public void GiveUp()
    {
        IsLeaving = true;
        Channel?.Abort();
    }

    /// <summary>Its time, which <see cref="BenchWorker.Later"/> was told, has come.</summary>
    public virtual void OnDue(long due)
    {
    }

    /// <summary>Called some times a second.</summary>
    public virtual void OnSweep(long now)
    {
    }

    /// <summary>It is connected.</summary>
    protected abstract void OnOpened(IBenchChannel channel);

    /// <summary>It could not be connected; the failure is not counted yet.</summary>
    protected virtual void OnNotConnected(SocketFailure? failure)
    {
        if (failure is not null)
            worker.Tally.AddFailed(failure);
        worker.Spent(1);
    }

    /// <summary>It was connected and is no more.</summary>
    /// <param name="failure">How it was lost; null for an orderly end, and for one that this end wanted.</param>
    protected abstract void OnLost(SocketFailure? failure);
}
