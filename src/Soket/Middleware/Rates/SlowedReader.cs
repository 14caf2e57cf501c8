using System.Buffers;
using System.IO.Pipelines;

namespace Soket.Middleware.Rates;

/// <summary>Gives at most a piece at a time of what came, and the next one when its time has come.</summary>
internal sealed class SlowedReader(PipeReader below, Pace pace) : PipeReader
{
    private ReadOnlySequence<byte> _shown;
    private long _seen; // of what stands unconsumed, how much has been shown and paid for
    private bool _hidden; // whether more has come than was shown

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        await pace.WaitAsync(cancellationToken).ConfigureAwait(false);
        ReadResult read = await below.ReadAsync(cancellationToken).ConfigureAwait(false);
        return Show(read);
    }

    // What is asked for without waiting is what has come; its time is paid for by the next wait.
    public override bool TryRead(out ReadResult result)
    {
        if (!below.TryRead(out ReadResult read))
        {
            result = default;
            return false;
        }

        result = Show(read);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        long used = _shown.Slice(0, consumed).Length;
        bool whole = _shown.Slice(examined).IsEmpty;
        _seen = Math.Max(0, _shown.Length - used);
        // More may stand behind the piece that was shown: only what stood there has been examined, and the next read must not wait for the peer.
        below.AdvanceTo(consumed, whole && !_hidden ? examined : consumed);
        _shown = default;
    }

    public override void CancelPendingRead() => below.CancelPendingRead();

    public override void Complete(Exception? exception = null) => below.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => below.CompleteAsync(exception);

    private ReadResult Show(in ReadResult read)
    {
        long most = _seen + pace.Piece;
        _hidden = read.Buffer.Length > most;
        _shown = _hidden ? read.Buffer.Slice(0, most) : read.Buffer;
        pace.Moved(Math.Max(0, _shown.Length - _seen));
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted && !_hidden);
    }
}
