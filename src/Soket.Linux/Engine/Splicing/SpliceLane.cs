using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;

namespace Soket.Linux.Engine.Splicing;

/// <summary>
/// One direction between two streams of a loop, inside the kernel: socket, pipe, socket. What the receiving socket does not take at once is copied out of the pipe and
/// waits as any bytes do; then the sending side rests, and less is asked for the next time. Loop's thread only.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class SpliceLane(LoopStream from, LoopStream to, Action<long> moved)
{
    private const int Least = 64 * 1024;
    private int _most = Least;
    private bool _resting;
    private bool _cannot; // this kernel does not splice these sockets

    /// <summary>Bytes have come at the one stream, or its end.</summary>
    /// <returns>False: it is to be received; nothing was moved.</returns>
    public bool TryMove()
    {
        if (_cannot || !to.TakesSplices || from.Loop.SplicePipe is not { } pipe)
            return false;
        LoopKernel kernel = from.Loop.Kernel;
        long started = from.Scope is null && to.Scope is null ? 0 : SocketScope.Now;
        nint came = kernel.Splice(from.Descriptor, pipe.Writing, Math.Min(_most, pipe.Size));
        if (IsFailure(came))
            from.SpliceFailed(SocketCall.Receive, (int)-came, started);
        if (came <= 0)
            return false; // the end, or nothing at all: receiving tells which

        from.Spliced(SocketCall.Receive, started, _most, came);
        nint left = came - Push(kernel, pipe, came);
        if (left > 0)
        {
            _most = (int)Math.Max(Least, came - left);
            CopyOut(kernel, pipe, left);
        }
        else if (came >= _most)
        {
            _most = Math.Min(2 * _most, pipe.Size);
        }

        moved(came);
        return true;
    }

    /// <summary>What waited at the other stream is sent, or goes nowhere any more.</summary>
    public void Drained()
    {
        if (!_resting)
            return;
        _resting = false;
        from.ResumeReceiving();
    }

    private nint Push(LoopKernel kernel, SplicePipe pipe, nint count)
    {
        nint pushed = 0;
        while (pushed < count)
        {
            long started = to.Scope is null ? 0 : SocketScope.Now;
            nint sent;
            if (to.Scope is { } scope)
            {
                lock (scope.Order)
                {
                    sent = Push(kernel, pipe, count - pushed, started);
                }
            }
            else
            {
                sent = Push(kernel, pipe, count - pushed, started);
            }

            if (IsFailure(sent))
                to.SpliceFailed(SocketCall.Send, (int)-sent, started);
            if (sent <= 0)
                break;
            pushed += sent;
        }

        return pushed;
    }

    private nint Push(LoopKernel kernel, SplicePipe pipe, nint count, long started)
    {
        nint sent = kernel.Splice(pipe.Reading, to.Descriptor, count);
        if (sent > 0)
            to.Spliced(SocketCall.Send, started, count, sent);
        return sent;
    }

    // A socket's error is told by one call only, whichever comes first.
    private bool IsFailure(nint result)
    {
        if (result is -LoopKernel.Invalid or -LoopKernel.NotSupported)
            _cannot = true;
        return result < 0 && !_cannot && result is not (-LoopKernel.Again or -LoopKernel.Interrupted or -LoopKernel.NoMemory or -LoopKernel.NoBuffers);
    }

    private void CopyOut(LoopKernel kernel, SplicePipe pipe, nint left)
    {
        byte* buffer = from.Loop.Buffer;
        while (left > 0)
        {
            nint read = kernel.ReadPipe(pipe.Reading, buffer, Math.Min(left, EventLoop.BufferSize));
            if (read <= 0)
                throw new InvalidOperationException("A pipe lost bytes."); // it had them a moment ago, and nobody else has it
            to.Send(new ReadOnlySpan<byte>(buffer, (int)read));
            left -= read;
        }

        if (!to.IsBlocked || _resting)
            return;
        _resting = true;
        from.PauseReceiving();
    }
}
