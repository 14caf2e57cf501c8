using System.Buffers;

namespace Soket.Http.Internal;

/// <summary>The body of a response as a stream, for what unpacks it.</summary>
/// <param name="next">Gives the next piece, lent until it is called again; an empty one at the end.</param>
internal sealed class BodyStream(Func<CancellationToken, ValueTask<ReadOnlySequence<byte>>> next) : Stream
{
    private const string OneWay = "A body is read once, from its beginning to its end.";

    private ReadOnlySequence<byte> _left;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException(OneWay);

    public override long Position
    {
        get => throw new NotSupportedException(OneWay);
        set => throw new NotSupportedException(OneWay);
    }

    /// <summary>Looks at the first bytes without taking them.</summary>
    public async ValueTask<byte[]> PeekAsync(int count, CancellationToken cancellationToken)
    {
        byte[] first = new byte[count];
        int read = await this.ReadAtLeastAsync(first, count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        _pushed = first.AsMemory(0, read);
        return first[..read];
    }

    private ReadOnlyMemory<byte> _pushed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        if (!_pushed.IsEmpty)
        {
            int given = Math.Min(buffer.Length, _pushed.Length);
            _pushed[..given].CopyTo(buffer);
            _pushed = _pushed[given..];
            return given;
        }

        if (_left.IsEmpty && !_ended)
        {
            _left = await next(cancellationToken).ConfigureAwait(false);
            _ended = _left.IsEmpty;
        }

        int count = (int)Math.Min(buffer.Length, _left.Length);
        _left.Slice(0, count).CopyTo(buffer.Span);
        _left = _left.Slice(count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The body comes from a connection: read it asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

    public override void SetLength(long value) => throw new NotSupportedException(OneWay);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);
}
