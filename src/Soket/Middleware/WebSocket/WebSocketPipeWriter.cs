using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.WebSocket;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>What a service writes to a stream, as messages: each flush is one. Completing closes the WebSocket.</summary>
internal sealed class WebSocketPipeWriter(WebSocketLayer layer, PipeWriter inner) : PipeWriter
{
    private readonly PooledBuffer _written = new();
    private Task? _completion; // written once, by the writing side

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written.Written.Length;

    public override void Advance(int bytes) => _written.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_completion is not null)
            throw new InvalidOperationException("Nothing can be written after the output was completed.");
        if (_written.Written.IsEmpty)
            return default;
        try
        {
            return await layer.SendFlushAsync(_written.Written, layer.StreamIsText, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _written.Release();
        }
    }

    public override void Complete(Exception? exception = null) => _completion ??= CloseAsync(exception);

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        return new ValueTask(_completion!);
    }

    // Never faults: what fails here has been told, and shows at the next read.
    private async Task CloseAsync(Exception? exception)
    {
        if (exception is not null)
        {
            layer.Abort(new ConnectionAbortedException(exception.Message, exception));
            return;
        }

        try
        {
            if (!_written.Written.IsEmpty)
                await layer.SendFlushAsync(_written.Written, layer.StreamIsText, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            return;
        }
        finally
        {
            _written.Release();
        }

        await layer.CloseAsync(layer.IsStopping ? CloseCode.GoingAway : CloseCode.Normal).ConfigureAwait(false);
    }
}
