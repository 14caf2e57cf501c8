using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.Versioning;
using System.Threading.Tasks.Sources;
using Soket.Linux.Engine;

namespace Soket.Linux.Transports.Internal;

/// <summary>
/// The reading half of a connection on a loop. A reader that waits, and goes on inline, is lent the loop's own receive buffer: what it consumes at once is
/// never copied. Everything else waits in blocks that are rented while they hold bytes, so that an idle connection has none.
/// </summary>
/// <remarks>
/// The loop reads ahead of a reader until it holds <see cref="PauseAt"/> bytes that the reader has not looked at; then the peer is slowed, as by any full window.
/// Where somebody watches the event stream it receives only what a reader waits for, so that a peer's end is not told before the reply to what came before it.
/// All state is under the lock of this object: the loop's thread brings bytes, any thread reads. Nothing of the application's is called under it.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class LoopPipeReader(LinuxConnection connection) : PipeReader, IValueTaskSource<ReadResult>
{
    /// <summary>This many bytes nobody has looked at hold the peer up.</summary>
    public const int PauseAt = 64 * 1024;

    private const int ResumeAt = PauseAt / 2;
    private const int Large = 32 * 1024;  // as much as this changes hands with the buffer it is in, instead of being copied

    private ManualResetValueTaskSourceCore<bool> _source;
    private PooledBlock? _head;
    private PooledBlock? _tail;
    private long _unread;        // bytes in the blocks
    private long _examined;      // of those, bytes that the reader has seen and found too few
    private int _headStart;      // bytes of the first block that are consumed
    private int _lent;           // bytes in the loop's buffer, while State.Lent
    private State _state;
    private PendingWait? _wait;  // made when a read that waits can be cancelled, or has a time-out

    [Flags]
    private enum State
    {
        Asked = 1,             // somebody has read from it: before that, the loop does not read ahead
        Waiting = 2,           // a read waits
        ReadOut = 4,           // a result is with the reader, who has not advanced yet
        Lent = 8,              // the bytes are in the loop's buffer, for as long as the loop's call lasts
        Paused = 16,           // the loop was told to receive no more
        Ended = 32,            // the peer's FIN
        Stopped = 64,          // this end wants no more
        Completed = 128,       // the reader will not read any more
        CancelNext = 256,      // CancelPendingRead came while none waited
        TokenCancelled = 512,  // the read that waited was cancelled
        TimedOut = 1024,       // the read that waited was given up by the receive time-out
    }

    /// <summary>Whether the end that the reader sees is this end's doing.</summary>
    public bool IsStopped => Is(State.Stopped);

    /// <summary>Whether the reader has nothing left to read: it need not be told of a failure by a read first.</summary>
    public bool IsDry
    {
        get
        {
            lock (this)
                return (_unread == 0 && !Is(State.Lent)) || Is(State.Completed);
        }
    }

    /// <summary>Whether a read waits, with nothing received before it.</summary>
    public bool WaitsForBytes
    {
        get
        {
            lock (this)
                return Is(State.Waiting) && _unread == 0 && !Is(State.Stopped | State.Completed | State.Ended);
        }
    }

    // ---- the loop's thread ----

    /// <summary>Bytes came; they are at the beginning of the loop's receive buffer.</summary>
    public void Received(ReadOnlySpan<byte> bytes)
    {
        bool wake = false, inline = connection.Settings.InlineScheduling;
        lock (this)
        {
            if (Is(State.Stopped | State.Completed))
            {
                connection.Stream.PauseReceiving(); // nobody will read them; closing reads the rest away
                return;
            }

            if (inline && _unread == 0 && Is(State.Waiting))
            {
                _state |= State.Lent;
                _lent = bytes.Length;
            }
            else
            {
                Append(bytes);
            }

            wake = Take(State.Waiting);
            if (IsWatched || (!wake && (_unread - _examined >= PauseAt || !Is(State.Asked))))
            {
                _state |= State.Paused;
                connection.Stream.PauseReceiving();
            }
        }

        if (!wake)
            return;
        Wake(inline);
        if (!inline)
            return;
        lock (this)
        {
            // Whoever is at it holds it longer than this call lasts: the buffer goes with it, and the loop takes another.
            if (Take(State.Lent))
                KeepLent();
        }
    }

    /// <summary>The peer's FIN.</summary>
    public void End()
    {
        bool wake;
        lock (this)
        {
            _state |= State.Ended;
            wake = Take(State.Waiting);
        }

        if (wake)
            Wake(connection.Settings.InlineScheduling);
    }

    // ---- any thread ----

    /// <summary>The connection has failed or was given up: its <see cref="LinuxConnection.Failure"/> is told once everything received is read.</summary>
    public void Fail()
    {
        bool wake;
        lock (this)
            wake = Take(State.Waiting);
        if (wake)
            Wake(inline: false);
    }

    /// <summary>From now on the reader sees the end, after what came before.</summary>
    public void Stop()
    {
        bool wake;
        lock (this)
        {
            if (Is(State.Stopped))
                return;
            _state |= State.Stopped;
            wake = Take(State.Waiting);
        }

        connection.Stream.PauseReceiving();
        if (wake)
            Wake(inline: false);
    }

    /// <summary>Gives back what nobody can be looking at. The connection is closed.</summary>
    public void Release()
    {
        lock (this)
        {
            if (!Is(State.ReadOut))
                Drop();
        }
    }

    // ---- the reader ----

    public override bool TryRead(out ReadResult result)
    {
        Exception? failure;
        bool taken;
        lock (this)
        {
            ThrowIfCompleted();
            taken = TryTake(out result, out failure);
        }

        Tell(in result, failure);
        return failure is null ? taken : throw failure;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        ReadResult result;
        Exception? failure;
        bool resume = false, waits;
        short version = 0;
        lock (this)
        {
            ThrowIfCompleted();
            waits = !TryTake(out result, out failure) && failure is null;
            if (waits)
            {
                if (Is(State.Waiting))
                    throw new InvalidOperationException("A read is waiting already.");
                _source.Reset();
                version = _source.Version;
                _state |= State.Asked | State.Waiting;
                resume = Take(State.Paused);
                Watch(cancellationToken);
            }
            else
            {
                _state |= State.Asked;
            }
        }

        if (resume)
            connection.Stream.ResumeReceiving();
        if (waits)
            return new ValueTask<ReadResult>(this, version);
        Tell(in result, failure);
        return failure is null ? new(result) : ValueTask.FromException<ReadResult>(failure);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool resume = false;
        lock (this)
        {
            ThrowIfCompleted();
            if (!Take(State.ReadOut))
                throw new InvalidOperationException("Nothing was read that could be advanced over.");
            if (Take(State.Lent))
                AdvanceLent(consumed, examined);
            else
                Advance(consumed, examined);
            if (!IsWatched && _unread - _examined < ResumeAt && !Is(State.Stopped | State.Ended))
                resume = Take(State.Paused);
        }

        if (resume)
            connection.Stream.ResumeReceiving();
    }

    public override void CancelPendingRead()
    {
        bool wake;
        lock (this)
        {
            _state |= State.CancelNext;
            wake = Take(State.Waiting);
        }

        if (wake)
            Wake(inline: false);
    }

    public override void Complete(Exception? exception = null)
    {
        bool stop;
        lock (this)
        {
            stop = !Is(State.Completed | State.Ended);
            _state = (_state & ~State.ReadOut) | State.Completed;
            if (!Is(State.Lent))
                Drop();
        }

        if (stop)
            connection.Stream.PauseReceiving();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _source.GetResult(token);
        ReadResult result = default;
        Exception? failure;
        CancellationTokenRegistration registration = default;
        bool cancelled, timedOut;
        lock (this)
        {
            CancellationToken cancellationToken = default;
            if (_wait is { } wait)
                registration = wait.End(out cancellationToken);
            cancelled = Take(State.TokenCancelled);
            timedOut = Take(State.TimedOut);
            if (cancelled)
                failure = new OperationCanceledException(cancellationToken);
            else if (timedOut)
                failure = connection.ReceiveTimedOut(_wait!.Started); // no byte was lost and the connection is whole: the reader may wait again
            else
                TryTake(out result, out failure);
        }

        registration.Unregister();
        if (!cancelled && !timedOut)
            Tell(in result, failure);
        return failure is null ? result : throw failure;
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    // ---- under the lock ----

    private bool IsWatched => connection.Scope is not null;

    private bool Is(State any) => (_state & any) != 0;

    private bool Take(State one)
    {
        bool was = (_state & one) != 0;
        _state &= ~one;
        return was;
    }

    private void ThrowIfCompleted()
    {
        if (Is(State.Completed))
            throw new InvalidOperationException("Nothing can be read after the input was completed.");
    }

    private bool TryTake(out ReadResult result, out Exception? failure)
    {
        failure = null;
        result = default;
        bool over = Is(State.Ended | State.Stopped), cancelled = Take(State.CancelNext);
        if (!cancelled && !Is(State.Lent) && _unread <= _examined)
        {
            // What was received is read first, whatever happened since; an end in order is an end, also of a connection that was given up after it.
            failure = over ? null : connection.FailureAgain();
            if (!over)
                return false;
        }

        _state |= State.ReadOut;
        result = new ReadResult(Unread(), cancelled, over);
        return true;
    }

    private ReadOnlySequence<byte> Unread()
    {
        if (Is(State.Lent))
            return new(connection.Stream.Loop.ReceiveMemory[.._lent]);
        return _head is null ? ReadOnlySequence<byte>.Empty : new(_head, _headStart, _tail!, _tail!.Length);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= Large)
        {
            Link(Keep(bytes.Length));
            return;
        }

        _unread += bytes.Length;
        if (_tail is { Room: > 0 } tail)
            bytes = bytes[tail.Append(bytes)..];
        if (bytes.IsEmpty)
            return;
        // The more waits already, the larger the next block: a message of many receives is few blocks.
        PooledBlock block = PooledBlock.Rent((int)Math.Clamp(2 * _unread, PooledBlock.Small, PauseAt));
        block.Append(bytes);
        _unread -= block.Length;
        Link(block);
    }

    private void Link(PooledBlock block)
    {
        _unread += block.Length;
        if (_tail is null)
            _head = block;
        else
            _tail.Link(block);
        _tail = block;
    }

    private void KeepLent()
    {
        Link(Keep(_lent));
        _examined = 0;
    }

    private PooledBlock Keep(int length) => PooledBlock.Take(connection.Stream.Loop.KeepReceiveMemory(), length, ReceiveBuffers.Return);

    private void AdvanceLent(SequencePosition consumed, SequencePosition examined)
    {
        var lent = new ReadOnlySequence<byte>(connection.Stream.Loop.ReceiveMemory[.._lent]);
        long taken = lent.GetOffset(consumed), seen = Math.Max(taken, lent.GetOffset(examined));
        if (_lent - taken >= Large)
        {
            KeepLent();
            Consume(taken);
        }
        else if (taken < _lent)
        {
            Append(lent.FirstSpan[(int)taken..]);
        }

        _examined = seen - taken;
    }

    private void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (_head is null)
            return; // there was nothing, and any position in it is its only one
        long taken = Offset(consumed), seen = Math.Max(taken, Offset(examined));
        ArgumentOutOfRangeException.ThrowIfNegative(taken, nameof(consumed));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seen, _unread, nameof(examined));
        Consume(taken);
        _examined = seen - taken;
    }

    // Of a result that was lent and whose buffer was kept since, positions are in the bare memory.
    private long Offset(SequencePosition position) => position.GetObject() switch
    {
        PooledBlock block => block.RunningIndex + position.GetInteger() - _head!.RunningIndex - _headStart,
        null => 0,
        _ => new ReadOnlySequence<byte>(_head!.Memory).GetOffset(position) - _headStart,
    };

    private void Consume(long count)
    {
        _unread -= count;
        while (count > 0)
        {
            int here = _head!.Length - _headStart;
            if (count < here)
            {
                _headStart += (int)count;
                return;
            }

            count -= here;
            _head = _head.Return();
            _headStart = 0;
        }

        if (_head is null)
            _tail = null;
    }

    private void Drop()
    {
        PooledBlock.ReturnAll(_head);
        _head = _tail = null;
        _headStart = 0;
        _unread = _examined = 0;
    }

    private void Watch(CancellationToken cancellationToken)
    {
        TimeSpan? limit = connection.Settings.ReceiveTimeout;
        if (!cancellationToken.CanBeCanceled && limit is null)
            return;
        _wait ??= new PendingWait(static reader => ((LoopPipeReader)reader!).GiveUp(State.TimedOut), this);
        _wait.Begin(static reader => ((LoopPipeReader)reader!).GiveUp(State.TokenCancelled), limit, cancellationToken);
    }

    // ---- outside the lock ----

    private void GiveUp(State why)
    {
        lock (this)
        {
            // It may come late, when the read it was for has ended and the next one waits.
            if (!Is(State.Waiting) || (why == State.TokenCancelled ? !_wait!.Token.IsCancellationRequested : !_wait!.HasPassed()))
                return;
            _state = (_state & ~State.Waiting) | why;
        }

        Wake(inline: false);
    }

    // Inline on the loop's thread only, from the loop's own call: nobody's lock is held there, and nobody else's stack is below.
    private void Wake(bool inline)
    {
        _source.RunContinuationsAsynchronously = !inline;
        _source.SetResult(true);
    }

    private void Tell(in ReadResult result, Exception? failure)
    {
        if (result.IsCompleted)
            connection.InputSeen(null);
        else if (failure is IOException)
            connection.InputSeen(failure);
    }
}
