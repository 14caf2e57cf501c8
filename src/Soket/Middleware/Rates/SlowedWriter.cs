using System.Buffers;
using System.IO.Pipelines;

namespace Soket.Middleware.Rates;

/// <summary>Sends what was written in pieces, each when its time has come.</summary>
internal sealed class SlowedWriter(PipeWriter below, Pace pace, CancellationToken closed) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _written = new();

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written.WrittenCount;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

    public override void Advance(int bytes) => _written.Advance(bytes);

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        FlushResult result = default;
        ReadOnlyMemory<byte> rest = _written.WrittenMemory;
        try
        {
            while (!rest.IsEmpty && !result.IsCompleted && !result.IsCanceled)
            {
                await WaitAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, pace.Piece)];
                result = await below.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                pace.Moved(piece.Length);
                rest = rest[piece.Length..];
            }
        }
        finally
        {
            _written.ResetWrittenCount();
        }

        return result;
    }

    public override void CancelPendingFlush() => below.CancelPendingFlush();

    // What was written and not flushed goes out at once: there is nobody to wait in a call that does not wait.
    public override void Complete(Exception? exception = null)
    {
        if (exception is null && _written.WrittenCount > 0)
            below.Write(_written.WrittenSpan);
        _written.ResetWrittenCount();
        below.Complete(exception);
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && _written.WrittenCount > 0)
            await FlushAsync().ConfigureAwait(false);
        await below.CompleteAsync(exception).ConfigureAwait(false);
    }

    // A connection that is gone is found out by the next write, not after the pause.
    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closed);
        try
        {
            await pace.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The write that follows says what happened.
        }
    }
}
