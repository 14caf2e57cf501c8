using System.Buffers;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>
/// A datagram socket that sends messages and takes in their replies. Any of them may be missing or come in another order, so a reply is compared with every
/// message that waits, the oldest first.
/// </summary>
internal sealed class DatagramMessagePeer(MessageWorker worker, int number) : ExchangePeer(worker, number)
{
    private const int Remembered = 64;

    private readonly (long Number, long Due, long Sent)[] _waiting = new (long, long, long)[worker.InFlight];
    private readonly Queue<long> _given = new(); // numbers of those whose time was over: their replies may still come
    private int _count;   // of those that wait, sent or not
    private int _handed;  // of those, sent
    private long _issued;
    private bool _isBlocked;

    public override int Room => Channel is not null && !IsLeaving ? _waiting.Length - _count : 0;

    public override void Take(int messages, long due, long now)
    {
        for (int i = 0; i < messages; i++)
            _waiting[_count++] = (_issued++, due, now);
        Worker.Begun(messages);
    }

    public override void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        Worker.Tally.AddReceived(bytes.Length);
        var reply = new ReadOnlySequence<byte>(bytes);
        for (int i = 0; i < _handed; i++)
        {
            if (!Worker.Script.IsRight(Number, _waiting[i].Number, reply))
                continue;
            long now = Worker.Carrier.Now;
            Worker.Tally.AddCompleted(now - _waiting[i].Due);
            Remove(i, 1);
            Worker.Answered(this, 1, now);
            return;
        }

        foreach (long late in _given)
        {
            if (Worker.Script.IsRight(Number, late, reply))
                return; // counted as missing when its time was over
        }

        if (Worker.Tally.WrongReply is null)
            Worker.Tally.KeepWrong(_handed > 0 ? Worker.Script.Expected(Number, _waiting[0].Number) : default, reply);
        Worker.Tally.AddWrong();
        if (_handed == 0)
            return;
        Remove(0, 1);
        Worker.Answered(this, 1, Worker.Carrier.Now);
    }

    public override void OnDrained()
    {
        _isBlocked = false;
        Flush();
    }

    public override void OnFault(SocketFailure failure)
    {
        base.OnFault(failure);
        if (_handed == 0)
            return;
        Remove(0, 1);
        Worker.Refused(this, 1);
    }

    public override void OnSweep(long now)
    {
        int old = 0;
        while (old < _handed && now - _waiting[old].Sent >= Worker.ReplyTimeout)
            old++;
        if (old == 0)
            return;
        for (int i = 0; i < old; i++)
        {
            _given.Enqueue(_waiting[i].Number);
            if (_given.Count > Remembered)
                _given.Dequeue();
        }

        Worker.Tally.AddTimedOut(old);
        Remove(0, old);
        Worker.Answered(this, old, now);
    }

    protected override void FlushBegun()
    {
        long now = Worker.IsOpenLoop ? Worker.Carrier.Now : 0;
        while (_handed < _count && !_isBlocked && Channel is { } channel)
        {
            (long number, long due, _) = _waiting[_handed];
            ReadOnlySpan<byte> message = Worker.Script.Framed(Number, number);
            Worker.Tally.AddSent(1, message.Length);
            if (Worker.IsOpenLoop)
                Worker.Tally.Lateness.Record(now - due);
            _handed++;
            _isBlocked = !channel.Send(message);
        }

        Channel?.Flush();
    }

    protected override void OnOpened(IBenchChannel channel)
    {
        _isBlocked = false;
        Worker.Connected(this);
    }

    protected override void OnLost(SocketFailure? failure)
    {
        if (failure is not null)
            Worker.Tally.AddFailed(failure);
        int lost = _count;
        (_count, _handed) = (0, 0);
        Worker.Dropped(lost);
    }

    private void Remove(int place, int messages)
    {
        Array.Copy(_waiting, place + messages, _waiting, place, _count - place - messages);
        _count -= messages;
        _handed -= messages;
    }
}
