using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>
/// A socket's bytes as a stream: each read is one recv, each write one send, told as events; errors are translated here, once. The pipes of
/// <see cref="SocketConnection"/> stand on it.
/// </summary>
/// <remarks>Reads come from one thread at a time, and so do writes; the two may run side by side.</remarks>
internal sealed class SocketStream(Socket socket, SocketScope? scope, ManagedTransportOptions options) : Stream
{
    private readonly TimeSpan? _receiveTimeout = Sockets.ReceiveTimeout(options.Options);
    private CancellationTokenSource? _deadline; // reading side only
    private long _waiting;                      // reading side only: when the wait for data began, 0 when none runs
    private long _sent;                         // writing side only
    private long _received;                     // reading side only
    private bool _ended;                        // reading side only
    private int _reading;                       // 1 while a receive is under way
    private TaskCompletionSource? _idle;        // set by whoever waits for the reading side to end
    private Exception? _abortReason;            // written once

    /// <summary>Called once, with the failure or null, when the receiving direction has ended.</summary>
    public Action<Exception?>? ReceiveEnded { get; set; }

    /// <summary>Why the connection was given up by this end; null when it was not.</summary>
    public Exception? AbortReason
    {
        get => Volatile.Read(ref _abortReason);
        set => Interlocked.CompareExchange(ref _abortReason, value, null);
    }

    public long BytesMoved => Volatile.Read(ref _sent) + Volatile.Read(ref _received);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A socket has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A socket has no position.");
        set => throw new NotSupportedException("A socket has no position.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The pipe first asks for nothing, to learn that there is something, and only then rents memory: that is why an idle connection is cheap.
        // For a person it is one call, which began to wait with the first.
        if (_ended)
            return 0;
        if (_waiting == 0)
            _waiting = SocketScope.Now;
        if (buffer.Length > options.ReceiveSize)
            buffer = buffer[..options.ReceiveSize];

        Interlocked.Exchange(ref _reading, 1);
        try
        {
            int received = await ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (buffer.IsEmpty)
                return 0;
            long started = _waiting;
            _waiting = 0;
            _received += received;
            scope?.Streamed(SocketCall.Receive, started, buffer.Length, new ReadOnlySequence<byte>(buffer[..received]));
            if (received == 0)
            {
                _ended = true;
                ReceiveEnded?.Invoke(null);
            }

            return received;
        }
        catch (SocketException e)
        {
            throw Failed(SocketCall.Receive, e, _waiting);
        }
        catch (ObjectDisposedException e)
        {
            throw Aborted(e);
        }
        finally
        {
            Interlocked.Exchange(ref _reading, 0);
            Volatile.Read(ref _idle)?.TrySetResult();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long started = SocketScope.Now;
        try
        {
            while (buffer.Length > 0)
            {
                started = SocketScope.Now;
                int sent = await socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                _sent += sent;
                scope?.Streamed(SocketCall.Send, started, buffer.Length, new ReadOnlySequence<byte>(buffer[..sent]));
                buffer = buffer[sent..];
            }
        }
        catch (SocketException e)
        {
            throw Failed(SocketCall.Send, e, started);
        }
        catch (ObjectDisposedException e)
        {
            throw Aborted(e);
        }
    }

    /// <summary>Ends when no receive is under way. The caller has made sure that one under way ends.</summary>
    public Task ReceiveIdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _idle, idle);
        return Volatile.Read(ref _reading) == 0 ? Task.CompletedTask : idle.Task;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections are asynchronous.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections are asynchronous.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A socket has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("A socket has no length.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _deadline?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_receiveTimeout is not { } timeout)
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);

        if (_deadline is null || !_deadline.TryReset())
        {
            _deadline?.Dispose();
            _deadline = new CancellationTokenSource();
        }

        _deadline.CancelAfter(timeout);
        using CancellationTokenRegistration link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _deadline);
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, _deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var failure = new SocketFailure(SocketCall.Receive, SystemError.Timeout, Context(_waiting));
            scope?.Failed(SocketCall.Receive, _waiting, failure, "receive-timeout");
            _waiting = 0;
            throw failure;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private Exception Failed(SocketCall call, SocketException e, long started)
    {
        if (AbortReason is { } reason || e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
            return Aborted(e);

        var failure = SocketFailure.From(call, e, Context(started));
        scope?.Failed(call, started, failure);
        IOException told = failure.IsReset ? new ConnectionResetException(failure.Message, failure) : failure;
        ReceiveEnded?.Invoke(told);
        return told;
    }

    private ConnectionAbortedException Aborted(Exception e) =>
        new(AbortReason?.Message ?? "The connection was closed by this end.", AbortReason ?? e);

    private FailureContext Context(long started) => new()
    {
        Endpoint = options.Endpoint,
        Local = scope?.Local,
        Remote = scope?.Remote,
        Transport = scope?.Transport,
        Sent = _sent,
        Received = _received,
        Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started),
    };
}
