using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Options;

namespace Soket.Transports.Internal;

/// <summary>A socket's bytes: each receive is one recv(2), each send one send(2).</summary>
internal sealed class SocketStream(Socket socket, SocketScope? scope, string transport, ManagedTransportOptions options)
    : TransportStream(scope, transport, options.Endpoint, options.ReceiveSize)
{
    private readonly TimeSpan? _receiveTimeout = Sockets.ReceiveTimeout(options.Options);
    private readonly TimeSpan? _sendTimeout = Sockets.SendTimeout(options.Options);
    private readonly SocketOptionSetting[] _again = [.. options.Options.Where(setting => setting.Option.Again && setting.Option.Fits(socket))];
    private CancellationTokenSource? _deadline; // reading side only

    protected override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_again.Length > 0 && !buffer.IsEmpty)
            return ReceiveAndSetAgainAsync(buffer, cancellationToken);
        return Receive(buffer, cancellationToken);
    }

    protected override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _sendTimeout is { } timeout
            ? SendInTimeAsync(bytes, timeout, cancellationToken)
            : socket.SendAsync(bytes, SocketFlags.None, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _deadline?.Dispose();
        base.Dispose(disposing);
    }

    private ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _receiveTimeout is { } timeout
            ? ReceiveInTimeAsync(buffer, timeout, cancellationToken)
            : socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    private async ValueTask<int> ReceiveAndSetAgainAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int received = await Receive(buffer, cancellationToken).ConfigureAwait(false);
        if (received > 0)
            Sockets.Again(socket, _again, options, Scope);
        return received;
    }

    private async ValueTask<int> SendInTimeAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long started = SocketScope.Now;
        ValueTask<int> sending = socket.SendAsync(bytes, SocketFlags.None, cancellationToken);
        if (sending.IsCompleted)
            return await sending.ConfigureAwait(false);
        Task<int> waiting = sending.AsTask();
        try
        {
            return await waiting.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Part of the bytes may be on their way, so nothing sensible can follow them: the connection is given up, which ends the send as well.
            var failure = new SocketFailure(SocketCall.Send, SystemError.Timeout, Context(started));
            Scope?.Failed(SocketCall.Send, started, failure, "send-timeout");
            Owner!.Abort(new ConnectionAbortedException(failure.Message, failure));
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw failure;
        }
    }

    private async ValueTask<int> ReceiveInTimeAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
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
            // No byte was lost and the connection is whole: the reader may wait again.
            var failure = new SocketFailure(SocketCall.Receive, SystemError.Timeout, Context(Waiting));
            Scope?.Failed(SocketCall.Receive, Waiting, failure, "receive-timeout");
            WaitEnded();
            throw failure;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
