namespace Soket.Bench.Internal;

/// <summary>A connection, or a datagram socket, on which messages are begun one by one, and settled by their replies or by the lack of them.</summary>
internal abstract class ExchangePeer(MessageWorker worker, int number) : BenchPeer(worker, number)
{
    private bool _isDirty;

    /// <summary>Whose it is.</summary>
    protected new MessageWorker Worker => worker;

    /// <summary>How many more messages may wait here for their replies.</summary>
    public abstract int Room { get; }

    /// <summary>Begins messages, as many as there is room for at most. <see cref="Flush"/> sends what was begun.</summary>
    /// <param name="messages">How many, 1 or more.</param>
    /// <param name="due">When they were due, ns.</param>
    /// <param name="now">Now, ns.</param>
    public abstract void Take(int messages, long due, long now);

    /// <summary>Remembers that it has something to send; says whether it did not know already.</summary>
    public bool MarkDirty() => !_isDirty && (_isDirty = true);

    /// <summary>Gives the channel what was begun, as far as the peer takes it.</summary>
    public void Flush()
    {
        _isDirty = false;
        if (Channel is not null && !IsLeaving)
            FlushBegun();
    }

    public override void OnDue(long due) => Worker.Thought(this);

    /// <summary>Gives the channel what was begun; there is one.</summary>
    protected abstract void FlushBegun();
}
