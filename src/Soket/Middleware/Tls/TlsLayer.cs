using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.Tls;

/// <summary>TLS on a connection after its handshake: the pipes above it, and how it ends before the connection does.</summary>
internal sealed class TlsLayer : IAsyncDisposable, ITlsFeature
{
    private readonly IDuplexPipe _inner;
    private readonly DuplexPipeStream _records;
    private readonly TlsStream _stream;
    private readonly PipeReader _input;
    private readonly SendingPipeWriter _output;
    private readonly TimeSpan _closeTimeout;
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TlsLayer(ConnectionContext connection, IDuplexPipe inner, SslStream tls, DuplexPipeStream records, SocketScope? scope, bool? isResumed, TlsVerification? ofServer)
    {
        var known = connection as SoketConnectionContext;
        _inner = inner;
        _records = records;
        Tls = tls;
        Scope = scope;
        IsResumed = isResumed;
        _closeTimeout = known?.CloseTimeout ?? TimeSpan.FromSeconds(2);
        _stream = new TlsStream(tls, records, inner, scope, known?.EndpointName, ofServer) { Owner = connection };
        _input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true));
        _output = new SendingPipeWriter(_stream, CloseNotify, reason => connection.Abort(new ConnectionAbortedException(reason.Message, reason)));
        Transport = new DuplexPipe(_input, _output);
    }

    public SslStream Tls { get; }

    public SocketScope? Scope { get; }

    public bool? IsResumed { get; }

    public IDuplexPipe Transport { get; }

    public async ValueTask DisposeAsync()
    {
        if (!await _output.CompleteAsync(_stream, _closeTimeout).ConfigureAwait(false))
        {
            // A peer that takes nothing will not take a close_notify either. The connection drops what it holds.
            _givenUp.SetResult();
            Scope?.Note("unsent-dropped");
            _stream.StopSending();
            _inner.Output.CancelPendingFlush();
            await _output.Completion.ConfigureAwait(false);
        }

        _stream.StopInput();
        if (_stream.IsReading)
            _input.CancelPendingRead();
        await _stream.ReceiveIdleAsync().ConfigureAwait(false);
        await _stream.StopRestAsync().ConfigureAwait(false);

        long started = SocketScope.Now;
        await Tls.DisposeAsync().ConfigureAwait(false);
        Scope?.Called(SocketCall.Close, started);
    }

    // The alert is made in turn with the reading side; it is sent out of turn, since a peer may read it only after it has been read from.
    private async Task ShutdownAsync()
    {
        await _records.Turn.WaitAsync().ConfigureAwait(false);
        Task sending;
        try
        {
            sending = Tls.ShutdownAsync();
        }
        finally
        {
            _records.Turn.Release();
        }

        await sending.ConfigureAwait(false);
    }

    // RFC 8446 6.1: close_notify ends this direction only; the peer's goes on until its own.
    private async ValueTask CloseNotify()
    {
        long started = SocketScope.Now;
        if (!_givenUp.Task.IsCompleted)
        {
            try
            {
                await ShutdownAsync().ConfigureAwait(false);
                Scope?.Called(SocketCall.Shutdown, started, "close-notify");
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
            {
                // Gone already, which the connection tells; or given up, which is told too.
            }
        }

        // Given up, it is not waited for here: the connection does, in its own time.
        await Task.WhenAny(_inner.Output.CompleteAsync().AsTask(), _givenUp.Task).ConfigureAwait(false);
    }
}
