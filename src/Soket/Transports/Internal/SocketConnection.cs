using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Explain;
using Soket.Options;

namespace Soket.Transports.Internal;

/// <summary>One connection on a .NET socket.</summary>
internal sealed class SocketConnection : SoketConnectionContext, IConnectionSocketFeature
{
    private readonly SocketStream _stream;
    private readonly HalfClosePipeWriter _output;
    private readonly bool _lingers;

    public SocketConnection(Socket socket, SocketScope? scope, ManagedTransportOptions options)
        : base(scope)
    {
        Socket = socket;
        _lingers = options.Options.Any(setting => setting.Option == SocketOptions.Linger && setting.Value > 0);
        _stream = new SocketStream(socket, scope, options) { ReceiveEnded = OnReceiveEnded };
        PipeReader input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: options.ReceiveSize, minimumReadSize: Math.Min(options.ReceiveSize, 1024), leaveOpen: true, useZeroByteReads: true));
        _output = new HalfClosePipeWriter(PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true)), HalfClose, AbortWith);
        Transport = new DuplexPipe(input, _output);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }

    public override long BytesMoved => _stream.BytesMoved;

    public override void EndInput(string reason)
    {
        Scope?.Note(reason);
        try
        {
            Socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Transport.Input.CancelPendingRead(); // Not connected any more: whoever reads learns it now.
        }
    }

    protected override void Reset(Exception reason)
    {
        long started = SocketScope.Now;
        _stream.AbortReason = reason;
        try
        {
            Socket.LingerState = new LingerOption(true, 0); // close(2) then sends RST instead of FIN
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Scope?.Note("linger-not-set", e.Message);
        }

        Socket.Dispose();
        Scope?.Called(SocketCall.Abort, started, "abort");
    }

    protected override async ValueTask CloseAsync()
    {
        await _output.CompleteAsync().ConfigureAwait(false);
        if (IsAborted)
            return;

        // Disposing a .NET socket with a receive under way resets the connection; so the receive is ended first.
        Task idle = _stream.ReceiveIdleAsync();
        if (!idle.IsCompleted)
        {
            try
            {
                Socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Scope?.Note("already-gone", e.Message);
            }

            await idle.ConfigureAwait(false);
        }

        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        long started = SocketScope.Now;
        if (_lingers)
            await Task.Run(Socket.Dispose).ConfigureAwait(false); // SO_LINGER blocks even a non-blocking socket
        else
            Socket.Dispose();
        Scope?.Called(SocketCall.Close, started);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask HalfClose()
    {
        long started = SocketScope.Now;
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
            Scope?.Called(SocketCall.Shutdown, started, "half-close");
        }
        catch (SocketException e)
        {
            // The peer's reset came first; the reading side tells it.
            Scope?.Failed(SocketCall.Shutdown, started, SocketFailure.From(SocketCall.Shutdown, e, new FailureContext { Local = LocalEndPoint, Remote = RemoteEndPoint }));
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.CompletedTask;
        }

        OutputEnded();
        return ValueTask.CompletedTask;
    }

    private void AbortWith(Exception reason) => Abort(new ConnectionAbortedException(reason.Message, reason));

    private void OnReceiveEnded(Exception? failure) => InputEnded(failure);
}

/// <summary>A reader and a writer, as ASP.NET passes them around.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;
}
