using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>One connection on a <see cref="TransportStream"/>: its pipes, and how it is closed. What carries it makes the calls.</summary>
internal abstract class StreamConnection : SoketConnectionContext
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);
    private readonly TransportStream _stream;
    private readonly PipeReader _input;         // what Transport was before a layer replaced it
    private readonly SendingPipeWriter _output;
    private readonly ManagedTransportOptions _options;
    private int _released;

    protected StreamConnection(SocketScope? scope, TransportStream stream, ManagedTransportOptions options)
        : base(scope)
    {
        _stream = stream;
        _stream.Owner = this;
        _stream.InputEnded = InputEnded;
        _options = options;
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: options.ReceiveSize, minimumReadSize: Math.Min(options.ReceiveSize, 1024), leaveOpen: true, useZeroByteReads: true));
        _output = new SendingPipeWriter(stream, HalfClose, reason => Abort(new ConnectionAbortedException(reason.Message, reason)));
        Transport = new DuplexPipe(_input, _output);
    }

    public override long BytesReceived => _stream.Received;

    public override long BytesSent => _stream.Sent;

    public override string? EndpointName => _options.Endpoint;

    public override TimeSpan CloseTimeout => _options.CloseTimeout;

    public override bool IsInputStopped => _stream.IsInputStopped;

    /// <summary>Whether bytes have come that nobody has read: closing would turn them into a reset, which may overtake what was sent.</summary>
    protected abstract bool HasUnread { get; }

    public override void EndInput(string reason)
    {
        Scope?.Note(reason);
        StopInput();
    }

    /// <summary>shutdown(2) of the sending direction.</summary>
    protected abstract void ShutdownSend();

    /// <summary>Whether the system knows of the peer's FIN, read or not; false where it cannot be asked.</summary>
    protected virtual bool PeerHasEnded => false;

    /// <summary>close(2), with a reset instead of a FIN when asked for. Ends the calls under way.</summary>
    protected abstract ValueTask ReleaseAsync(bool reset);

    protected override void Reset(Exception reason)
    {
        _stream.AbortReason = reason;
        if (Interlocked.Exchange(ref _released, 1) != 0)
            return;
        long started = SocketScope.Now;
        ValueTask released = ReleaseAsync(reset: true);
        System.Diagnostics.Debug.Assert(released.IsCompleted, "A reset does not linger.");
        Scope?.Called(SocketCall.Abort, started, "abort");
    }

    protected override async ValueTask CloseAsync()
    {
        await FinishOutputAsync().ConfigureAwait(false);

        // Disposing a .NET socket with a receive under way resets the connection; so the receive is ended first.
        bool ended = HasInputEnded;
        StopInput();
        await _stream.ReceiveIdleAsync().ConfigureAwait(false);
        if (!ended && _stream.Sent > 0)
            await LingerAsync().ConfigureAwait(false);

        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            long started = SocketScope.Now;
            await ReleaseAsync(reset: IsAborted).ConfigureAwait(false);
            Scope?.Called(SocketCall.Close, started);
        }

        // The pipes are left to the collector: whoever still holds a buffer of theirs must not see it filled by another connection.
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private void StopInput()
    {
        _stream.StopInput();
        if (_stream.IsReading)
            _input.CancelPendingRead();
    }

    private async ValueTask FinishOutputAsync()
    {
        if (await _output.CompleteAsync(_stream, CloseTimeout).ConfigureAwait(false))
            return;
        Scope?.Note("unsent-dropped");
        _stream.StopSending();
        await _output.Completion.ConfigureAwait(false);
    }

    // RFC 9112 9.6 describes the same for HTTP: after our FIN, read on for a while, so that our last bytes are not lost to a reset.
    private async ValueTask LingerAsync()
    {
        if (IsAborted || !HasUnread)
            return;
        Scope?.Note("lingering-close");
        await _stream.DiscardAsync(CloseTimeout < Quiet ? CloseTimeout : Quiet, CloseTimeout).ConfigureAwait(false);
    }

    private ValueTask HalfClose()
    {
        if (IsAborted)
            return ValueTask.CompletedTask;
        long started = SocketScope.Now;
        try
        {
            if (Scope is { } scope)
            {
                lock (scope.Order)
                {
                    if (PeerHasEnded)
                        scope.PeerEnded();
                    ShutdownSend();
                    scope.Called(SocketCall.Shutdown, started, "half-close");
                }
            }
            else
            {
                ShutdownSend();
            }
        }
        catch (SocketException e)
        {
            // The peer's reset came first; the reading side tells it.
            Scope?.Failed(SocketCall.Shutdown, started, SocketFailure.From(SocketCall.Shutdown, e, new FailureContext { Local = LocalEndPoint, Remote = RemoteEndPoint, Transport = Scope.Transport }));
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.CompletedTask;
        }

        OutputEnded();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A reader and a writer, as ASP.NET passes them around.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;
}
