using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Transports.Internal;

/// <summary>
/// The writing half of a connection. A flush ends when the transport has taken all bytes, which is the backpressure; completing means flush what
/// was written, then end this direction (half-close); completing with an exception gives the connection up.
/// </summary>
/// <remarks>
/// Not .NET's StreamPipeWriter: that one sends a buffer again from its start when the flush before was cancelled in the middle of it. Here
/// cancelling ends the wait only; the bytes stay on their way, in order, as with any pipe.
/// </remarks>
internal sealed class SendingPipeWriter(TransportStream stream, Func<ValueTask> halfClose, Action<Exception> abort) : PipeWriter
{
    // Larger than most messages, so that a message is one send(2); rented while there are bytes to send and given back after.
    private const int SegmentSize = 32 * 1024;
    private static readonly PipeOptions Unlimited = new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: SegmentSize, useSynchronizationContext: false);

    private readonly Lock _lock = new();
    private Buffers? _buffers;           // made with the first byte: most idle connections wait before they have sent anything
    private TaskCompletionSource? _wait; // under _lock: the flush that waits, to be woken by CancelPendingFlush
    private bool _cancelNext;            // under _lock: CancelPendingFlush came while none waited
    private Task? _completion;           // written once

    /// <summary>Ends when the direction has been closed; completed when nobody asked for it.</summary>
    public Task Completion => Volatile.Read(ref _completion) ?? Task.CompletedTask;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffers?.Pipe.Writer.UnflushedBytes ?? 0;

    public override void Advance(int bytes) => Open().Pipe.Writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => Open().Pipe.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => Open().Pipe.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush()
    {
        lock (_lock)
        {
            if (_wait is null)
                _cancelNext = true;
            else
                _wait.TrySetResult();
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (_buffers is null && !_cancelNext)
            return ValueTask.FromResult(default(FlushResult));
        Task drain = DrainAsync(Open());
        return drain.IsCompletedSuccessfully && !_cancelNext ? ValueTask.FromResult(default(FlushResult)) : WaitAsync(drain, cancellationToken);
    }

    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        cancellationToken.ThrowIfCancellationRequested();
        PipeWriter writer = Open().Pipe.Writer;
        FlushResult result = default;
        // Much at once is copied piece by piece, as the transport takes it.
        do
        {
            ReadOnlyMemory<byte> piece = source[..Math.Min(source.Length, 4 * SegmentSize)];
            source = source[piece.Length..];
            Copy(writer, piece.Span);
            try
            {
                result = await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Copy(writer, source.Span);
                throw;
            }

            if (result.IsCanceled)
            {
                Copy(writer, source.Span);
                break;
            }
        }
        while (!source.IsEmpty);
        return result;
    }

    // Runs on the caller's thread as far as it need not wait; whoever disposes the connection awaits the rest.
    public override void Complete(Exception? exception = null) => Start(exception);

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Start(exception);
        return new ValueTask(Completion);
    }

    /// <summary>
    /// Completes for as long as bytes move: what was written is sent while the peer takes it, and a peer that takes nothing holds it up for a while
    /// only.
    /// </summary>
    /// <param name="progress">The stream whose sends show that the peer takes bytes.</param>
    /// <param name="patience">How long it may take none.</param>
    /// <returns>Whether it has completed; false leaves it under way.</returns>
    public async ValueTask<bool> CompleteAsync(TransportStream progress, TimeSpan patience)
    {
        Start(null);
        long sent = progress.Sent;
        while (!Completion.IsCompleted)
        {
            try
            {
                await Completion.WaitAsync(patience).ConfigureAwait(false);
            }
            catch (TimeoutException) when (progress.Sent != sent)
            {
                sent = progress.Sent;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        return true;
    }

    private static void Copy(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = writer.GetSpan();
            int length = Math.Min(room.Length, bytes.Length);
            bytes[..length].CopyTo(room);
            writer.Advance(length);
            bytes = bytes[length..];
        }
    }

    // The failure is kept by the stream and meets the next flush; here it only must not count as unobserved.
    private static void Observe(Task drain) =>
        _ = drain.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private Buffers Open()
    {
        ThrowIfCompleted();
        if (Volatile.Read(ref _buffers) is { } made)
            return made;
        var mine = new Buffers(new Pipe(Unlimited), new SemaphoreSlim(1, 1));
        return Interlocked.CompareExchange(ref _buffers, mine, null) ?? mine;
    }

    private void ThrowIfCompleted()
    {
        if (Volatile.Read(ref _completion) is not null)
            throw new InvalidOperationException("Nothing can be written after the output was completed.");
    }

    private async ValueTask<FlushResult> WaitAsync(Task drain, CancellationToken cancellationToken)
    {
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_cancelNext)
            {
                _cancelNext = false;
                Observe(drain);
                return new FlushResult(isCanceled: true, isCompleted: false);
            }

            _wait = wake;
        }

        using (cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), wake))
            await Task.WhenAny(drain, wake.Task).ConfigureAwait(false);
        lock (_lock)
            _wait = null;

        if (!drain.IsCompleted)
        {
            Observe(drain);
            cancellationToken.ThrowIfCancellationRequested();
            return new FlushResult(isCanceled: true, isCompleted: false);
        }

        await drain.ConfigureAwait(false);
        return default;
    }

    // One at a time: a flush after a cancelled one, or the completion, waits for the one before.
    private async Task DrainAsync(Buffers buffers)
    {
        ValueTask<FlushResult> handedOver = buffers.Pipe.Writer.FlushAsync();
        System.Diagnostics.Debug.Assert(handedOver.IsCompleted, "Nothing limits this pipe.");
        await handedOver.ConfigureAwait(false);
        await buffers.Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            PipeReader reader = buffers.Pipe.Reader;
            while (reader.TryRead(out ReadResult result))
            {
                int sent = 0;
                try
                {
                    if (result.Buffer.IsEmpty)
                        break;
                    sent = await stream.SendAsync(result.Buffer.First).ConfigureAwait(false);
                }
                finally
                {
                    reader.AdvanceTo(result.Buffer.GetPosition(sent));
                }
            }
        }
        catch (OperationCanceledException e) when (e is not ConnectionAbortedException)
        {
            throw new ConnectionAbortedException("The connection was closed by this end before all was sent.", e);
        }
        finally
        {
            buffers.Turn.Release();
        }
    }

    private void Start(Exception? exception)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _completion, mine.Task, null) is null)
            _ = CloseAsync(exception, mine); // Never faults; `mine` is what callers await.
    }

    private async Task CloseAsync(Exception? exception, TaskCompletionSource done)
    {
        try
        {
            if (exception is not null)
            {
                abort(exception);
                return;
            }

            try
            {
                if (_buffers is { } buffers)
                    await DrainAsync(buffers).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The stream told it as an event, and every later read and write throws it.
            }
            catch (ConnectionAbortedException)
            {
                // This end gave up; what was sent until then still ends in order.
            }

            await halfClose().ConfigureAwait(false);
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

    private sealed record Buffers(Pipe Pipe, SemaphoreSlim Turn);
}
