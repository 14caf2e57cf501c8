using System.IO.Pipelines;

namespace Soket.Transports.Internal;

/// <summary>
/// A writer whose completion means what it says everywhere in Soket: flush what was written, then end this direction. Completing with an
/// exception gives the connection up.
/// </summary>
internal sealed class HalfClosePipeWriter(PipeWriter inner, Func<ValueTask> halfClose, Action<Exception> abort) : PipeWriter
{
    private Task? _completion; // written once

    /// <summary>Ends when the direction has been closed; completes at once when nobody asked for it.</summary>
    public Task Completion => Volatile.Read(ref _completion) ?? Task.CompletedTask;

    /// <summary>Whether completion was asked for.</summary>
    public bool IsCompleting => Volatile.Read(ref _completion) is not null;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => inner.WriteAsync(source, cancellationToken);

    // Runs on the caller's thread as far as it need not wait; whoever disposes the connection awaits the rest.
    public override void Complete(Exception? exception = null) => Start(exception);

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Start(exception);
        return new ValueTask(Completion);
    }

    private void Start(Exception? exception)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _completion, mine.Task, null) is not null)
            return;
        _ = CloseAsync(exception, mine);
    }

    // Never faults: the failure to flush is the connection's, which tells it to whoever reads or writes; `done` is what callers await.
    private async Task CloseAsync(Exception? exception, TaskCompletionSource done)
    {
        try
        {
            if (exception is null)
            {
                await inner.CompleteAsync().ConfigureAwait(false);
                await halfClose().ConfigureAwait(false);
            }
            else
            {
                abort(exception);
                await inner.CompleteAsync(exception).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            abort(e);
        }
        finally
        {
            done.SetResult();
        }
    }
}
