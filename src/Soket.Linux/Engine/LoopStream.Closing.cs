using System.Buffers;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

public abstract unsafe partial class LoopStream
{
    private const long Quiet = 200_000_000; // nanoseconds: a peer that sends nothing for so long has no more on its way

    /// <summary>
    /// Closes in order: what waits is sent, then a FIN, and what the peer still sends is read and thrown away for a while, so that no reset overtakes what was sent
    /// last (RFC 9112 9.6). All of it is bounded by <see cref="Soket.Transports.ManagedTransportOptions.CloseTimeout"/>. Nothing is delivered from now on; <see cref="OnClosed"/> follows.
    /// </summary>
    /// <param name="reason">Why, as a stable key for the event stream (<c>idle-timeout</c>, <c>drain</c>); empty when there is nothing to say.</param>
    public void Close(string reason = "")
    {
        if (!Loop.IsCurrent || Volatile.Read(ref _foreign) != 0)
        {
            (LoopStream Stream, string Reason) asked = (this, reason);
            Loop.PostTo(static state =>
            {
                (LoopStream stream, string why) = ((LoopStream, string))state!;
                stream.CloseFor(why);
            }, asked);
        }
        else
        {
            CloseFor(reason);
        }
    }

    /// <summary>Gives the connection up with a reset (RST): what waits, here or in the system, is lost. <see cref="OnClosed"/> follows with the reason.</summary>
    /// <param name="reason">Why, for <see cref="OnClosed"/>; null when it was simply given up.</param>
    public void Abort(SocketFailure? reason = null)
    {
        if (!Loop.IsCurrent)
        {
            (LoopStream Stream, SocketFailure? Reason) asked = (this, reason);
            Loop.PostTo(static state =>
            {
                (LoopStream stream, SocketFailure? why) = ((LoopStream, SocketFailure?))state!;
                stream.Abort(why);
            }, asked);
            return;
        }

        if ((_flags & (StreamFlags.Dead | StreamFlags.Closed)) != 0)
            return;
        _flags |= StreamFlags.Resets;
        Die(reason ?? new SocketFailure(SocketCall.Abort, SystemError.Own("SOKET_ABORTED", "The connection was aborted by this end."), Context(0)));
    }

    /// <summary>A close that had to leave the loop has ended.</summary>
    internal void ClosedElsewhere(long started)
    {
        _scope?.Called(SocketCall.Close, started);
        TellClosed();
    }

    private void CloseFor(string reason)
    {
        if ((_flags & (StreamFlags.Closing | StreamFlags.Dead | StreamFlags.Closed)) != 0)
            return;
        if (reason.Length > 0)
            _scope?.Note(reason);
        StartClose();
    }

    private void StartClose()
    {
        if ((_flags & (StreamFlags.Closing | StreamFlags.Dead | StreamFlags.Closed)) != 0)
            return;
        if (Slot >= 0)
            Loop.Timers.Clear(Slot); // from now on the timer is the closing's
        Change(StreamFlags.Closing, set: true);
    }

    // One step further, as far as it goes. True: nothing is left but to close the descriptor.
    private bool CloseOn()
    {
        if ((_flags & StreamFlags.Connecting) != 0)
        {
            _scope?.Called(SocketCall.Close, SocketScope.Now, "given-up");
            _flags |= StreamFlags.EndTold;
            return true;
        }

        if (_spill is not null)
        {
            WaitForSending();
            return false;
        }

        if ((_flags & StreamFlags.Lingering) != 0)
            return (_flags & StreamFlags.Lingered) != 0;

        // close(2) sends the FIN as well; shutdown(2) first is for those who look on, and for what must be read before.
        bool unread = (_flags & StreamFlags.InputEnded) == 0 && _sent > 0 && Loop.Kernel.Unread(Descriptor) > 0;
        if ((_flags & StreamFlags.OutputEnded) == 0 && (unread || _scope is not null))
            HalfClose();
        return !unread || !StartLingering();
    }

    // Time runs as long as the peer takes nothing.
    private void WaitForSending()
    {
        EventLoop loop = Loop;
        ref LoopSlot slot = ref loop.Slots[Slot];
        if (slot.Due != 0)
            return;
        Extras.SentBefore = _sent;
        loop.Timers.Set(Slot, loop.Now, loop.Now + _settings!.CloseTimeout);
    }

    private void HalfClose()
    {
        _flags |= StreamFlags.OutputEnded;
        if (_scope is not { } scope)
        {
            _ = Loop.Kernel.ShutdownSend(Descriptor); // ENOTCONN: the peer's reset came first; receiving tells it
            return;
        }

        lock (scope.Order)
        {
            if (scope.Transport == "tcp" && PeerHasEnded())
                scope.PeerEnded();
            long started = SocketScope.Now;
            int result = Loop.Kernel.ShutdownSend(Descriptor);
            if (result < 0)
                scope.Failed(SocketCall.Shutdown, started, LoopFailure.Of(SocketCall.Shutdown, -result, Context(started)));
            else
                scope.Called(SocketCall.Shutdown, started, "half-close");
        }
    }

    // A FIN behind bytes that nobody has read yet is known to the system only (tcp(7), TCP_INFO: the first byte is the state).
    private bool PeerHasEnded()
    {
        byte* info = stackalloc byte[8];
        int length = 8;
        return Loop.Kernel.GetOption(Descriptor, LibC.Tcp, LibC.TcpInfo, info, &length) == 0 && info[0] == LibC.CloseWait;
    }

    private bool StartLingering()
    {
        EventLoop loop = Loop;
        if (_settings!.CloseTimeout <= 0)
            return false;
        _scope?.Note("lingering-close");
        _flags |= StreamFlags.Lingering;
        Extras.Waiting = SocketScope.Now;
        Extras.LingersUntil = loop.Now + _settings.CloseTimeout;
        loop.Timers.Set(Slot, loop.Now, loop.Now + Math.Min(Quiet, _settings.CloseTimeout));
        return true;
    }

    // Nobody will read it; told as what it is.
    private void Discard()
    {
        EventLoop loop = Loop;
        nint received = loop.Kernel.Receive(Descriptor, loop.Buffer, EventLoop.BufferSize);
        if (received is -LoopKernel.Again or -LoopKernel.Interrupted)
            return;
        if (received >= 0)
        {
            _received += received;
            _scope?.Streamed(SocketCall.Receive, Extras.Waiting, EventLoop.BufferSize, new ReadOnlySequence<byte>(loop.ReceiveMemory[..(int)received]), received == 0 ? null : "discarded");
            Extras.Waiting = SocketScope.Now;
        }

        // The end, or a reset: nothing is unread now, so closing sends no reset.
        long now = loop.Now;
        if (received <= 0 || now >= Extras.LingersUntil)
            Change(StreamFlags.Lingered, set: true);
        else
            loop.Timers.Set(Slot, now, Math.Min(now + Quiet, Extras.LingersUntil));
    }

    private void ClosingTimer()
    {
        if ((_flags & StreamFlags.Lingering) != 0)
        {
            Change(StreamFlags.Lingered, set: true);
        }
        else if (_sent != Extras.SentBefore)
        {
            WaitForSending(); // it does take bytes, if slowly
        }
        else
        {
            _scope?.Note("unsent-dropped");
            DropSpill();
            Unsettle();
        }
    }

    // Closes the descriptor, and tells whoever made this stream.
    private void Release()
    {
        ShutGate();
        EventLoop loop = Loop;
        int descriptor = Descriptor;
        _flags |= StreamFlags.Closed;
        _flags &= ~(StreamFlags.Watched | StreamFlags.WatchedIn | StreamFlags.WatchedOut);
        Descriptor = -1;
        DropSpill();
        if (Slot >= 0)
        {
            loop.Timers.Remove(Slot);
            loop.Slots.Free(this);
        }

        if (descriptor >= 0)
        {
            long started = _scope is null ? 0 : SocketScope.Now;
            if (_settings is { Lingers: true } && (_flags & StreamFlags.Dead) == 0)
            {
                CloseElsewhere(descriptor);
                return;
            }

            if ((_flags & StreamFlags.Resets) != 0)
                CloseWithReset(loop.Kernel, descriptor);
            else
                _ = loop.Kernel.Close(descriptor);
            loop.Group.DescriptorFreed();
            if ((_flags & StreamFlags.EndTold) != 0)
                started = 0;
            else if ((_flags & StreamFlags.Resets) != 0)
                _scope?.Called(SocketCall.Abort, started, "abort");
            else
                _scope?.Called(SocketCall.Close, started);
        }

        TellClosed();
    }

    // SO_LINGER blocks even a non-blocking socket.
    private void CloseElsewhere(int descriptor) => ThreadPool.UnsafeQueueUserWorkItem(static work =>
    {
        long started = SocketScope.Now;
        EventLoop loop = work.Stream.Loop;
        _ = loop.Kernel.Close(work.Descriptor);
        loop.Group.DescriptorFreed();
        if (!loop.PostTo(static state =>
        {
            (LoopStream stream, long began) = ((LoopStream, long))state!;
            stream.ClosedElsewhere(began);
        }, (work.Stream, started)))
            work.Stream.ClosedElsewhere(started);
    }, (Stream: this, Descriptor: descriptor), preferLocal: false);

    private static void CloseWithReset(LoopKernel kernel, int descriptor)
    {
        long now = 1; // struct linger { l_onoff = 1, l_linger = 0 }, little-endian as all of Linux .NET runs on: close(2) then sends RST instead of FIN
        _ = kernel.SetOption(descriptor, LibC.SocketLevel, LibC.Linger, (byte*)&now, sizeof(long));
        _ = kernel.Close(descriptor);
    }

    private void TellClosed()
    {
        try
        {
            OnClosed(_extras?.Failure);
        }
        catch (Exception e)
        {
            Loop.Group.Failed(e);
            _scope?.Note("callback-failed", e.Message);
        }
    }
}
