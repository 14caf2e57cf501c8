using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>A socket's bytes: each receive is one recv(2), each send one send(2).</summary>
internal sealed class SocketStream(Socket socket, SocketScope? scope, string transport, ManagedTransportOptions options)
    : TransportStream(scope, transport, options.Endpoint, options.ReceiveSize)
{
    private readonly TimeSpan? _receiveTimeout = Sockets.ReceiveTimeout(options.Options);
    private CancellationTokenSource? _deadline; // reading side only

    protected override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _receiveTimeout is { } timeout
            ? ReceiveInTimeAsync(buffer, timeout, cancellationToken)
            : socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    protected override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        socket.SendAsync(bytes, SocketFlags.None, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _deadline?.Dispose();
        base.Dispose(disposing);
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
