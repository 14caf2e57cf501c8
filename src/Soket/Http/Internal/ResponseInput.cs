using System.Buffers;
using System.IO.Pipelines;
using Soket.Protocols.Http1;

namespace Soket.Http.Internal;

/// <summary>The parts of a response as a connection brings them. What a part lends is good until the next step.</summary>
internal sealed class ResponseInput(PipeReader input, HttpResponseReader reader) : IDisposable
{
    private const int FirstBytes = 48;
    private readonly CancellationTokenSource _pause = new();
    private ReadOnlySequence<byte> _buffer;
    private bool _held;
    private bool _ended;

    /// <summary>The first bytes that came: enough to tell what speaks there.</summary>
    public byte[] First { get; private set; } = [];

    /// <summary>Whether it ended before a byte came.</summary>
    public bool IsEmpty => _ended && First.Length == 0 && Consumed == 0;

    /// <summary>Bytes read of the response, framing included.</summary>
    public long Consumed { get; private set; }

    public HttpResponseReader Reader => reader;

    /// <summary>The content of the last step.</summary>
    public ReadOnlySequence<byte> Content { get; private set; }

    /// <summary>Whether the pause, and not whoever asked, has ended a wait.</summary>
    public bool HasPaused => _pause.IsCancellationRequested;

    /// <summary>Bounds the wait that is under way, and those to come until it is set again; null for no bound.</summary>
    public void AllowPause(TimeSpan? pause) => _pause.CancelAfter(pause ?? Timeout.InfiniteTimeSpan);

    /// <summary>Waits for the first bytes, or for the end.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_held)
            return;
        if (!input.TryRead(out ReadResult read))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _pause.Token);
            read = await input.ReadAsync(either.Token).ConfigureAwait(false);
        }

        (_buffer, _ended, _held) = (read.Buffer, read.IsCompleted, true);
        if (First.Length < FirstBytes && Consumed == 0)
            First = _buffer.Slice(0, Math.Min(FirstBytes, _buffer.Length)).ToArray();
    }

    /// <summary>The next part; never <see cref="HttpResponsePart.NeedMore"/>.</summary>
    /// <param name="pause">How long it may be waited for; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<HttpResponsePart> StepAsync(TimeSpan? pause, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_held)
            {
                long before = _buffer.Length;
                HttpResponsePart part = reader.Read(ref _buffer, _ended, out ReadOnlySequence<byte> content);
                Consumed += before - _buffer.Length;
                Content = content;
                if (part != HttpResponsePart.NeedMore)
                    return part;
                Release();
            }

            AllowPause(pause);
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        Release();
        _pause.Dispose();
    }

    private void Release()
    {
        if (!_held)
            return;
        _held = false;
        input.AdvanceTo(_buffer.Start, _buffer.End);
    }
}
