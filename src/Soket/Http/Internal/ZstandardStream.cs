using Soket.Protocols.Zstandard;

namespace Soket.Http.Internal;

/// <summary>Reads what a stream of Zstandard was made of. .NET 10 has none of its own.</summary>
internal sealed class ZstandardStream(Stream inner) : Stream
{
    private const string OneWay = "A compressed body is read once, from its beginning to its end.";

    private readonly ZstandardDecoder _decoder = new();
    private byte[] _input = new byte[4096];
    private ReadOnlyMemory<byte> _content;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException(OneWay);

    public override long Position
    {
        get => throw new NotSupportedException(OneWay);
        set => throw new NotSupportedException(OneWay);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_content.IsEmpty && !buffer.IsEmpty)
        {
            int needed = _decoder.Needed;
            if (_input.Length < needed)
                _input = new byte[Math.Max(needed, _input.Length * 2)];
            int read = await inner.ReadAtLeastAsync(_input.AsMemory(0, needed), needed, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (read == 0 && _decoder.IsBetweenFrames)
                return 0;
            if (read < needed)
                throw new InvalidDataException("The Zstandard content is cut off.");
            _content = _decoder.Take(_input.AsSpan(0, needed));
        }

        int length = Math.Min(buffer.Length, _content.Length);
        _content[..length].CopyTo(buffer);
        _content = _content[length..];
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

    public override void SetLength(long value) => throw new NotSupportedException(OneWay);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
