using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.Versioning;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Soket.Linux.Transports.Internal;

/// <summary>
/// The writing half of a connection on a loop. On the loop's thread bytes go straight to the system; from any other they go to the loop in the blocks they were
/// written to. A flush waits while the peer takes nothing, or while much is on its way, which is the backpressure. Completing means flush, then half-close.
/// </summary>
/// <remarks>
/// Cancelling a flush ends the wait only; the bytes stay on their way, in order, as with any pipe. What is flushed is under the lock of this object; nothing is
/// sent, and nothing of the application's is called, under it.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class LoopPipeWriter(LinuxConnection connection) : PipeWriter, IValueTaskSource<FlushResult>
{
    private const int Large = 64 * 1024;
    private const int Ahead = 64 * 1024;    // flushed from another thread and not sent yet: more than this is waited for
    private const int AtOnce = 128 * 1024;  // offered to the system by one call

    private static readonly Action<object?> PushAll = static writer => ((LoopPipeWriter)writer!).Push(closed: false);

    private ManualResetValueTaskSourceCore<bool> _source;
    private PooledBlock? _first;     // the writer's alone: written, not flushed
    private PooledBlock? _last;
    private long _unflushed;
    private PooledBlock? _head;      // under the lock: flushed, not sent
    private PooledBlock? _tail;
    private long _queued;
    private volatile State _state;   // written under the lock
    private PendingWait? _wait;               // made when a flush that waits can be cancelled, or has a time-out
    private TaskCompletionSource? _completion; // made by whoever waits for it

    [Flags]
    private enum State
    {
        Waiting = 1,         // a flush waits
        CancelNext = 2,      // CancelPendingFlush came while none waited
        Cancelled = 4,       // the flush that waited was cancelled by CancelPendingFlush
        TokenCancelled = 8,  // the same by its token
        Posted = 16,         // the loop has been asked to send
        Pushing = 32,        // the loop is sending
        Blocked = 64,        // the loop holds bytes that the peer has no room for
        Completed = 128,     // nothing more is written
        Dropped = 256,       // what is not sent never will be
        Shut = 512,          // the direction is closed, or never will be
    }

    /// <summary>Ends when the direction has been closed.</summary>
    public Task Completion
    {
        get
        {
            lock (this)
            {
                if (Is(State.Shut))
                    return Task.CompletedTask;
                return (_completion ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    // ---- the loop's thread ----

    /// <summary>What the loop held is sent, or the connection is closed.</summary>
    /// <param name="closed">Whether it is closed, and how is known.</param>
    public void Drained(bool closed = false)
    {
        lock (this)
            _state &= ~State.Blocked;
        Push(closed);
    }

    // ---- any thread ----

    /// <summary>The connection has failed or was given up.</summary>
    public void Fail()
    {
        TaskCompletionSource? completion;
        bool wake;
        lock (this)
        {
            _state |= State.Dropped | State.Shut;
            wake = Take(State.Waiting);
            completion = _completion;
        }

        completion?.TrySetResult();
        if (wake)
            Wake(inline: false);
    }

    /// <summary>Drops what is not sent: the peer takes nothing, and this end waits no longer.</summary>
    public void GiveUp() => Fail();

    // ---- the writer ----

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes == 0)
            return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _last?.Room ?? 0);
        _last!.Advance(bytes);
        _unflushed += bytes;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ThrowIfCompleted();
        if (_last is { } last && last.Room >= Math.Max(sizeHint, 1))
            return last.Free;
        PooledBlock block = PooledBlock.Rent(Math.Max(sizeHint, (int)Math.Clamp(2 * _unflushed, PooledBlock.Small, Large)));
        if (_last is null)
            _first = block;
        else
            _last.Link(block);
        _last = block;
        return block.Free;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (connection.Failure is not null)
            return Failed();
        if (!NothingWaits || _unflushed > AtOnce)
            return Enqueue(cancellationToken);
        bool here = connection.Stream.Loop.IsCurrent;
        if (_unflushed == 0)
            return here ? Sent(free: true, cancellationToken) : SentHere();

        PooledBlock first = _first!, last = _last!;
        _first = _last = null;
        _unflushed = 0;
        try
        {
            if (!here)
                return SendHere(new(first, 0, last, last.Length), cancellationToken);
            bool free = first == last ? connection.Stream.Send(first.Memory.Span) : connection.Stream.Send(new ReadOnlySequence<byte>(first, 0, last, last.Length));
            return Sent(free, cancellationToken);
        }
        finally
        {
            PooledBlock.ReturnAll(first);
        }
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (source.Length > AtOnce)
            return WritePiecesAsync(source, cancellationToken);
        if (_unflushed == 0 && !source.IsEmpty && NothingWaits && connection.Failure is null)
            return connection.Stream.Loop.IsCurrent ? Sent(connection.Stream.Send(source.Span), cancellationToken) : SendHere(new(source), cancellationToken);
        Copy(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        bool wake;
        lock (this)
        {
            wake = Take(State.Waiting);
            _state |= wake ? State.Cancelled : State.CancelNext;
        }

        if (wake)
            Wake(inline: false);
    }

    // Runs on the caller's thread as far as it need not wait; whoever disposes of the connection waits for the rest.
    public override void Complete(Exception? exception = null)
    {
        bool begun;
        lock (this)
        {
            begun = !Is(State.Completed);
            _state |= State.Completed;
            if (begun && exception is null)
                Flush();
        }

        if (!begun)
            return;
        if (exception is not null)
            connection.Abort(new ConnectionAbortedException(exception.Message, exception));
        else
            PushFrom(connection.Stream.Loop.IsCurrent);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        return new ValueTask(Completion);
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _source.GetResult(token);
        CancellationTokenRegistration registration = default;
        CancellationToken cancellationToken = default;
        bool cancelled, byToken;
        lock (this)
        {
            if (_wait is { } wait)
                registration = wait.End(out cancellationToken);
            cancelled = Take(State.Cancelled);
            byToken = Take(State.TokenCancelled);
        }

        registration.Unregister();
        if (byToken)
            throw new OperationCanceledException(cancellationToken);
        return cancelled ? new FlushResult(isCanceled: true, isCompleted: false) : Result();
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    // Then nothing can come between: only the writer, who asks, makes the loop send.
    private bool NothingWaits => !Is(State.Blocked | State.Pushing | State.Posted) && Volatile.Read(ref _queued) == 0;

    private bool Is(State any) => (_state & any) != 0;

    private void ThrowIfCompleted()
    {
        if (Is(State.Completed))
            throw new InvalidOperationException("Nothing can be written after the output was completed.");
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = GetSpan();
            int length = Math.Min(room.Length, bytes.Length);
            bytes[..length].CopyTo(room);
            Advance(length);
            bytes = bytes[length..];
        }
    }

    // Much at once is taken piece by piece, as the peer takes it.
    private async ValueTask<FlushResult> WritePiecesAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        FlushResult result;
        do
        {
            ReadOnlyMemory<byte> piece = source[..Math.Min(source.Length, Ahead)];
            source = source[piece.Length..];
            try
            {
                result = await WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Copy(source.Span);
                throw;
            }

            if (result.IsCanceled)
                Copy(source.Span);
        }
        while (!source.IsEmpty && !result.IsCanceled && !result.IsCompleted);
        return result;
    }

    // From another thread, without the loop. What the system does not take follows by way of it.
    private ValueTask<FlushResult> SendHere(in ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        long sent = connection.Stream.SendHere(bytes);
        if (sent == bytes.Length)
            return SentHere();
        if (sent < 0)
            return FailedHere((int)-sent, cancellationToken);
        foreach (ReadOnlyMemory<byte> rest in bytes.Slice(sent))
            Copy(rest.Span);
        return Enqueue(cancellationToken);
    }

    private ValueTask<FlushResult> SentHere()
    {
        if (connection.Failure is not null)
            return Failed();
        if (!Is(State.CancelNext))
            return default;
        lock (this)
            return new(new FlushResult(isCanceled: Take(State.CancelNext), isCompleted: false));
    }

    // The loop tells the end, and whoever is on it waits for that.
    private ValueTask<FlushResult> FailedHere(int errno, CancellationToken cancellationToken)
    {
        bool waits;
        short version;
        lock (this)
        {
            _state |= State.Blocked;
            waits = Wait(cancellationToken, out version);
        }

        if (!connection.Stream.Loop.PostTo(static state =>
        {
            (LoopPipeWriter writer, int errno) = ((LoopPipeWriter, int))state!;
            writer.SendFailed(errno);
        }, (this, errno)))
            Fail();
        return waits ? new(this, version) : Failed();
    }

    // Loop's thread.
    private void SendFailed(int errno)
    {
        connection.Stream.SendFailed(errno);
        if (connection.Stream.IsClosed && connection.Failure is null)
            Drained(closed: true);
    }

    // What was handed to the system on this very call.
    private ValueTask<FlushResult> Sent(bool free, CancellationToken cancellationToken)
    {
        if (connection.Failure is not null)
            return Failed();
        // This very call has found the end: the loop tells it once it has its thread back, and so whoever is on it must leave it.
        bool ended = connection.Stream.IsClosed;
        if (free && !ended && !Is(State.CancelNext))
            return default;
        bool waits;
        short version;
        lock (this)
        {
            if (ended || (!free && connection.Stream.IsBlocked))
                _state |= State.Blocked;
            if (Take(State.CancelNext))
                return new(new FlushResult(isCanceled: true, isCompleted: false));
            waits = Wait(cancellationToken, out version);
        }

        return waits ? new(this, version) : default;
    }

    private ValueTask<FlushResult> Enqueue(CancellationToken cancellationToken)
    {
        bool cancelled, waits, push, here = connection.Stream.Loop.IsCurrent;
        short version = 0;
        lock (this)
        {
            Flush();
            cancelled = Take(State.CancelNext);
            // Somebody who watches sees a send before anything that its writer does next.
            int ahead = here || connection.Scope is not null ? 0 : Ahead;
            waits = !cancelled && (Is(State.Blocked) || _queued > ahead) && Wait(cancellationToken, out version);
            push = _queued > 0 && !Is(State.Posted | State.Blocked | State.Pushing);
            if (push && !here)
                _state |= State.Posted;
        }

        if (push)
            PushFrom(here);
        if (cancelled)
            return new(new FlushResult(isCanceled: true, isCompleted: false));
        return waits ? new(this, version) : default;
    }

    private void PushFrom(bool here)
    {
        if (here)
            Push(closed: false);
        else if (!connection.Stream.Loop.PostTo(PushAll, this))
            Fail(); // the loops have ended, and with them the connection
    }

    // Sends what is flushed, as far as the peer takes it. Loop's thread.
    private void Push(bool closed)
    {
        while (Next(out ReadOnlySequence<byte> bytes))
        {
            bool free = connection.Stream.Send(bytes);
            lock (this)
            {
                _state &= ~State.Pushing;
                Taken(bytes.Length);
                if (!free && connection.Stream.IsBlocked)
                    _state |= State.Blocked;
            }
        }

        bool wake, shut;
        TaskCompletionSource? completion = null;
        lock (this)
        {
            // The end was found by sending, and is told when the loop has its thread back: nobody shall take it for bytes that went out.
            if (!closed && connection.Stream.IsClosed && connection.Failure is null)
                _state |= State.Blocked;
            bool idle = _queued == 0 && !Is(State.Blocked | State.Pushing);
            wake = idle && Take(State.Waiting);
            shut = idle && Is(State.Completed) && !Is(State.Shut);
            if (shut)
            {
                _state |= State.Shut;
                completion = _completion;
            }
        }

        if (shut)
            connection.HalfClose();
        completion?.TrySetResult();
        if (wake)
            Wake(connection.Settings.InlineScheduling);
    }

    // ---- the loop's thread, under the lock or taking it ----

    private bool Next(out ReadOnlySequence<byte> bytes)
    {
        bytes = default;
        lock (this)
        {
            _state &= ~State.Posted;
            if (Is(State.Pushing))
                return false;
            if (Is(State.Dropped))
            {
                PooledBlock.ReturnAll(_head);
                _head = _tail = null;
                _queued = 0;
            }

            if (_queued == 0 || Is(State.Blocked))
                return false;
            _state |= State.Pushing;
            PooledBlock end = _head!;
            long length = end.Length;
            while (length < AtOnce && end != _tail)
            {
                end = end.Following!;
                length += end.Length;
            }

            bytes = new(_head!, 0, end, end.Length);
            return true;
        }
    }

    private void Taken(long count)
    {
        _queued -= count;
        while (count > 0)
        {
            Debug.Assert(count >= _head!.Length, "Blocks are handed over whole.");
            count -= _head.Length;
            _head = _head.Return();
        }

        if (_head is null)
            _tail = null;
    }

    // ---- under the lock ----

    private bool Take(State one)
    {
        bool was = (_state & one) != 0;
        _state &= ~one;
        return was;
    }

    // What is written joins what is on its way.
    private void Flush()
    {
        if (_first is null)
            return;
        if (_unflushed == 0)
        {
            PooledBlock.ReturnAll(_first); // room was asked for and not used
        }
        else
        {
            if (_tail is null)
                _head = _first;
            else
                _tail.Link(_first);
            _tail = _last;
            _queued += _unflushed;
        }

        _first = _last = null;
        _unflushed = 0;
    }

    private bool Wait(CancellationToken cancellationToken, out short version)
    {
        version = 0;
        if (Is(State.Waiting))
            throw new InvalidOperationException("A flush is waiting already.");
        if (Is(State.Dropped) || (!Is(State.Blocked) && _queued == 0))
            return false;
        _source.Reset();
        version = _source.Version;
        _state |= State.Waiting;
        TimeSpan? limit = connection.Settings.SendTimeout;
        if (cancellationToken.CanBeCanceled || limit is not null)
        {
            _wait ??= new PendingWait(static writer => ((LoopPipeWriter)writer!).TimeOut(), this);
            _wait.Begin(static writer => ((LoopPipeWriter)writer!).CancelByToken(), limit, cancellationToken);
        }

        return true;
    }

    // ---- outside the lock ----

    private void CancelByToken()
    {
        lock (this)
        {
            if (!_wait!.Token.IsCancellationRequested || !Take(State.Waiting))
                return;
            _state |= State.TokenCancelled;
        }

        Wake(inline: false);
    }

    private void TimeOut()
    {
        lock (this)
        {
            if (!Is(State.Waiting) || !_wait!.HasPassed())
                return;
        }

        connection.SendTimedOut(_wait.Started);
    }

    private void Wake(bool inline)
    {
        _source.RunContinuationsAsynchronously = !inline;
        _source.SetResult(true);
    }

    private FlushResult Result()
    {
        if (connection.FailureAgain() is not { } failure)
            return Is(State.Dropped) ? throw new ConnectionAbortedException("The connection was closed by this end before all was sent.") : default;
        if (connection.Settings.ForKestrel)
            return new FlushResult(isCanceled: false, isCompleted: true);
        if (failure is IOException)
            connection.InputSeen(failure);
        throw failure;
    }

    private ValueTask<FlushResult> Failed()
    {
        PooledBlock.ReturnAll(_first); // nobody will have them
        _first = _last = null;
        _unflushed = 0;
        try
        {
            return new(Result());
        }
        catch (Exception e)
        {
            return ValueTask.FromException<FlushResult>(e);
        }
    }
}
