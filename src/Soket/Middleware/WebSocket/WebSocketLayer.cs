using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.WebSocket;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>A WebSocket on a connection after its handshake: messages, control frames, and how it ends before the connection does.</summary>
/// <remarks>
/// .NET's own WebSocket would carry the messages as well, but it keeps to itself what a workbench is there to show: the frames with their
/// fragments, pings and pongs, which rule a peer broke; and it sends neither a ping nor a fragment of a chosen size.
/// </remarks>
internal sealed class WebSocketLayer : IAsyncDisposable, IWebSocketFeature
{
    // What is held without asking, each way.
    private const int FreeShare = 64 * 1024;

    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _inner;
    private readonly FrameReceiver _receiver;
    private readonly FrameSender _sender;
    private readonly MessageDeflater? _deflater;
    private readonly MessageInflater? _inflater;
    private readonly WebSocketPipeWriter _output;
    private readonly TimeSpan _closeTimeout;
    private readonly string _endpoint;
    private readonly int _maxMessage;
    private readonly bool _isClient;
    private readonly CancellationTokenSource _over = new(); // never disposed: it has no timer, and closing may come late
    private readonly Task _pinging;
    private long _held;                         // of what was received, as TryHold was told; the receiving side
    private TaskCompletionSource? _receiving;   // the receive under way
    private SocketFailure? _failure;            // written once: what every later receive throws
    private volatile bool _ended;               // nothing more comes
    private volatile bool _heard = true;        // something came since the last ping

    private WebSocketLayer(ConnectionContext connection, SocketScope? scope, string endpoint, WebSocketSettings settings, string? subprotocol, DeflateParameters? deflate, bool isClient)
    {
        var known = connection as SoketConnectionContext;
        _connection = connection;
        _inner = connection.Transport;
        _endpoint = known?.EndpointName ?? endpoint;
        _closeTimeout = known?.CloseTimeout ?? TimeSpan.FromSeconds(2);
        _maxMessage = settings.MaxMessage;
        _isClient = isClient;
        Scope = scope;
        Subprotocol = subprotocol;
        if (deflate is not null)
        {
            bool mineAlone = isClient ? deflate.ClientNoContextTakeover : deflate.ServerNoContextTakeover;
            bool theirsAlone = isClient ? deflate.ServerNoContextTakeover : deflate.ClientNoContextTakeover;
            _deflater = new MessageDeflater(keepsContext: !mineAlone);
            _inflater = new MessageInflater(keepsContext: !theirsAlone);
        }

        _receiver = new FrameReceiver(isClient, settings.MaxMessage, _inflater, scope);
        _sender = new FrameSender(_inner.Output, isClient, scope, settings.FragmentSize, _deflater);
        _output = new WebSocketPipeWriter(this, _inner.Output);
        _pinging = settings.PingInterval > TimeSpan.Zero ? PingAsync(settings.PingInterval) : Task.CompletedTask;
        Transport = new DuplexPipe(PipeReader.Create(new WebSocketReadStream(this), new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true)), _output);
    }

    public SocketScope? Scope { get; }

    public string? Subprotocol { get; }

    public bool IsCompressed => _deflater is not null;

    public WebSocketEnd? PeerEnd { get; private set; }

    public bool StreamIsText { get; set; }

    public Func<long, bool>? TryHold { get; set; }

    public IDuplexPipe Transport { get; }

    /// <summary>Whether this end was asked to stop: by a drain, or for idleness.</summary>
    public bool IsStopping => _connection is SoketConnectionContext { IsInputStopped: true };

    /// <summary>Puts the layer on a connection.</summary>
    public static WebSocketLayer Put(ConnectionContext connection, SocketScope? scope, string endpoint, WebSocketSettings settings, string? subprotocol, DeflateParameters? deflate, bool isClient)
    {
        var layer = new WebSocketLayer(connection, scope, endpoint, settings, subprotocol, deflate, isClient);
        connection.Features.Get<ISoketConnectionFeature>()?.AddLayer(layer);
        connection.Features.Set<IWebSocketFeature>(layer);
        connection.Transport = layer.Transport;
        return layer;
    }

    public async ValueTask<WebSocketMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (_failure is { } failure)
            throw failure.With(failure.Context);
        if (_ended)
            return null;
        var receiving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _receiving, receiving, null) is not null)
            throw new InvalidOperationException("A receive is under way already.");
        try
        {
            return await ReceiveOneAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (_failure is { } told && e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw told.With(told.Context); // A ping without an answer gave the connection up.
        }
        finally
        {
            Volatile.Write(ref _receiving, null);
            receiving.SetResult();
        }
    }

    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken = default) =>
        !(await SendFlushAsync(message, isText, cancellationToken).ConfigureAwait(false)).IsCompleted;

    public void Abort(ConnectionAbortedException reason) => _connection.Abort(reason);

    public ValueTask<FlushResult> SendFlushAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken) =>
        TryHold is null || message.Length <= FreeShare ? _sender.MessageAsync(message, isText, cancellationToken) : SendLongAsync(message, isText, cancellationToken);

    public ValueTask<bool> PingAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, FrameHeader.MaxControl, nameof(payload));
        return _sender.ControlAsync(WebSocketOpcode.Ping, payload, cancellationToken);
    }

    public async ValueTask CloseAsync(int code, string reason = "")
    {
        byte[] payload = CloseCode.Write(code, reason);
        if (_sender.IsClosed)
            return;
        // A peer that takes nothing will not take a close frame either.
        Task<bool> closing = _sender.ControlAsync(WebSocketOpcode.Close, payload, _over.Token).AsTask();
        if (await Task.WhenAny(closing, Task.Delay(_closeTimeout, _over.Token)).ConfigureAwait(false) != closing)
        {
            Scope?.Note("unsent-dropped");
            _connection.Abort(new ConnectionAbortedException("The peer took no close frame."));
        }

        try
        {
            await closing.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            // Gone already, which the connection tells; or given up, which is told too.
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever leaves without a word stops (1001), and a server that leaves in the middle of a conversation has failed (1011).
        bool failed = !_isClient && !IsStopping && _failure is null && !_ended;
        if (_connection.Features.Get<ISoketConnectionFeature>()?.IsAborted != true)
        {
            await CloseAsync(failed ? CloseCode.ServerError : CloseCode.GoingAway).ConfigureAwait(false);
            if (_isClient && _failure is null)
                await ReadOnAsync().ConfigureAwait(false);
        }

        await _over.CancelAsync().ConfigureAwait(false);
        _inner.Input.CancelPendingRead();
        if (Volatile.Read(ref _receiving) is { } receiving)
            await Task.WhenAny(receiving.Task, Task.Delay(_closeTimeout)).ConfigureAwait(false);
        await _pinging.ConfigureAwait(false);
        _ = TryHold?.Invoke(-Interlocked.Exchange(ref _held, 0));
        long started = SocketScope.Now;
        _deflater?.Dispose();
        _inflater?.Dispose();
        Scope?.Called(SocketCall.Close, started);
    }

    private async ValueTask<WebSocketMessage?> ReceiveOneAsync(CancellationToken cancellationToken)
    {
        _receiver.Release();
        while (HoldsReceived())
        {
            ReadResult read = await _inner.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            _heard |= !buffer.IsEmpty;
            Received received = _receiver.Take(ref buffer);
            _inner.Input.AdvanceTo(buffer.Start, received == Received.NeedMore ? buffer.End : buffer.Start);
            switch (received)
            {
                case Received.Message:
                    return HoldsReceived() ? _receiver.Message : null;
                case Received.Control when await ControlAsync(_receiver.Control.Opcode, _receiver.Control.Payload).ConfigureAwait(false):
                    return null;
                case Received.Wrong:
                    throw await RefuseAsync(_receiver.WrongCode, _receiver.WrongKey).ConfigureAwait(false);
                case Received.NeedMore when read.IsCompleted || read.IsCanceled:
                    Ended();
                    return null;
                default:
                    break;
            }
        }

        return null;
    }

    private bool HoldsReceived()
    {
        long held = Math.Max(0, _receiver.Held - FreeShare);
        long before = Interlocked.Exchange(ref _held, held);
        if (held == before || TryHold is not { } hold || hold(held - before))
            return true;
        _held = before;
        GiveUp();
        return false;
    }

    private async ValueTask<FlushResult> SendLongAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken)
    {
        Func<long, bool> hold = TryHold!;
        long held = message.Length - FreeShare;
        if (!hold(held))
        {
            GiveUp();
            return new FlushResult(isCanceled: false, isCompleted: true);
        }

        try
        {
            return await _sender.MessageAsync(message, isText, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            hold(-held);
        }
    }

    // The same limit as that of streams, told in the same words.
    private void GiveUp()
    {
        _ended = true;
        SocketFailure failure = New(SocketCall.Message, SystemError.Own("SOKET_LIMIT", "The connections hold as much as they may"), new() { [FailureFacts.Limit] = "max-buffered" });
        Scope?.Failed(SocketCall.Message, SocketScope.Now, failure, "max-buffered");
        _connection.Abort(new ConnectionAbortedException("max-buffered"));
    }

    /// <summary>Does what a control frame asks for.</summary>
    /// <returns>Whether it was the end.</returns>
    private async ValueTask<bool> ControlAsync(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload)
    {
        if (opcode == WebSocketOpcode.Ping)
            await _sender.ControlAsync(WebSocketOpcode.Pong, payload, _over.Token).ConfigureAwait(false);
        if (opcode != WebSocketOpcode.Close)
            return false;
        int wrong = CloseCode.Read(payload.Span, out int code, out string reason);
        if (wrong != 0)
            throw await RefuseAsync(wrong, wrong == CloseCode.InvalidText ? "close-not-utf8" : payload.Length == 1 ? "close-short" : "close-code").ConfigureAwait(false);
        PeerEnd = new(code, reason);
        _ended = true;
        await CloseAsync(code).ConfigureAwait(false);
        await EndOutputAsync().ConfigureAwait(false);
        return true;
    }

    // RFC 6455 7.1.7: says why, and listens no more.
    private async ValueTask<SocketFailure> RefuseAsync(int code, string key)
    {
        bool large = code == CloseCode.TooLarge;
        SocketFailure failure = Failure(large ? SystemError.Own("SOKET_MESSAGE_TOO_LARGE", $"The message is longer than {_maxMessage} bytes")
            : SystemError.Own("WEBSOCKET_PROTOCOL", $"The peer broke the WebSocket protocol: {key}"), code, key);
        _ended = true;
        await CloseAsync(code, large ? $"at most {_maxMessage} bytes" : key).ConfigureAwait(false);
        await EndOutputAsync().ConfigureAwait(false);
        return failure;
    }

    private SocketFailure Failure(SystemError error, int code, string why)
    {
        SocketFailure failure = New(SocketCall.ReceiveFrame, error, new()
        {
            [FailureFacts.Role] = _isClient ? "client" : "server",
            [FailureFacts.WebSocketWhy] = why,
            [FailureFacts.WebSocketCode] = code.ToString(System.Globalization.CultureInfo.InvariantCulture),
            [FailureFacts.Limit] = _maxMessage.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        if (Interlocked.CompareExchange(ref _failure, failure, null) is { } other)
            return other;
        Scope?.Failed(SocketCall.ReceiveFrame, SocketScope.Now, failure);
        return failure;
    }

    private SocketFailure New(SocketCall call, SystemError error, Dictionary<string, string> facts)
    {
        var feature = _connection.Features.Get<ISoketConnectionFeature>();
        return new SocketFailure(call, error, new FailureContext
        {
            Endpoint = _endpoint,
            Local = _connection.LocalEndPoint,
            Remote = _connection.RemoteEndPoint,
            Transport = _endpoint[.._endpoint.IndexOf(':', StringComparison.Ordinal)],
            Sent = feature?.BytesSent,
            Received = feature?.BytesReceived,
            Facts = facts,
        });
    }

    // RFC 6455 7.1.1: the server closes first, so that it is the one in TIME_WAIT; a client waits for that.
    private async ValueTask EndOutputAsync()
    {
        if (!_isClient)
            await _inner.Output.CompleteAsync().ConfigureAwait(false);
    }

    private void Ended()
    {
        _ended = true;
        if (IsStopping || _over.IsCancellationRequested)
            return;
        PeerEnd = new(CloseCode.Abnormal, "");
        Scope?.Note(_receiver.IsInside ? "ws-cut-off" : "ws-no-close"); // RFC 6455 7.1.5: 1006
    }

    private async Task ReadOnAsync()
    {
        using var limit = new CancellationTokenSource(_closeTimeout);
        try
        {
            while (!_ended && Volatile.Read(ref _receiving) is null && await ReceiveAsync(limit.Token).ConfigureAwait(false) is not null)
            {
            }

            // The server's FIN.
            while (PeerEnd is { Code: not CloseCode.Abnormal } && Volatile.Read(ref _receiving) is null)
            {
                ReadResult read = await _inner.Input.ReadAsync(limit.Token).ConfigureAwait(false);
                _inner.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // It was told; all that is left is to close.
        }
    }

    private async Task PingAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval);
        byte[] payload = new byte[4];
        bool asked = false;
        try
        {
            for (int number = 1; await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false); number++)
            {
                // A peer can be judged only while somebody listens to it.
                bool listening = Volatile.Read(ref _receiving) is not null;
                if (asked && listening && !_heard && !_ended)
                {
                    Failure(SystemError.Own("WEBSOCKET_NO_PONG", "The peer did not answer a ping"), CloseCode.Abnormal, "no-pong");
                    _connection.Abort(new ConnectionAbortedException("The peer did not answer a ping."));
                    return;
                }

                _heard = false;
                asked = listening;
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(payload, number);
                await _sender.TryPingAsync(payload, _over.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The conversation is over; the connection tells how.
        }
    }
}
