using System.Buffers;
using System.IO.Compression;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>Compresses messages (RFC 7692 7.2.1). One at a time.</summary>
/// <param name="keepsContext">Whether a message may refer to those before it; else nothing is kept between two of them.</param>
internal sealed class MessageDeflater(bool keepsContext) : IDisposable
{
    private readonly Sink _sink = new();
    private DeflateStream? _stream;

    /// <summary>Compresses a message; what is given is lent until <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> message)
    {
        _sink.Written.Clear();
        if (message.IsEmpty)
        {
            // RFC 7692 7.2.3.6: an empty block without its tail. A flush of nothing would write nothing at all.
            _sink.WriteByte(0);
            return _sink.Written.Written;
        }

        _stream ??= new DeflateStream(_sink, CompressionLevel.Fastest, leaveOpen: true);
        _stream.Write(message.Span);
        _stream.Flush(); // a sync flush, which ends with an empty stored block: 00 00 FF FF, not sent
        ReadOnlyMemory<byte> compressed = _sink.Written.Written;
        compressed = compressed[..^4];
        if (!keepsContext)
            Forget();
        return compressed;
    }

    public void Release() => _sink.Written.Release();

    public void Dispose()
    {
        Forget();
        Release();
    }

    // Disposing writes a last block, which nobody wants.
    private void Forget()
    {
        _sink.Deaf = true;
        _stream?.Dispose();
        _stream = null;
        _sink.Deaf = false;
    }

    private sealed class Sink : Stream
    {
        private const string OneWay = "What is compressed is written once, from its beginning to its end, and never read back.";

        public PooledBuffer Written { get; } = new();

        public bool Deaf { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException(OneWay);

        public override long Position { get => throw new NotSupportedException(OneWay); set => throw new NotSupportedException(OneWay); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!Deaf)
                Written.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

        public override void SetLength(long value) => throw new NotSupportedException(OneWay);
    }
}
