using System.Buffers;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Hosting;
using Soket.Services;

namespace Soket.Linux.Engine.Messages;

/// <summary>
/// One connection of a message service, answered where its bytes come: from the loop's receive buffer, through the lane's, into one send(2). What it needs beyond
/// its socket is these few fields; thousands of idle ones cost little more than their place in the kernel.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class MessageConversation(MessageLane any) : LoopStream, IMessageStream
{
    private const long NanosecondsInMillisecond = 1_000_000;

    private MessageLane _lane = any; // the one of its loop once it is opened
    private HeldBytes? _held;        // null while nothing waits
    private long _count;             // messages so far; when it is finishing, bytes thrown away
    private uint _moved;             // milliseconds, wrapping: when it last moved a byte; kept only where idle connections are ended
    private State _state;

    [Flags]
    private enum State : ushort
    {
        None = 0,
        Entered = 1,    // it has a place
        Begun = 2,      // its first bytes were looked at
        Paused = 4,     // it receives nothing for now
        Ended = 8,      // nothing more will be received: what is held is answered, then it is closed
        Finishing = 16, // the service has finished before the peer: what still comes is thrown away for a while
        Requested = 32, // this end asked for the end
        Aborted = 64,   // this end gave it up
        Closed = 128,   // told to close; its timer is not ours any more
        Completes = 256, // before that end the message that has begun may be completed
    }

    /// <summary>The lane it is on; null when it was not let in.</summary>
    internal MessageLane? Lane => Is(State.Entered) ? _lane : null;

    /// <summary>Answers what was received whole, and ends in order; a drain waits for the message that has begun.</summary>
    /// <param name="reason">Why, as a stable key for the event stream.</param>
    internal void RequestClose(string reason)
    {
        if (Is(State.Requested) || Is(State.Closed) || IsClosed)
            return;
        _state |= reason == "drain" ? State.Requested | State.Completes : State.Requested;
        Scope?.Note(reason);
        if (IsBlocked)
            return; // goes on when the peer has taken what waits
        if (Is(State.Finishing))
            End();
        else
            AnswerAll(_held?.Bytes ?? default, ended: false); // what is cut off by this end is no message
    }

    /// <summary>Gives it up with a reset.</summary>
    internal void GiveUp()
    {
        _state |= State.Aborted;
        Abort();
    }

    /// <inheritdoc/>
    protected internal override void OnOpened()
    {
        _lane = _lane.Listener.LaneOf(Loop);
        MessageHost host = _lane.Host;
        if (!host.TryEnter(this, host.AsksPeer ? RemoteEndPoint : null))
        {
            Abort();
            return;
        }

        _state |= State.Entered;
        _lane.Listener.Entered();
        if (_lane.WatchesIdle)
        {
            Moved();
            SetTimeout(host.IdleTimeout);
        }

        if (host.IsStopping)
            RequestClose("drain");
    }

    /// <inheritdoc/>
    protected internal override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        Moved();
        if (Is(State.Finishing))
        {
            Discard(bytes.Length);
            return;
        }

        StreamMessages messages = _lane.Messages;
        if (!Is(State.Begun))
        {
            _state |= State.Begun;
            if (StreamMessages.IsTls(bytes) && messages.TellTls(this))
            {
                Finish();
                return;
            }
        }

        if (messages.EchoesBytes)
        {
            Echo(bytes);
        }
        else if (_held is null)
        {
            AnswerAll(new ReadOnlySequence<byte>(Loop.ReceiveMemory[..bytes.Length]), ended: false);
        }
        else
        {
            _held.Append(bytes);
            AnswerAll(_held.Bytes, ended: false);
        }
    }

    /// <inheritdoc/>
    protected internal override void OnEnd()
    {
        if (Is(State.Finishing))
            End();
        else
            AnswerAll(_held?.Bytes ?? default, ended: true);
    }

    /// <inheritdoc/>
    protected internal override void OnDrained()
    {
        Moved();
        if (Is(State.Closed))
            return;
        if (Is(State.Finishing))
            Linger();
        else
            AnswerAll(_held?.Bytes ?? default, Is(State.Ended));
    }

    /// <inheritdoc/>
    protected internal override void OnTimeout()
    {
        if (Is(State.Closed))
            return;
        if (Is(State.Finishing) && !IsBlocked)
        {
            End();
            return;
        }

        // A peer that reads slowly moves bytes without a call of ours.
        if (IsBlocked && BytesSent != Hold().SentSeen)
        {
            _held!.SentSeen = BytesSent;
            Moved();
        }

        TimeSpan limit = _lane.Host.IdleTimeout;
        TimeSpan idle = TimeSpan.FromMilliseconds(Now() - _moved);
        if (idle < limit)
            SetTimeout(limit - idle);
        else if (Is(State.Requested))
            GiveUp();
        else
            RequestClose("idle-timeout");
        if (idle >= limit && IsBlocked && !IsClosed)
            SetTimeout(limit); // the end was asked for, and has to wait for a peer that takes nothing
    }

    /// <inheritdoc/>
    protected internal override void OnClosed(SocketFailure? failure)
    {
        _state |= State.Closed;
        if (!Is(State.Entered))
            return; // not let in
        Exception? fault = _held?.Fault;
        Release();
        MessageHost host = _lane.Host;
        _lane.Listener.Left();
        if (fault is not null)
            host.TellServiceFailed(fault, this);
        host.Leave(host.AsksPeer ? RemoteEndPoint : null, failed: fault is not null || (failure is not null && !Is(State.Aborted)));
    }

    private bool Is(State state) => (_state & state) != 0;

    private uint Now() => (uint)(Loop.Now / NanosecondsInMillisecond);

    private void Moved()
    {
        if (_lane.WatchesIdle)
            _moved = Now();
    }

    // What one receive brought goes back with one send, without being copied or looked at.
    private void Echo(ReadOnlySpan<byte> bytes)
    {
        _lane.Count(_lane.Messages.CountEcho(bytes.Length, ref _count), bytes.Length, bytes.Length);
        if (!Send(bytes))
            Pause();
    }

    private void AnswerAll(ReadOnlySequence<byte> buffer, bool ended)
    {
        MessageLane lane = _lane;
        bool more, open, free = true;
        do
        {
            try
            {
                (more, open) = lane.Messages.AnswerBatch(this, ref buffer, ended, lane.Output, ref lane.Room, ref _count);
            }
            catch (Exception e)
            {
                Break(e);
                return;
            }

            if (!TryHold(buffer.Length + lane.Output.Pending))
            {
                lane.Sent();
                GiveUp();
                return;
            }

            if (lane.Output.Pending > 0)
            {
                free = Send(lane.Output.Written.Span);
                lane.Sent();
                if (Is(State.Closed) || IsClosed)
                    return; // the peer has reset it
                if (free)
                    TryHold(buffer.Length); // what was sent is not held
            }
        }
        while (more && open && free);

        if (!open)
        {
            Finish();
            return;
        }

        bool whole = buffer.IsEmpty;
        Keep(buffer);
        if (!free)
        {
            _state |= ended ? State.Ended : State.None;
            Pause();
        }
        else if (ended || (Is(State.Requested) && (whole || !Is(State.Completes))))
        {
            End();
        }
        else
        {
            Resume();
        }
    }

    // What was answered before the service threw is sent all the same.
    private void Break(Exception e)
    {
        Hold().Fault = e;
        if (_lane.Output.Pending > 0)
            Send(_lane.Output.Written.Span);
        _lane.Sent();
        if (!IsClosed)
            End();
    }

    private void End()
    {
        if (Is(State.Closed) || IsClosed)
            return;
        _state |= State.Closed;
        Close();
    }

    // As LingeringClose: closing with bytes unread, or with more on their way, would be a reset that overtakes what was said last.
    private void Finish()
    {
        _state |= State.Finishing;
        Release();
        ShutdownSend();
        if (IsClosed)
            return;
        if (IsBlocked)
            Pause();
        else
            Linger();
    }

    private void Linger()
    {
        if (Is(State.Requested))
        {
            End();
            return;
        }

        _count = 0;
        Resume();
        SetTimeout(LingeringClose.Limit);
    }

    private void Discard(int length)
    {
        _count += length;
        if (_count >= LingeringClose.MostBytes)
            End();
    }

    private void Pause()
    {
        if (Is(State.Paused) || IsClosed)
            return;
        _state |= State.Paused;
        PauseReceiving();
    }

    private void Resume()
    {
        if (!Is(State.Paused) || IsClosed)
            return;
        _state &= ~State.Paused;
        ResumeReceiving();
    }

    private HeldBytes Hold() => _held ??= _lane.Hold();

    private bool TryHold(long bytes) =>
        (bytes <= StreamMessages.FreeShare && _held is null or { Told: 0 }) || _lane.Messages.TryHold(this, ref Hold().Told, bytes);

    private void Keep(in ReadOnlySequence<byte> rest)
    {
        if (_held is { Bytes.IsEmpty: false } held)
            held.KeepLast((int)rest.Length);
        else if (!rest.IsEmpty)
            Hold().Append(rest);
        if (rest.IsEmpty && _held is { Told: 0 })
            Release();
    }

    private void Release()
    {
        if (_held is not { } held)
            return;
        _lane.Messages.TryHold(this, ref held.Told, 0);
        _held = null;
        _lane.Release(held);
    }
}
