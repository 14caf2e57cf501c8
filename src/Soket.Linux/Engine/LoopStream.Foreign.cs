using System.Buffers;
using Soket.Events;

namespace Soket.Linux.Engine;

/// <content>Sending from another thread without the loop: one system call instead of two threads that wake each other.</content>
public abstract unsafe partial class LoopStream
{
    private const int SenderInside = 1;
    private const int Gone = 2;

    private int _gate; // any thread, atomically: whether another thread is at the descriptor, and whether that is to be closed
    private int _met;  // written inside the gate: the errno that another thread's send has met

    /// <summary>
    /// Sends at once, from a thread that is not the loop's, what the system takes. One thread at a time, and only while nothing it sent before is on its way by the loop.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Bytes taken, 0 also where the loop has to do it; or the error as a negative errno, to be given to <see cref="SendFailed"/> on the loop.</returns>
    internal long SendHere(in ReadOnlySequence<byte> bytes)
    {
        if (Loop.IsCrowded || Interlocked.CompareExchange(ref _gate, SenderInside, 0) != 0)
            return 0;
        try
        {
            long sent = IsBlocked || (_flags & (StreamFlags.NoSending | StreamFlags.Connecting)) != 0 ? 0 : SendInside(bytes);
            if (sent < 0)
                _met = (int)-sent;
            return sent;
        }
        finally
        {
            Interlocked.And(ref _gate, ~SenderInside);
        }
    }

    /// <summary>What <see cref="SendHere"/> has found. Loop's thread.</summary>
    internal void SendFailed(int errno)
    {
        if (!IsClosed)
            Failed(Explain.SocketCall.Send, errno, 0);
    }

    private long SendInside(in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte> rest = bytes;
        long taken = 0;
        while (!rest.IsEmpty)
        {
            nint offered = (nint)rest.Length;
            nint sent = _scope is { } scope ? SendAndTell(scope, rest, out offered) : rest.IsSingleSegment ? SendTo(rest.FirstSpan) : SendPieces(rest, out offered);
            if (sent is -LoopKernel.Again or -LoopKernel.Interrupted or -LoopKernel.NoBuffers or -LoopKernel.NoMemory)
                break; // the loop tries again when there is room
            if (sent < 0)
                return sent;
            taken += sent;
            _sent += sent;
            if (sent < offered)
                break;
            rest = rest.Slice(sent);
        }

        return taken;
    }

    // From now on nobody but the loop is at the descriptor. Whoever still is comes out of a call that does not block.
    private void ShutGate()
    {
        Interlocked.Or(ref _gate, Gone);
        AwaitSender();
    }

    // The system tells a reset once. Where it has told a send of another thread, recv(2) says only that the stream has ended. 0 for nothing.
    private int MetBySender()
    {
        AwaitSender();
        return _met == LoopKernel.BrokenPipe ? 0 : _met;
    }

    private void AwaitSender()
    {
        var wait = default(SpinWait);
        while ((Volatile.Read(ref _gate) & SenderInside) != 0)
            wait.SpinOnce();
    }
}
