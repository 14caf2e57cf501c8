using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Soket.Transports.Internal;

/// <summary>
/// One end of an in-memory connection: two pipes in place of the kernel's buffers. It fails as a socket does, with <see cref="SocketException"/>.
/// </summary>
internal sealed class MemoryLink
{
    private const int BufferSize = 64 * 1024;
    private readonly PipeReader _incoming;
    private readonly PipeWriter _outgoing;
    private Task<FlushResult> _room = Task.FromResult(default(FlushResult)); // sending side only: the room the peer has yet to make

    private MemoryLink(PipeReader incoming, PipeWriter outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public static (MemoryLink One, MemoryLink Other) Pair()
    {
        var options = new PipeOptions(pauseWriterThreshold: BufferSize, resumeWriterThreshold: BufferSize / 2, useSynchronizationContext: false);
        var there = new Pipe(options);
        var back = new Pipe(options);
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    /// <summary>Whether something can be read now. Only while no receive is under way.</summary>
    public bool HasUnread
    {
        get
        {
            try
            {
                if (!_incoming.TryRead(out ReadResult result))
                    return false;
                _incoming.AdvanceTo(result.Buffer.Start);
                return !result.Buffer.IsEmpty;
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ReadResult result = await InTerms(_incoming.ReadAsync(cancellationToken)).ConfigureAwait(false);
        if (result.IsCanceled)
            throw new SocketException((int)SocketError.OperationAborted);
        int length = (int)Math.Min(buffer.Length, result.Buffer.Length);
        ReadOnlySequence<byte> taken = result.Buffer.Slice(0, length);
        taken.CopyTo(buffer.Span);
        _incoming.AdvanceTo(taken.End); // from here on `taken` is the pipe's again
        return length;
    }

    /// <summary>Waits for room and takes what fits.</summary>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        FlushResult room = await InTerms(new ValueTask<FlushResult>(_room.IsCompleted ? _room : _room.WaitAsync(cancellationToken))).ConfigureAwait(false);
        if (room.IsCanceled)
            throw new SocketException((int)SocketError.OperationAborted);
        if (room.IsCompleted)
            throw new SocketException((int)SocketError.ConnectionReset); // the peer has closed and reads no more
        int length = Math.Min(bytes.Length, BufferSize);
        try
        {
            _outgoing.Write(bytes.Span[..length]);
            _room = _outgoing.FlushAsync(CancellationToken.None).AsTask();
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("The connection was closed.", e);
        }

        // The next send throws it; when there is none, it must not count as unobserved.
        _ = _room.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return length;
    }

    /// <summary>Ends the sending direction in order.</summary>
    public void ShutdownSend() => _outgoing.Complete();

    /// <summary>Ends both directions in order; bytes that nobody read turn the end into a reset for a peer that sends on.</summary>
    public void Close()
    {
        _outgoing.Complete();
        _incoming.Complete();
    }

    /// <summary>Ends both directions with a reset at the peer, and what this end has under way.</summary>
    public void Reset()
    {
        _outgoing.Complete(new SocketException((int)SocketError.ConnectionReset));
        _incoming.CancelPendingRead();
        _outgoing.CancelPendingFlush();
        _incoming.Complete(new SocketException((int)SocketError.ConnectionReset));
    }

    // A pipe that was completed while a call was under way says InvalidOperation; for a socket that is a call cut short by its own end.
    private static async ValueTask<T> InTerms<T>(ValueTask<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("The connection was closed.", e);
        }
    }
}
