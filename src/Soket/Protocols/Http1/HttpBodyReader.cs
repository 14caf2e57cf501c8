using System.Buffers;

namespace Soket.Protocols.Http1;

/// <summary>How large a body, and what frames it, may be.</summary>
/// <param name="MaxBytes">The most bytes of content.</param>
/// <param name="MaxChunkLine">The longest line of a chunk's size, its extensions included, bytes.</param>
/// <param name="Trailers">How large the fields after the last chunk may be.</param>
public readonly record struct HttpBodyLimits(long MaxBytes, int MaxChunkLine, HttpHeadLimits Trailers)
{
    /// <summary>As long a body as there are numbers, lines of 4 KiB.</summary>
    public static HttpBodyLimits Default { get; } = new(long.MaxValue, 4096, HttpHeadLimits.Default);
}

/// <summary>What reading a body gave.</summary>
public enum HttpBodyResult
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>Content: a piece of the body.</summary>
    Content,

    /// <summary>The body has ended.</summary>
    End,

    /// <summary>It is wrong.</summary>
    Invalid,
}

/// <summary>Reads a body piece by piece; content is lent from the buffer and never copied. Not for several threads.</summary>
/// <param name="framing">How it ends.</param>
/// <param name="limits">How large it may be.</param>
public sealed class HttpBodyReader(HttpBodyFraming framing, HttpBodyLimits limits)
{
    private static readonly HttpFields NoFields = new([]);

    private Stage _stage = framing.Kind == HttpBodyKind.Chunked ? Stage.Size : framing.Kind == HttpBodyKind.None ? Stage.Ended : Stage.Data;
    private long _left = framing.Kind == HttpBodyKind.UntilClose ? long.MaxValue : Math.Max(0, framing.Length); // of the body, or of the chunk

    private enum Stage
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        Ended,
        Wrong,
    }

    /// <summary>Bytes of content so far.</summary>
    public long Received { get; private set; }

    /// <summary>Chunks so far, the last (of size 0) left out.</summary>
    public int Chunks { get; private set; }

    /// <summary>The fields after the last chunk.</summary>
    public HttpFields Trailers { get; private set; } = NoFields;

    /// <summary>What is wrong.</summary>
    public HttpMessageError Error { get; private set; }

    /// <summary>What is wrong with a field after the last chunk.</summary>
    public HttpHeadError TrailerError { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="isEnded">Whether the peer has ended the stream, so that nothing follows the buffer.</param>
    /// <param name="content">The content, with <see cref="HttpBodyResult.Content"/>; lent from the buffer.</param>
    public HttpBodyResult Read(ref ReadOnlySequence<byte> buffer, bool isEnded, out ReadOnlySequence<byte> content)
    {
        content = default;
        while (true)
        {
            switch (_stage)
            {
                case Stage.Ended:
                    return HttpBodyResult.End;
                case Stage.Wrong:
                    return HttpBodyResult.Invalid;
                case Stage.Data when Received == 0 && framing.Kind == HttpBodyKind.Length && framing.Length > limits.MaxBytes:
                    return Wrong(HttpMessageError.TooLarge); // said before anything of it is taken
                case Stage.Data when _left == 0:
                    _stage = framing.Kind == HttpBodyKind.Chunked ? Stage.DataEnd : Stage.Ended;
                    continue;
                case Stage.Data when buffer.IsEmpty:
                    return isEnded ? Ended() : HttpBodyResult.NeedMore;
                case Stage.Data:
                    return ReadData(ref buffer, out content);
            }

            long before = buffer.Length;
            Stage stage = _stage;
            if (_stage == Stage.Size)
                ReadSize(ref buffer);
            else if (_stage == Stage.DataEnd)
                ReadDataEnd(ref buffer);
            else
                ReadTrailers(ref buffer);
            if (_stage == stage && buffer.Length == before)
                return isEnded ? Ended() : HttpBodyResult.NeedMore;
        }
    }

    private HttpBodyResult ReadData(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> content)
    {
        content = buffer.Slice(0, Math.Min(_left, buffer.Length));
        if (content.Length > limits.MaxBytes - Received)
        {
            content = default;
            return Wrong(HttpMessageError.TooLarge);
        }

        buffer = buffer.Slice(content.End);
        Received += content.Length;
        if (framing.Kind != HttpBodyKind.UntilClose)
            _left -= content.Length;
        return HttpBodyResult.Content;
    }

    // chunk-size [ chunk-ext ] CRLF
    private void ReadSize(ref ReadOnlySequence<byte> buffer)
    {
        ReadOnlySequence<byte> most = buffer.Slice(0, Math.Min(buffer.Length, limits.MaxChunkLine));
        ReadOnlySpan<byte> bytes = most.IsSingleSegment ? most.FirstSpan : most.ToArray();
        // What is wrong is told in the order of the bytes, so that it is the same however they come in pieces.
        int stop = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> line = stop < 0 ? bytes : bytes[..stop];
        long size = 0;
        HttpMessageError error = line.IsEmpty && stop < 0 ? HttpMessageError.None : TrySize(line, out size);
        bool whole = stop >= 0 && bytes[stop..] is [(byte)'\r', (byte)'\n', ..];
        if (error == HttpMessageError.None && stop >= 0 && !whole && bytes.Length != stop + 1)
            error = HttpMessageError.ChunkLineEnd;
        if (error == HttpMessageError.None && stop >= 0 && bytes[stop] == '\n')
            error = HttpMessageError.ChunkLineEnd;
        if (error == HttpMessageError.None && !whole && buffer.Length >= limits.MaxChunkLine)
            error = HttpMessageError.ChunkLineTooLong;
        if (error != HttpMessageError.None)
            Wrong(error);
        if (!whole || _stage == Stage.Wrong)
            return;

        buffer = buffer.Slice(stop + 2);
        _left = size;
        _stage = size == 0 ? Stage.Trailers : Stage.Data;
        if (size > limits.MaxBytes - Received)
            Wrong(HttpMessageError.TooLarge);
        else if (size > 0)
            Chunks++;
    }

    private static HttpMessageError TrySize(ReadOnlySpan<byte> line, out long size)
    {
        size = 0;
        int digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            if (size > long.MaxValue >> 4)
                return HttpMessageError.ChunkSize;
            byte digit = line[digits++];
            size = (size << 4) + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        if (digits == 0)
            return HttpMessageError.ChunkSize;
        ReadOnlySpan<byte> rest = line[digits..];
        // RFC 9112 7.1.1 allows white space before the semicolon; whatever the extensions mean, they are passed over.
        ReadOnlySpan<byte> extension = rest.TrimStart(" \t"u8);
        if (!rest.IsEmpty && (!HttpSyntax.IsFieldValue(rest) || (!extension.IsEmpty && extension[0] != ';')))
            return rest[0] is (byte)' ' or (byte)'\t' or (byte)';' ? HttpMessageError.ChunkExtension : HttpMessageError.ChunkSize;
        return HttpMessageError.None;
    }

    private void ReadDataEnd(ref ReadOnlySequence<byte> buffer)
    {
        Span<byte> two = stackalloc byte[2];
        ReadOnlySequence<byte> most = buffer.Slice(0, Math.Min(buffer.Length, 2));
        most.CopyTo(two);
        if (!"\r\n"u8.StartsWith(two[..(int)most.Length]))
            Wrong(HttpMessageError.ChunkEnd);
        if (most.Length < 2 || _stage == Stage.Wrong)
            return;
        buffer = buffer.Slice(2);
        _stage = Stage.Size;
    }

    private void ReadTrailers(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new HttpHeadReader(isRequest: false, limits.Trailers, isTrailer: true);
        HttpHeadResult result = reader.Read(ref buffer, out HttpHeadError error);
        if (result == HttpHeadResult.Invalid)
        {
            TrailerError = error;
            Wrong(HttpMessageError.Trailer);
        }
        else if (result == HttpHeadResult.Head)
        {
            Trailers = new HttpFields(reader.Fields);
            _stage = Stage.Ended;
        }
    }

    private HttpBodyResult Ended()
    {
        if (framing.Kind != HttpBodyKind.UntilClose)
            return Wrong(framing.Kind == HttpBodyKind.Chunked ? HttpMessageError.EndedInChunks : HttpMessageError.EndedInBody);
        _stage = Stage.Ended;
        return HttpBodyResult.End;
    }

    private HttpBodyResult Wrong(HttpMessageError error)
    {
        Error = error;
        _stage = Stage.Wrong;
        return HttpBodyResult.Invalid;
    }
}
