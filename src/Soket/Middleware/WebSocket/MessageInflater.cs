using System.IO.Compression;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>Decompresses messages (RFC 7692 7.2.2), up to a limit: a few bytes can stand for gigabytes. One at a time.</summary>
/// <param name="keepsContext">Whether a message may refer to those before it.</param>
internal sealed class MessageInflater(bool keepsContext) : IDisposable
{
    private static readonly byte[] Tail = [0, 0, 0xff, 0xff];

    private readonly Source _source = new();
    private DeflateStream? _stream;

    /// <summary>Decompresses a message.</summary>
    /// <param name="compressed">The message as it came.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="most">The most bytes it may have.</param>
    /// <returns>False when it has more.</returns>
    /// <exception cref="InvalidDataException">It was not compressed so.</exception>
    public bool Inflate(ReadOnlyMemory<byte> compressed, PooledBuffer output, int most)
    {
        _source.Set(compressed, Tail);
        _stream ??= new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            while (true)
            {
                Span<byte> room = output.GetSpan(4096);
                int read = _stream.Read(room);
                if (read == 0)
                    return _source.IsEmpty ? true : throw new InvalidDataException("Bytes follow the end of the compressed data.");
                output.Advance(read);
                if (output.Written.Length > most)
                    return false;
                if (read < room.Length && _source.IsEmpty)
                    return true;
            }
        }
        catch (InvalidDataException) when (_source.AskedAtEnd)
        {
            // An application may have asked .NET to be strict (UseStrictValidation): to it a stream that waits for its next message is one cut off.
            return true;
        }
        finally
        {
            if (!keepsContext)
                Dispose();
            _source.Set(default, []);
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    // What a message brings, then its tail, then nothing until the next one.
    private sealed class Source : Stream
    {
        private ReadOnlyMemory<byte> _first;
        private ReadOnlyMemory<byte> _second;

        public void Set(ReadOnlyMemory<byte> first, byte[] second)
        {
            _first = first;
            _second = second;
            AskedAtEnd = false;
        }

        public bool AskedAtEnd { get; private set; }

        public bool IsEmpty => _first.IsEmpty && _second.IsEmpty;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (_first.IsEmpty)
                (_first, _second) = (_second, default);
            int size = Math.Min(buffer.Length, _first.Length);
            AskedAtEnd |= size == 0;
            _first.Span[..size].CopyTo(buffer);
            _first = _first[size..];
            return size;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
