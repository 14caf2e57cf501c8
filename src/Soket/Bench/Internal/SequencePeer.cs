using System.Buffers;
using System.Security.Cryptography;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>A datagram socket that sends numbered datagrams and keeps account of those that come back.</summary>
internal sealed class SequencePeer : ExchangePeer
{
    /// <summary>
    /// How long nothing may come back, at least, before those under way make room for others: or four times as long as they take, where they take long. They are
    /// not lost by that: they may still come.
    /// </summary>
    private static readonly long LeastSilence = BenchWorker.Nanoseconds(TimeSpan.FromMilliseconds(20));

    private readonly DatagramWorker _worker;
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly byte[] _datagram;
    private readonly Queue<long> _begun = new(); // when each that is to be sent was due, ns
    private DatagramFlow _flow;
    private ushort _id;
    private int _taken;         // closed loop: places that those under way hold
    private long _heard;        // when the last one came back, or the first of those under way was sent, ns
    private long _took;         // by those that came back, smoothed, ns
    private bool _isBlocked;
    private (long Lost, long Reordered) _told;

    public SequencePeer(DatagramWorker worker, int number)
        : base(worker, number)
    {
        _worker = worker;
        _flow = new(worker.Window);
        _datagram = new byte[Math.Max(worker.Plan.Payload.MaxLength, DatagramHeader.Length)];
    }

    // The open loop sends whether anything comes back or not.
    public override int Room => Channel is null || IsLeaving || _isBlocked ? 0 : _worker.IsOpenLoop ? int.MaxValue : _worker.InFlight - _taken;

    /// <summary>The jitter, ns; null while fewer than two came back.</summary>
    public double? Jitter => _flow.HasJitter ? _flow.Jitter : null;

    public override void Take(int messages, long due, long now)
    {
        if (_taken == 0)
            _heard = now;
        _taken += messages;
        for (int i = 0; i < messages; i++)
            _begun.Enqueue(due);
        _worker.Begun(messages);
    }

    public override void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        BenchTally tally = Worker.Tally;
        tally.AddReceived(bytes.Length);
        if (!DatagramHeader.TryRead(bytes.Span, out DatagramHeader header) || !IsRight(header, bytes.Span))
        {
            tally.KeepWrong(default, new ReadOnlySequence<byte>(bytes));
            tally.AddWrong();
            return;
        }

        if (header.Flow != _id)
            return; // an earlier socket's on the same port
        long now = Worker.Carrier.Now;
        switch (_flow.Came(header.Number, header.SentAt, now))
        {
            case DatagramArrival.Fresh:
                tally.AddCompleted(now - header.SentAt);
                _heard = now;
                _took += (now - header.SentAt - _took) / 8; // as TCP smooths it (RFC 6298 2.3)
                Tell();
                _taken = Math.Max(0, _taken - 1);
                _worker.Answered(this, 1, now);
                break;
            case DatagramArrival.Duplicate:
                tally.AddDuplicate();
                break;
            case DatagramArrival.Unknown:
                tally.KeepWrong(default, new ReadOnlySequence<byte>(bytes));
                tally.AddWrong();
                break;
            default:
                break;
        }
    }

    public override void OnDrained()
    {
        _isBlocked = false;
        Flush();
    }

    public override void OnSweep(long now)
    {
        if (Channel is null)
            return;
        _flow.GiveUp(now - _worker.ReplyTimeout);
        Tell();
        if (_worker.IsOpenLoop || _taken == 0 || now - _heard < Math.Max(LeastSilence, 4 * _took) || _begun.Count > 0)
            return;
        (_taken, _heard) = (0, now);
        _worker.Refill(this, now);
    }

    protected override void FlushBegun()
    {
        while (!_isBlocked && Channel is { } channel && _begun.TryDequeue(out long due))
        {
            long now = Worker.Carrier.Now;
            long number = _flow.Sent(now);
            ReadOnlySpan<byte> message = Message(number);
            message.CopyTo(_datagram);
            Span<byte> datagram = _datagram.AsSpan(0, Math.Max(message.Length, DatagramHeader.Length));
            new DatagramHeader(_id, number, _worker.IsOpenLoop ? due : now).Write(datagram);
            Worker.Tally.AddSent(1, datagram.Length);
            if (_worker.IsOpenLoop)
                Worker.Tally.Lateness.Record(now - due);
            _isBlocked = !channel.Send(datagram);
        }

        Channel?.Flush();
        Tell();
    }

    protected override void OnOpened(IBenchChannel channel)
    {
        (_isBlocked, _took) = (false, 0);
        _flow = new(_worker.Window);
        _told = default;
        _id = (ushort)RandomNumberGenerator.GetInt32(1, ushort.MaxValue + 1);
        _worker.Connected(this);
    }

    protected override void OnLost(SocketFailure? failure)
    {
        if (failure is not null)
            Worker.Tally.AddFailed(failure);
        _flow.GiveUp(long.MaxValue);
        Tell();
        int begun = _begun.Count;
        _begun.Clear();
        _taken = 0;
        _worker.Dropped(begun);
    }

    private bool IsRight(DatagramHeader header, ReadOnlySpan<byte> bytes)
    {
        if (!_worker.Compares || header.Flow != _id)
            return true;
        ReadOnlySpan<byte> sent = Message(header.Number);
        return bytes[DatagramHeader.Length..].SequenceEqual(sent.Length <= DatagramHeader.Length ? default : sent[DatagramHeader.Length..]);
    }

    private ReadOnlySpan<byte> Message(long number)
    {
        if (Worker.Plan.Payload.TryGet(Number, number, out ReadOnlyMemory<byte> ready))
            return ready.Span;
        _message.ResetWrittenCount();
        Worker.Plan.Payload.Write(Number, number, _message);
        return _message.WrittenSpan;
    }

    private void Tell()
    {
        long lost = _flow.Lost - _told.Lost;
        for (long i = _told.Reordered; i < _flow.Reordered; i++)
            Worker.Tally.AddReordered();
        _told = (_flow.Lost, _flow.Reordered);
        if (lost == 0)
            return;
        Worker.Tally.AddLost(lost);
        _worker.GivenUp(lost);
    }
}
