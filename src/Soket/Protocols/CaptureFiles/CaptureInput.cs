namespace Soket.Protocols.CaptureFiles;

/// <summary>The bytes of a capture file as they come, with as many looked at ahead as a packet is long. Grows to the longest packet or block and no further.</summary>
internal sealed class CaptureInput(Stream stream) : IDisposable
{
    // Below what the collector calls a large object; a read of this size costs no more a byte than a longer one.
    private const int Room = 64 * 1024;
    private byte[] _buffer = new byte[Room];
    private int _start;
    private int _end;

    /// <summary>The place in the file of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>How many bytes are there without reading on.</summary>
    public int Available => _end - _start;

    /// <summary>Reads on until so many bytes are there. What was lent before is gone.</summary>
    /// <returns>False when the file ends before.</returns>
    /// <exception cref="CaptureFileException">It is compressed, and cannot be unpacked.</exception>
    public bool TryFill(int count) => _end - _start >= count || TryReadOn(count);

    /// <summary>The next bytes; they must be there.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _buffer.AsSpan(_start, count);

    /// <summary>Some of the next bytes, lent until <see cref="TryFill"/> is called again.</summary>
    public ReadOnlyMemory<byte> Lend(int from, int count) => _buffer.AsMemory(_start + from, count);

    /// <summary>Goes on behind bytes that are there.</summary>
    public void Skip(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>The rest of the file as a stream of its own.</summary>
    public Stream AsStream(bool leaveOpen) => new Rest(this, leaveOpen);

    public void Dispose() => stream.Dispose();

    private bool TryReadOn(int count)
    {
        if (_buffer.Length - _start < count)
        {
            byte[] roomy = _buffer.Length >= count ? _buffer : new byte[Math.Max(count, Math.Min(_buffer.Length * 2, CaptureReader.LengthLimit))];
            _buffer.AsSpan(_start, _end - _start).CopyTo(roomy);
            _end -= _start;
            _start = 0;
            _buffer = roomy;
        }

        while (_end - _start < count)
        {
            int read = ReadStream(_buffer.AsSpan(_end));
            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    private int ReadStream(Span<byte> into)
    {
        try
        {
            return stream.Read(into);
        }
        catch (InvalidDataException e)
        {
            throw new CaptureFileException(CaptureFileProblem.Compression, Offset + Available, e);
        }
    }

    private sealed class Rest(CaptureInput input, bool leaveOpen) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (!input.TryFill(1))
                return 0;
            int count = Math.Min(buffer.Length, input.Available);
            input.Peek(count).CopyTo(buffer);
            input.Skip(count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !leaveOpen)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
