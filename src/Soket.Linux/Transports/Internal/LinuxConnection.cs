using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Transports.Internal;

namespace Soket.Linux.Transports.Internal;

/// <summary>One connection on a loop: its pipes, how it ends, and what is told of that.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class LinuxConnection : SoketConnectionContext, IDuplexPipe
{
    private Exception? _failure;                // written once: the peer's or the system's doing, or the abort
    private TaskCompletionSource? _whenClosed;  // made by whoever waits for it
    private bool _closed;                       // written once, by the loop

    public LinuxConnection(ConnectionStream stream)
        : base(stream.Scope)
    {
        Stream = stream;
        // Only the loop may ask the socket, and only while it is open.
        LocalEndPoint = stream.Settings.Local ?? Scope?.Local ?? stream.LocalEndPoint;
        Reader = new LoopPipeReader(this);
        Writer = new LoopPipeWriter(this);
        Transport = this;
    }

    public ConnectionStream Stream { get; }

    public ConnectionSettings Settings => Stream.Settings;

    public LoopPipeReader Reader { get; }

    public LoopPipeWriter Writer { get; }

    PipeReader IDuplexPipe.Input => Reader;

    PipeWriter IDuplexPipe.Output => Writer;

    public override long BytesReceived => Stream.BytesReceived;

    public override long BytesSent => Stream.BytesSent;

    public override bool IsInputStopped => Reader.IsStopped;

    public override string? EndpointName => Settings.Sockets.Endpoint;

    public override TimeSpan CloseTimeout => Settings.Sockets.CloseTimeout;

    // Made when somebody wants it, and kept.
    public override EndPoint? RemoteEndPoint { get => base.RemoteEndPoint ??= Settings.Remote ?? Scope?.Remote ?? Stream.RemoteEndPoint; set => base.RemoteEndPoint = value; }

    /// <summary>Why nothing can be sent or received any more; null while that can be.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    public override ValueTask<SocketFailure?> FindFailureAsync()
    {
        if (SocketFailure.Find(Failure) is { } known)
            return new(known);
        var asked = new TaskCompletionSource<SocketFailure?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Stream.Loop.PostTo(static state =>
        {
            (LinuxConnection connection, TaskCompletionSource<SocketFailure?> asked) = ((LinuxConnection, TaskCompletionSource<SocketFailure?>))state!;
            asked.SetResult(SocketFailure.Find(connection.Failure) ?? connection.Pending());
        }, (this, asked)))
            asked.SetResult(null);
        return new(asked.Task);
    }

    public override ValueTask<long?> FindUntakenAsync()
    {
        var asked = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Stream.Loop.PostTo(static state =>
        {
            (LinuxConnection connection, TaskCompletionSource<long?> asked) = ((LinuxConnection, TaskCompletionSource<long?>))state!;
            asked.SetResult(connection.Stream.Untaken() is >= 0 and int bytes ? bytes : null);
        }, (this, asked)))
            asked.SetResult(null);
        return new(asked.Task);
    }

    public override void EndInput(string reason)
    {
        Scope?.Note(reason);
        Reader.Stop();
    }

    /// <summary>The failure for one more throw; null when there is none.</summary>
    public Exception? FailureAgain() => Failure switch
    {
        ConnectionResetException reset => new ConnectionResetException(reset.Message, reset.InnerException!),
        SocketFailure other => other.With(other.Context),
        ConnectionAbortedException aborted => new ConnectionAbortedException(aborted.Message, aborted.InnerException ?? aborted),
        null => null,
        { } other => new IOException(other.Message, other),
    };

    /// <summary>The reader has been told how its direction ended: null for in order.</summary>
    public void InputSeen(Exception? failure) => InputEnded(failure);

    /// <summary>The receive time-out that was asked for has passed.</summary>
    public SocketFailure ReceiveTimedOut(long started)
    {
        var failure = new SocketFailure(SocketCall.Receive, SystemError.Timeout, Context(started));
        Scope?.Failed(SocketCall.Receive, started, failure, "receive-timeout");
        return failure;
    }

    /// <summary>The send time-out that was asked for has passed. Part of the bytes may be on their way, so nothing sensible can follow them: the connection is given up.</summary>
    public void SendTimedOut(long started)
    {
        var failure = new SocketFailure(SocketCall.Send, SystemError.Timeout, Context(started));
        Scope?.Failed(SocketCall.Send, started, failure, "send-timeout");
        Fail(failure);
        Abort(new ConnectionAbortedException(failure.Message, failure));
    }

    /// <summary>All that was written is sent: ends this direction. Loop's thread.</summary>
    public void HalfClose()
    {
        if (IsAborted)
            return;
        Stream.ShutdownSend();
        OutputEnded();
    }

    /// <summary>The peer's FIN. Loop's thread.</summary>
    public void PeerEnded()
    {
        Reader.End();
        if (Settings.ForKestrel)
            FireClosed();
    }

    /// <summary>The descriptor is closed. Loop's thread, once.</summary>
    public void Closed(SocketFailure? failure)
    {
        if (failure is not null)
            Fail(failure.IsReset ? new ConnectionResetException(failure.Message, failure) : failure);
        Writer.Drained(closed: true); // what waited for room goes nowhere now
        Volatile.Write(ref _closed, true);
        Interlocked.MemoryBarrier(); // whoever waits has seen it, or is seen here
        Volatile.Read(ref _whenClosed)?.TrySetResult();
    }

    protected override void Reset(Exception reason)
    {
        Fail(reason is ConnectionAbortedException aborted ? Aborted(aborted) : reason);
        Stream.Abort();
    }

    protected override async ValueTask CloseAsync()
    {
        // As long as the peer takes bytes it gets them; one that takes none holds the end up for a while only.
        Writer.Complete();
        long sent = Stream.BytesSent;
        while (!Writer.Completion.IsCompleted)
        {
            try
            {
                await Writer.Completion.WaitAsync(CloseTimeout).ConfigureAwait(false);
            }
            catch (TimeoutException) when (Stream.BytesSent != sent)
            {
                sent = Stream.BytesSent;
            }
            catch (TimeoutException)
            {
                Scope?.Note("unsent-dropped");
                Writer.GiveUp();
            }
        }

        Reader.Stop();
        // Whoever closes because he has heard that the connection was given up may be faster than the reset.
        if (Failure is null)
            Stream.Close();
        else
            Stream.Abort();
        if (!Volatile.Read(ref _closed))
            await WhenClosed().ConfigureAwait(false);
        Reader.Release();
    }

    private SocketFailure? Pending() =>
        Stream.PendingError() is var error and not 0 ? LoopFailure.Of(SocketCall.Receive, error, Context(SocketScope.Now)) : null;

    private Task WhenClosed()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource waiting = Interlocked.CompareExchange(ref _whenClosed, mine, null) ?? mine;
        if (Volatile.Read(ref _closed))
            waiting.TrySetResult();
        return waiting.Task;
    }

    private static ConnectionAbortedException Aborted(ConnectionAbortedException reason) => new(reason.Message, reason);

    private void Fail(Exception failure)
    {
        if (Interlocked.CompareExchange(ref _failure, failure, null) is not null)
            return;
        Reader.Fail();
        Writer.Fail();
        // What was received is still to be read, and nobody shall take the token for the end of it.
        if (Reader.IsDry || Settings.ForKestrel)
            InputEnded(failure);
    }

    private FailureContext Context(long started) => new()
    {
        Endpoint = EndpointName,
        Transport = Settings.Transport,
        Local = LocalEndPoint,
        Remote = RemoteEndPoint,
        Sent = BytesSent,
        Received = BytesReceived,
        Elapsed = Stopwatch.GetElapsedTime(started),
    };
}
