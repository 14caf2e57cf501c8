using System.Buffers;
using System.Globalization;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>One stream of bytes.</summary>
internal sealed class StreamPeer(StreamWorker worker, int number) : BenchPeer(worker, number)
{
    /// <summary>Bytes given to the system by one call.</summary>
    public const int Piece = 128 * 1024;

    // A peer that takes everything at once must not keep the others from their turn.
    private const int PiecesATurn = 8;

    private long _sent;      // on this connection
    private long _received;
    private long _moved;     // when bytes last moved, ns
    private bool _isBlocked;
    private bool _isEnding;  // has half-closed, and waits for the end of the peer

    /// <summary>Traffic begins.</summary>
    public void Begin()
    {
        _moved = Worker.Carrier.Now;
        Push();
    }

    /// <summary>No more is sent; what is under way arrives, and the peer's end says so.</summary>
    public void Stop()
    {
        if (Channel is null || IsLeaving)
            return;
        if (Epoch == 1)
            worker.Unharmed();
        if (!worker.Sends)
        {
            Leave();
            return;
        }

        _isEnding = true;
        worker.Owe(1);
        Channel.ShutdownSend();
    }

    public override void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        Worker.Tally.AddReceived(bytes.Length);
        _moved = Worker.Carrier.Now;
        if (worker.Compares && !IsLeaving && !IsEcho(bytes.Span))
        {
            KeepWrong(bytes.Span);
            Worker.Tally.AddWrong();
            GiveUp();
            return;
        }

        _received += bytes.Length;
        if (worker.Hears && !IsLeaving)
            worker.Heard();
    }

    public override void OnDrained()
    {
        _isBlocked = false;
        _moved = Worker.Carrier.Now;
        Push();
    }

    public override void OnEnd()
    {
        if (_isEnding)
        {
            worker.Delivered();
        }
        else if (Worker.IsRunning && !IsLeaving)
        {
            Worker.Tally.AddFailed(Ended());
        }

        Leave();
    }

    public override void OnDue(long due) => Push();

    public override void OnSweep(long now)
    {
        if (Channel is null || IsLeaving || !Worker.IsRunning || now - _moved < worker.Silence)
            return;
        if (worker.Hears || _isBlocked)
        {
            Worker.Tally.AddTimedOut();
            GiveUp();
        }
    }

    protected override void OnOpened(IBenchChannel channel)
    {
        (_sent, _received, _isBlocked, _isEnding) = (0, 0, false, false);
        _moved = Worker.Carrier.Now;
        if (Worker.IsRunning)
            Push();
    }

    protected override void OnLost(SocketFailure? failure)
    {
        if (failure is not null)
            Worker.Tally.AddFailed(failure);
        if (_isEnding)
        {
            _isEnding = false;
            worker.Owe(-1);
        }
    }

    private void Push()
    {
        if (!worker.Sends)
            return;
        for (int i = 0; i < PiecesATurn; i++)
        {
            if (_isBlocked || !Worker.IsRunning || IsLeaving || Channel is not { } channel)
                return;
            ReadOnlySpan<byte> piece = worker.Bytes.AsSpan((int)(_sent % worker.Length), Piece);
            _sent += piece.Length;
            _moved = Worker.Carrier.Now;
            _isBlocked = !channel.Send(piece);
            Worker.Tally.AddSent(0, piece.Length);
        }

        if (!_isBlocked && Channel is not null)
            Worker.Later(this, Worker.Carrier.Now + 1);
    }

    private bool IsEcho(ReadOnlySpan<byte> bytes)
    {
        if (_received + bytes.Length > _sent)
            return false;
        long at = _received;
        while (!bytes.IsEmpty)
        {
            int place = (int)(at % worker.Length);
            int length = Math.Min(bytes.Length, worker.Bytes.Length - place);
            if (!bytes[..length].SequenceEqual(worker.Bytes.AsSpan(place, length)))
                return false;
            at += length;
            bytes = bytes[length..];
        }

        return true;
    }

    // From the place on where it goes wrong.
    private void KeepWrong(ReadOnlySpan<byte> bytes)
    {
        if (Worker.Tally.WrongReply is not null)
            return;
        int place = (int)(_received % worker.Length);
        long owed = Math.Min(_sent - _received, Math.Min(worker.Bytes.Length - place, bytes.Length));
        Worker.Tally.KeepWrong(worker.Bytes.AsSpan(place, (int)owed), new ReadOnlySequence<byte>(bytes.ToArray()));
    }

    private SocketFailure Ended() => new(
        SocketCall.Receive,
        SystemError.Own("SOKET_UNANSWERED", "The server ended the stream"),
        new FailureContext
        {
            Endpoint = Worker.Plan.Endpoint.ToString(),
            Transport = Worker.Plan.Endpoint.SchemeName,
            Sent = Channel?.BytesSent,
            Received = Channel?.BytesReceived,
            Facts = new Dictionary<string, string> { [FailureFacts.Unanswered] = 1.ToString(CultureInfo.InvariantCulture) },
        });
}
