using System.IO.Compression;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>Decompresses messages (RFC 7692 7.2.2), up to a limit: a few bytes can stand for gigabytes. One at a time.</summary>
/// <param name="keepsContext">Whether a message may refer to those before it.</param>
internal sealed class MessageInflater(bool keepsContext) : IDisposable
{
    private const int MostEnds = 64; // in one message: each costs an inflater, and a hostile peer could have one end in every two bytes

    private static readonly byte[] Tail = [0, 0, 0xff, 0xff];

    private readonly Source _source = new();
    private DeflateStream? _stream;
    private bool _holds; // whether the stream has given something that what comes may refer to

    /// <summary>Decompresses a message.</summary>
    /// <param name="compressed">The message as it came.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="most">The most bytes it may have.</param>
    /// <returns>False when it has more.</returns>
    /// <exception cref="InvalidDataException">It was not compressed so.</exception>
    public bool Inflate(ReadOnlyMemory<byte> compressed, PooledBuffer output, int most)
    {
        try
        {
            for (int ends = 0; ; ends++)
            {
                bool isFresh = !_holds;
                _source.Set(compressed, Tail);
                _stream ??= new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
                if (!TryRead(output, most))
                    return false;
                if (_source.AskedAtEnd)
                    return true;

                // A block that says it is the last (7.2.3.4): what follows it begins anew.
                Dispose();
                if (ends == MostEnds)
                    throw new InvalidDataException("The compressed data ends too often within one message.");
                if (!isFresh)
                    throw new InvalidDataException("The compressed data ends, and what came before it is not kept to look where.");
                compressed = compressed[Math.Min(compressed.Length, LengthToEnd(compressed))..];
                if (compressed.IsEmpty)
                    return true;
            }
        }
        finally
        {
            if (!keepsContext)
                Dispose();
            _source.Set(default, []);
        }
    }

    private bool TryRead(PooledBuffer output, int most)
    {
        try
        {
            while (true)
            {
                int read = _stream!.Read(output.GetSpan(4096));
                if (read == 0)
                    return true;
                _holds = true;
                output.Advance(read);
                if (output.Written.Length > most)
                    return false;
            }
        }
        catch (InvalidDataException) when (_source.AskedAtEnd)
        {
            // An application may have asked .NET to be strict (UseStrictValidation): to it a stream that waits for its next message is one cut off.
            return true;
        }
    }

    // .NET does not tell how much of what it took it has used, so it is given byte by byte.
    private int LengthToEnd(ReadOnlyMemory<byte> compressed)
    {
        _source.Set(compressed, Tail, step: 1);
        using var probe = new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
        Span<byte> scratch = stackalloc byte[1024];
        while (probe.Read(scratch) > 0)
        {
        }

        return compressed.Length + Tail.Length - _source.Left;
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
        _holds = false;
    }

    // What a message brings, then its tail, then nothing until the next one.
    private sealed class Source : Stream
    {
        private const string OneWay = "A compressed message is read once, from its beginning to its end.";

        private ReadOnlyMemory<byte> _first;
        private ReadOnlyMemory<byte> _second;
        private int _step;

        public void Set(ReadOnlyMemory<byte> first, byte[] second, int step = int.MaxValue)
        {
            _first = first;
            _second = second;
            _step = step;
            AskedAtEnd = false;
        }

        public bool AskedAtEnd { get; private set; }

        public int Left => _first.Length + _second.Length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException(OneWay);

        public override long Position { get => throw new NotSupportedException(OneWay); set => throw new NotSupportedException(OneWay); }

        public override int Read(Span<byte> buffer)
        {
            if (_first.IsEmpty)
                (_first, _second) = (_second, default);
            int size = Math.Min(Math.Min(buffer.Length, _step), _first.Length);
            AskedAtEnd |= size == 0;
            _first.Span[..size].CopyTo(buffer);
            _first = _first[size..];
            return size;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

        public override void SetLength(long value) => throw new NotSupportedException(OneWay);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);
    }
}
