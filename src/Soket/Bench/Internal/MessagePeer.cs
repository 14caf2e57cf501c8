using System.Buffers;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>A connection that sends messages and takes in their replies, in order.</summary>
#pragma warning disable CA1001 // Its cutter gives its memory back when the connection ends.
internal sealed class MessagePeer : ExchangePeer
#pragma warning restore CA1001
{
    // More than that at once is not pushed at a peer: it would only wait in memory.
    private const int LargestPiece = 256 * 1024;

    private readonly MessageWorker _worker;
    private readonly MessageScript _script;
    private readonly long[] _due;   // when each message that waits for its reply was due, ns: a ring
    private int _head;              // the oldest of them
    private int _waiting;           // how many
    private long _issued;           // messages begun; numbers go on from connection to connection
    private long _handed;           // messages given to the channel, whole
    private int _part;              // bytes given of the one after
    private bool _isBlocked;
    private bool _keepsMessages;    // the channel does
    private long _progress;         // when the silence began that a reply is to break, ns
    private int _matched;           // bytes of the oldest message's reply that came, where the tape is compared
    private ReplyCutter? _cutter;   // where it is not, or no more

    public MessagePeer(MessageWorker worker, int number)
        : base(worker, number)
    {
        (_worker, _script) = (worker, worker.Script);
        _due = new long[worker.InFlight];
    }

    public override int Room => Channel is not null && !IsLeaving ? _due.Length - _waiting : 0;

    /// <summary>Messages that wait for their reply.</summary>
    public int Waiting => _waiting;

    /// <summary>The number of the oldest message that waits for its reply.</summary>
    public long Oldest => _issued - _waiting;

    public override void Take(int messages, long due, long now)
    {
        if (_waiting == 0)
            _progress = now;
        long[] ring = _due;
        int place = _head + _waiting;
        for (int i = 0; i < messages; i++, place++)
            ring[place < ring.Length ? place : place - ring.Length] = due;
        _waiting += messages;
        _issued += messages;
        _worker.Begun(messages);
    }

    protected override void FlushBegun()
    {
        IBenchChannel channel = Channel!;
        long before = _handed;
        if (_script.Tape is { } tape)
            FlushTape(channel, tape);
        else
            FlushMade(channel);
        if (_worker.IsOpenLoop && _handed > before && Channel is not null)
            TellLateness(before);
    }

    public override void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        Worker.Tally.AddReceived(bytes.Length);
        if (IsLeaving)
            return;
        if (_cutter is not null)
            _cutter.OnReceived(bytes);
        else
            Compare(bytes);
    }

    public override void OnDrained()
    {
        _isBlocked = false;
        Flush();
    }

    public override void OnEnd()
    {
        // A cut reply may be whole only now: a last line without its end.
        _cutter?.OnEnd();
        if (_waiting > 0 && !IsLeaving)
        {
            Worker.Tally.AddFailed(_worker.Unanswered(Channel!, _waiting));
            GiveUp();
        }
        else
        {
            Leave();
        }
    }

    public override void OnSweep(long now)
    {
        if (_waiting == 0 || Channel is null || IsLeaving || now - _progress < _worker.ReplyTimeout)
            return;
        Worker.Tally.AddTimedOut(_waiting);
        GiveUp();
    }

    /// <summary>The oldest message has its reply.</summary>
    /// <param name="isRight">Whether it is right.</param>
    public void Answered(bool isRight)
    {
        if (!isRight)
        {
            Worker.Tally.AddWrong();
            Pop(1);
            _worker.Answered(this, 1, Worker.Carrier.Now);
            return;
        }

        Complete(1);
    }

    /// <summary>A reply is wrong; <see cref="Answered"/> follows.</summary>
    public void KeepWrong(ReadOnlySpan<byte> expected, in ReadOnlySequence<byte> reply) => Worker.Tally.KeepWrong(expected, reply);

    /// <summary>What came is no reply to anything, or nothing that follows can be told from what was before: the connection is made anew.</summary>
    /// <param name="bytes">From where that is so.</param>
    public void LostTrack(in ReadOnlySequence<byte> bytes)
    {
        KeepWrong(default, bytes);
        Worker.Tally.AddWrong();
        GiveUp();
    }

    protected override void OnOpened(IBenchChannel channel)
    {
        (_isBlocked, _part, _matched, _handed) = (false, 0, 0, _issued);
        _keepsMessages = channel.KeepsMessages;
        _cutter = _script.ComparesTape ? null : new ReplyCutter(this, _script, _keepsMessages);
        _worker.Connected(this);
    }

    protected override void OnLost(SocketFailure? failure)
    {
        if (failure is not null)
            Worker.Tally.AddFailed(failure);
        int lost = _waiting;
        Pop(lost);
        _cutter?.Dispose();
        _cutter = null;
        _worker.Dropped(lost);
    }

    private void FlushTape(IBenchChannel channel, RequestTape tape)
    {
        BenchTally tally = Worker.Tally;
        int length = tape.MessageLength;
        while (!_isBlocked && _handed < _issued && Channel is not null)
        {
            ReadOnlySpan<byte> piece = tape.From(((int)(_handed % tape.Messages) * length) + _part);
            long owed = ((_issued - _handed) * length) - _part;
            int most = _keepsMessages ? length : LargestPiece;
            if (piece.Length > Math.Min(owed, most))
                piece = piece[..(int)Math.Min(owed, most)];
            _isBlocked = !channel.Send(piece);
            if (piece.Length == length && _part == 0)
            {
                _handed++;
                tally.AddSent(1, length);
                continue;
            }

            int given = _part + piece.Length;
            (int whole, _part) = Math.DivRem(given, length);
            _handed += whole;
            tally.AddSent(whole, piece.Length);
        }
    }

    private void FlushMade(IBenchChannel channel)
    {
        while (!_isBlocked && _handed < _issued && Channel is not null)
        {
            ReadOnlySpan<byte> message = _script.Framed(Number, _handed);
            Worker.Tally.AddSent(1, message.Length);
            _handed++;
            _isBlocked = !channel.Send(message);
        }
    }

    private void TellLateness(long before)
    {
        long now = Worker.Carrier.Now;
        for (long number = before; number < _handed; number++)
        {
            long place = _head + (number - Oldest);
            if (number >= Oldest)
                Worker.Tally.Lateness.Record(now - _due[place < _due.Length ? place : place - _due.Length]);
        }
    }

    // An echo is the tape again: compared where it stands, without looking for the messages in it.
    private void Compare(ReadOnlyMemory<byte> bytes)
    {
        RequestTape tape = _script.Tape!;
        int length = tape.MessageLength;
        long owed = ((_handed - Oldest) * length) + _part - _matched;
        if (bytes.Length > owed)
        {
            CutFromHere(bytes);
            return;
        }

        int place = ((int)(Oldest % tape.Messages) * length) + _matched;
        ReadOnlySpan<byte> rest = bytes.Span;
        while (true)
        {
            ReadOnlySpan<byte> right = tape.From(place);
            if (right.Length >= rest.Length)
            {
                if (rest.SequenceEqual(right[..rest.Length]))
                    break;
                CutFromHere(bytes);
                return;
            }

            if (!rest[..right.Length].SequenceEqual(right))
            {
                CutFromHere(bytes);
                return;
            }

            rest = rest[right.Length..];
            place = (place + right.Length) % tape.Length;
        }

        int matched = _matched + bytes.Length;
        if (matched < length)
        {
            _matched = matched;
            return;
        }

        int replies = 1;
        if (matched == length)
            _matched = 0;
        else
            (replies, _matched) = Math.DivRem(matched, length);
        Complete(replies);
    }

    // From the reply on that is not the tape's, replies are cut and looked at one by one: that says which are wrong, and takes other ends of lines than ours.
    private void CutFromHere(ReadOnlyMemory<byte> bytes)
    {
        RequestTape tape = _script.Tape!;
        _cutter = new ReplyCutter(this, _script, keepsMessages: false);
        if (_matched > 0)
            _cutter.Keep(tape.From((int)(Oldest % tape.Messages) * tape.MessageLength)[.._matched]);
        _matched = 0;
        _cutter.OnReceived(bytes);
    }

    private void Complete(int replies)
    {
        BenchTally tally = _worker.Tally;
        long now = _worker.Carrier.Now;
        long[] ring = _due;
        int head = _head;
        for (int i = 0; i < replies; i++)
        {
            tally.AddCompleted(now - ring[head]);
            if (++head == ring.Length)
                head = 0;
        }

        _head = head;
        _waiting -= replies;
        _progress = now;
        _worker.Answered(this, replies, now);
    }

    private void Pop(int messages)
    {
        _head = (_head + messages) % _due.Length;
        _waiting -= messages;
        _progress = Worker.Carrier.Now;
    }
}
