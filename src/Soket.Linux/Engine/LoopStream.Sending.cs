using System.Buffers;
using System.Runtime.CompilerServices;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Engine.Splicing;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

public abstract unsafe partial class LoopStream
{
    // How much of another thread's bytes may wait for the loop before that thread is told to wait: a loop that runs takes it within a turn.
    private const int EnoughForeign = 64 * 1024;

    // Pieces by one call; more go by the next.
    private const int MostPieces = 16;

    /// <summary>
    /// Sends: straight to the system what it takes; the rest is copied and follows by itself. Bytes are always taken whole and in order. False: the peer (or, for
    /// another thread, the loop) is slower than this end; send no more until <see cref="OnDrained"/>. What is sent all the same waits too, and grows the memory it
    /// waits in.
    /// </summary>
    public bool Send(ReadOnlySpan<byte> bytes)
    {
        EventLoop loop = Loop;
        if (!loop.IsCurrent || Volatile.Read(ref _foreign) != 0)
            return SendLater(bytes);
        return SendNow(bytes);
    }

    /// <summary>Sends several pieces by one call, sendmsg(2); otherwise as <see cref="Send(ReadOnlySpan{byte})"/>.</summary>
    public bool Send(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
            return Send(bytes.FirstSpan);
        if (Loop.IsCurrent && Volatile.Read(ref _foreign) == 0 && _spill is null && (_flags & (StreamFlags.NoSending | StreamFlags.Connecting)) == 0)
            return SendPieces(bytes);
        bool free = true;
        foreach (ReadOnlyMemory<byte> piece in bytes)
            free &= Send(piece.Span);
        return free;
    }

    /// <summary>Half-closes, shutdown(2), once what waits is sent. Receiving goes on.</summary>
    public void ShutdownSend()
    {
        if (!Loop.IsCurrent || Volatile.Read(ref _foreign) != 0)
            Loop.PostTo(static stream => ((LoopStream)stream!).StartShutdown(), this);
        else
            StartShutdown();
    }

    /// <summary>Whether bytes may go straight to its socket: none are waiting, here or on their way from another thread.</summary>
    internal bool TakesSplices => _spill is null && Volatile.Read(ref _foreign) == 0 && Descriptor >= 0 && (_flags & (StreamFlags.NoSending | StreamFlags.Connecting)) == 0;

    /// <summary>Where what comes goes while nobody looks at it; null for nearly all streams. Loop's thread only.</summary>
    internal SpliceLane? Outwards
    {
        get => _extras?.Outwards;
        set => Extras.Outwards = value;
    }

    /// <summary>Who sends to it so; null for nearly all streams. Loop's thread only.</summary>
    internal SpliceLane? Inwards
    {
        get => _extras?.Inwards;
        set => Extras.Inwards = value;
    }

    /// <summary>Bytes have left or reached its socket inside the kernel.</summary>
    internal void Spliced(SocketCall call, long started, long requested, long count)
    {
        if (call == SocketCall.Send)
            _sent += count;
        else
            _received += count;
        _scope?.Spliced(call, started, requested, count);
    }

    /// <summary>splice(2) has said what the socket's next call would have said, and will not say any more.</summary>
    internal void SpliceFailed(SocketCall call, int errno, long started) => Failed(call, errno, started);

    /// <summary>Bytes of another thread have reached the loop.</summary>
    internal void SendPosted(byte[] buffer, int length, bool waits)
    {
        Interlocked.Add(ref _foreign, -length);
        bool free = SendNow(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        if (waits && free && !IsClosed)
            Call(static stream => stream.OnDrained()); // its sender was told to wait, and need not
    }

    private void StartShutdown()
    {
        if ((_flags & StreamFlags.NoSending) == 0)
            Change(StreamFlags.ShutdownAsked, set: true);
    }

    // From another thread, or behind what another thread has sent: in order, by way of the loop's queue.
    private bool SendLater(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || IsClosed)
            return true;
        byte[] copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        bool waits = Interlocked.Add(ref _foreign, bytes.Length) > EnoughForeign || IsBlocked;
        if (Loop.PostSend(this, copy, bytes.Length, waits))
            return !waits;
        ArrayPool<byte>.Shared.Return(copy);
        return true; // the loop has ended, and the connection with it
    }

    private bool SendNow(ReadOnlySpan<byte> bytes)
    {
        if (_spill is null && (_flags & (StreamFlags.NoSending | StreamFlags.Connecting)) == 0)
        {
            nint sent = _scope is null ? SendTo(bytes) : SendAndTell(_scope, bytes);
            if (sent == bytes.Length)
            {
                _sent += sent;
                return true;
            }

            if (!Took(sent, 0))
                return true;
            bytes = bytes[(int)Math.Max(0, sent)..];
        }

        return Keep(bytes);
    }

    private bool SendPieces(in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            nint offered = 0;
            nint sent = _scope is null ? SendPieces(rest, out offered) : SendAndTell(_scope, rest, out offered);
            if (!Took(sent, 0))
                return true;
            rest = rest.Slice(Math.Max(0, sent));
            if (sent < offered)
                break;
        }

        foreach (ReadOnlyMemory<byte> piece in rest)
            Keep(piece.Span);
        return rest.IsEmpty;
    }

    // Whether the connection goes on; bytes taken are counted.
    private bool Took(nint sent, long started)
    {
        if (sent >= 0)
        {
            _sent += sent;
            return true;
        }

        // Short of memory is not for ever: tried again when epoll says there is room.
        if (sent is -LoopKernel.Again or -LoopKernel.Interrupted or -LoopKernel.NoBuffers or -LoopKernel.NoMemory)
            return true;
        Failed(SocketCall.Send, (int)-sent, started);
        return false;
    }

    private bool Keep(ReadOnlySpan<byte> bytes)
    {
        if ((_flags & StreamFlags.NoSending) != 0)
            return true;
        if (bytes.IsEmpty)
            return _spill is null;
        if (_spill is null)
        {
            Volatile.Write(ref _spill, Loop.RentSpill());
            Unsettle();
        }

        _spill.Add(bytes);
        return false;
    }

    // There is room again.
    private void Flush()
    {
        Spill spill = _spill!;
        nint sent = _scope is null ? SendTo(spill.Bytes) : SendAndTell(_scope, spill.Bytes);
        if (!Took(sent, 0) || sent <= 0)
            return;
        spill.Take((int)sent);
        if (spill.Length > 0)
            return;
        DropSpill();
        Unsettle();
        if ((_flags & (StreamFlags.Closing | StreamFlags.Dead)) == 0)
            Call(static stream => stream.OnDrained());
    }

    private void DropSpill()
    {
        if (_spill is not { } spill)
            return;
        Volatile.Write(ref _spill, null);
        Loop.ReturnSpill(spill);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint SendTo(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return Loop.Kernel.Send(Descriptor, start, bytes.Length);
    }

    // Told before its effects can be: the peer's receive, in the same process.
    private nint SendAndTell(SocketScope scope, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            lock (scope.Order)
            {
                long started = SocketScope.Now;
                nint sent = Loop.Kernel.Send(Descriptor, start, bytes.Length);
                if (sent >= 0)
                    scope.Streamed(SocketCall.Send, started, bytes.Length, new ReadOnlySequence<byte>(Loop.Lend(start, (int)sent)));
                return sent;
            }
        }
    }

    private nint SendAndTell(SocketScope scope, in ReadOnlySequence<byte> bytes, out nint offered)
    {
        lock (scope.Order)
        {
            long started = SocketScope.Now;
            nint sent = SendPieces(bytes, out offered);
            if (sent >= 0)
                scope.Streamed(SocketCall.Send, started, offered, bytes.Slice(0, sent));
            return sent;
        }
    }

    private nint SendPieces(in ReadOnlySequence<byte> bytes, out nint offered)
    {
        LibC.Piece* pieces = stackalloc LibC.Piece[MostPieces];
        Pins pins = default;
        int count = 0;
        offered = 0;
        try
        {
            foreach (ReadOnlyMemory<byte> piece in bytes)
            {
                if (piece.IsEmpty)
                    continue;
                if (count == MostPieces)
                    break;
                pins[count] = piece.Pin();
                pieces[count] = new() { Bytes = (byte*)pins[count].Pointer, Length = piece.Length };
                offered += piece.Length;
                count++;
            }

            return Loop.Kernel.Send(Descriptor, pieces, count);
        }
        finally
        {
            for (int i = 0; i < count; i++)
                pins[i].Dispose();
        }
    }

    [InlineArray(MostPieces)]
    private struct Pins
    {
        private MemoryHandle _first;
    }
}
