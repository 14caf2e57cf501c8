using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>
/// The bytes of a connection, whatever carries them: each read is one receive, each send one send, told as events; errors are translated here,
/// once. A connection's pipes stand on it; the subclasses make the calls.
/// </summary>
/// <remarks>Reads come from one thread at a time, and so do sends; the two may run side by side.</remarks>
internal abstract class TransportStream(SocketScope? scope, string transport, string? endpoint, int receiveSize) : Stream
{
    private long _waiting;                       // reading side only: when the wait for data began, 0 when none runs
    private long _sent;                          // written by the sending side only
    private long _received;                      // written by the reading side only
    private int _reading;                        // 1 while a receive is under way
    private bool _ended;                         // reading side only: the peer's end was read
    private volatile bool _inputStopped;         // any thread: this end wants no more input
    private volatile bool _sendingStopped;       // any thread: what is not sent yet never will be
    private CancellationTokenSource? _sending;   // any thread, made when first needed
    private TaskCompletionSource? _idle;         // set by whoever waits for the reading side to end
    private Exception? _abortReason;             // written once
    private Exception? _failure;                 // written once: what the peer or the system did to the connection

    /// <summary>The connection it belongs to; set before the first call.</summary>
    public ConnectionContext? Owner { get; set; }

    /// <summary>Called with the failure or null when the receiving direction has ended; more than once when both directions learn of a failure.</summary>
    public Action<Exception?>? InputEnded { get; set; }

    /// <summary>Why the connection was given up by this end; null when it was not.</summary>
    public Exception? AbortReason
    {
        get => Volatile.Read(ref _abortReason);
        set => Interlocked.CompareExchange(ref _abortReason, value, null);
    }

    public long Sent => Volatile.Read(ref _sent);

    public long Received => Volatile.Read(ref _received);

    /// <summary>Whether a receive is under way.</summary>
    public bool IsReading => Volatile.Read(ref _reading) != 0;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("A connection has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    protected SocketScope? Scope => scope;

    /// <summary>When the receive under way, or the last one, began to wait.</summary>
    protected long Waiting => _waiting;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The pipe first asks for nothing, to learn that there is something, and only then rents memory: that is why an idle connection is cheap.
        // For a person it is one call, which began to wait with the first.
        if (_waiting == 0)
            _waiting = SocketScope.Now;
        if (buffer.Length > receiveSize)
            buffer = buffer[..receiveSize];

        Interlocked.Exchange(ref _reading, 1);
        try
        {
            // A reset is told once by the system, which then says that the stream has ended; it stays a reset for whoever reads again.
            if (Volatile.Read(ref _failure) is { } failure)
                throw Again(failure);
            if (_ended)
                return 0; // Told once; whoever reads again makes no further call.
            if (_inputStopped)
                return StoppedInput(buffer);
            int received = await ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (_inputStopped && received == 0)
                return StoppedInput(buffer);
            if (!buffer.IsEmpty)
                Take(buffer, received);
            return received;
        }
        catch (OperationCanceledException) when (_inputStopped)
        {
            return StoppedInput(buffer);
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

    /// <summary>Sends some of the bytes: one call. Not cancelled by whoever waits for it, since what was taken cannot be taken back.</summary>
    /// <exception cref="OperationCanceledException"><see cref="StopSending"/> was called.</exception>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        long started = SocketScope.Now;
        bool told = false;
        try
        {
            if (Volatile.Read(ref _failure) is { } failure)
                throw Again(failure);
            ValueTask<int> sending = scope is null ? SendAsync(bytes, Sending().Token) : SendAndTell(scope, bytes, started, out told);
            int sent = await sending.ConfigureAwait(false);
            Volatile.Write(ref _sent, _sent + sent);
            if (!told)
                scope?.Streamed(SocketCall.Send, started, bytes.Length, new ReadOnlySequence<byte>(bytes[..sent]));
            return sent;
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

    // A send that need not wait is told before its effects can be; one that waits for room is told when it ends.
    private ValueTask<int> SendAndTell(SocketScope scope, ReadOnlyMemory<byte> bytes, long started, out bool told)
    {
        lock (scope.Order)
        {
            ValueTask<int> sending = SendAsync(bytes, Sending().Token);
            told = sending.IsCompletedSuccessfully;
            if (!sending.IsCompletedSuccessfully)
                return sending;
            int sent = sending.Result;
            scope.Streamed(SocketCall.Send, started, bytes.Length, new ReadOnlySequence<byte>(bytes[..sent]));
            return new(sent);
        }
    }

    /// <summary>From now on the reader sees the end of the stream; a receive under way has still to be woken.</summary>
    public void StopInput()
    {
        _inputStopped = true;
        Interlocked.MemoryBarrier(); // a read that starts now sees it, or is seen by the caller's look at IsReading
    }

    /// <summary>Whether this end wants no more input.</summary>
    public bool IsInputStopped => _inputStopped;

    /// <summary>Gives up what is being sent, and whatever would be sent after it.</summary>
    public void StopSending()
    {
        _sendingStopped = true;
        Volatile.Read(ref _sending)?.Cancel();
    }

    /// <summary>Ends when no receive is under way. The caller has made sure that one under way ends.</summary>
    public Task ReceiveIdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _idle, idle);
        Interlocked.MemoryBarrier(); // _idle is seen by a read that starts, or that read is seen here
        return IsReading ? idle.Task : Task.CompletedTask;
    }

    /// <summary>Receives and throws away, until the peer's end, until it is quiet, or until time is up; told as what it is.</summary>
    public async ValueTask DiscardAsync(TimeSpan quiet, TimeSpan longest)
    {
        long end = SocketScope.Now + (long)(longest.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
        using var deadline = new CancellationTokenSource();
        byte[] room = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            for (int received = 1; received > 0 && SocketScope.Now < end;)
            {
                long started = SocketScope.Now;
                deadline.CancelAfter(quiet);
                received = await ReceiveAsync(room, deadline.Token).ConfigureAwait(false);
                Volatile.Write(ref _received, _received + received);
                scope?.Streamed(SocketCall.Receive, started, room.Length, new ReadOnlySequence<byte>(room.AsMemory(0, received)), received == 0 ? null : "discarded");
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // Reset, or quiet: nothing is unread now, so closing sends no reset.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    public override void Flush()
    {
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections are asynchronous.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections send through their pipe.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    /// <summary>One receive. An empty buffer only waits until there is something, or the end.</summary>
    protected abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>One send; it may take fewer bytes than it was offered.</summary>
    protected abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>What is known now, for a failure.</summary>
    protected FailureContext Context(long started) => new()
    {
        Endpoint = endpoint,
        Transport = transport,
        Local = Owner?.LocalEndPoint,
        Remote = Owner?.RemoteEndPoint,
        Sent = Sent,
        Received = Received,
        Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started),
    };

    /// <summary>Forgets when the wait began: the next receive is another call.</summary>
    protected void WaitEnded() => _waiting = 0;

    /// <summary>Tells a failure that ended the connection, once, and keeps it for every later call.</summary>
    protected Exception Failed(SocketFailure failure, long started)
    {
        IOException told = failure.IsReset ? new ConnectionResetException(failure.Message, failure) : failure;
        if (Interlocked.CompareExchange(ref _failure, told, null) is null)
            scope?.Failed(failure.Call, started, failure);
        InputEnded?.Invoke(told);
        return told;
    }

    /// <inheritdoc cref="Failed(SocketFailure, long)"/>
    protected Exception Failed(SocketCall call, SocketException e, long started)
    {
        // A call that this end's own closing cut short is no failure of the peer's.
        if (AbortReason is not null || e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
            return Aborted(e);
        return Failed(SocketFailure.From(call, e, Context(started)), started);
    }

    private static Exception Again(Exception failure) => failure switch
    {
        ConnectionResetException reset => new ConnectionResetException(reset.Message, reset.InnerException!),
        SocketFailure other => other.With(other.Context),
        _ => failure,
    };

    private ConnectionAbortedException Aborted(Exception e) =>
        new(AbortReason?.Message ?? "The connection was closed by this end.", AbortReason ?? e);

    private int StoppedInput(Memory<byte> buffer)
    {
        if (!buffer.IsEmpty)
        {
            _waiting = 0;
            InputEnded?.Invoke(null);
        }

        return 0;
    }

    private void Take(Memory<byte> buffer, int received)
    {
        long started = _waiting;
        _waiting = 0;
        Volatile.Write(ref _received, _received + received);
        scope?.Streamed(SocketCall.Receive, started, buffer.Length, new ReadOnlySequence<byte>(buffer[..received]));
        if (received == 0)
        {
            _ended = true;
            InputEnded?.Invoke(null);
        }
    }

    private CancellationTokenSource Sending()
    {
        if (Volatile.Read(ref _sending) is { } made)
            return made;
        var mine = new CancellationTokenSource();
        CancellationTokenSource sending = Interlocked.CompareExchange(ref _sending, mine, null) ?? mine;
        if (_sendingStopped)
            sending.Cancel();
        return sending;
    }
}
