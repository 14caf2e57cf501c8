using System.Buffers;

namespace Soket.Protocols.Framing;

/// <summary>A message ends with a fixed run of bytes, which is no part of it. What the stream's end leaves without one is incomplete.</summary>
public sealed class DelimiterFraming : Framing
{
    /// <summary>The longest delimiter, bytes. Searching costs, at worst, message length times delimiter length.</summary>
    public const int LongestDelimiter = 64;

    private readonly byte[] _delimiter; // written once

    /// <summary>Creates the framing.</summary>
    /// <param name="delimiter">1 to <see cref="LongestDelimiter"/> bytes.</param>
    /// <param name="maxMessage">The longest message, bytes, its delimiter not counted.</param>
    public DelimiterFraming(ReadOnlySpan<byte> delimiter, int maxMessage = DefaultMaxMessage)
        : base(maxMessage)
    {
        if (delimiter.Length is 0 or > LongestDelimiter)
            throw new ArgumentOutOfRangeException(nameof(delimiter), delimiter.Length, $"A delimiter has 1 to {LongestDelimiter} bytes.");
        _delimiter = delimiter.ToArray();
        Name = "delimiter:" + FramingText.Escape(_delimiter);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The bytes that end a message.</summary>
    public ReadOnlySpan<byte> Delimiter => _delimiter;

    /// <inheritdoc/>
    public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (reader.TryReadTo(out message, _delimiter, advancePastDelimiter: true))
        {
            if (message.Length > MaxMessage)
                return Refuse(out message);
            buffer = buffer.Slice(reader.Position);
            return FramingResult.Message;
        }

        // Bytes at the end that may be the delimiter's beginning do not count, unless nothing more comes.
        if (buffer.Length > MaxMessage && buffer.Length - (ended ? 0 : StartedDelimiter(buffer)) > MaxMessage)
            return Refuse(out message);
        message = default;
        if (!ended || buffer.IsEmpty)
            return FramingResult.NeedMore;
        message = buffer;
        buffer = buffer.Slice(buffer.End);
        return FramingResult.Incomplete;
    }

    /// <inheritdoc/>
    public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
    {
        // Not only inside: "xa" before the delimiter "aa" reads as "x" and something else.
        var reader = new SequenceReader<byte>(message);
        bool held = reader.TryReadTo(out ReadOnlySequence<byte> _, _delimiter, advancePastDelimiter: true);
        if (held || RunsIntoDelimiter(message))
            throw new ArgumentException($"The message holds the delimiter '{Name["delimiter:".Length..]}', alone or together with its own.", nameof(message));
        Copy(message, output);
        output.Write(_delimiter);
    }

    private int StartedDelimiter(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> tail = stackalloc byte[(int)Math.Min(buffer.Length, _delimiter.Length - 1)];
        buffer.Slice(buffer.Length - tail.Length).CopyTo(tail);
        for (int start = 0; start < tail.Length; start++)
        {
            if (_delimiter.AsSpan().StartsWith(tail[start..]))
                return tail.Length - start;
        }

        return 0;
    }

    private bool RunsIntoDelimiter(in ReadOnlySequence<byte> message)
    {
        if (_delimiter.Length == 1)
            return false;
        int tail = (int)Math.Min(message.Length, _delimiter.Length - 1);
        Span<byte> end = stackalloc byte[tail + _delimiter.Length];
        message.Slice(message.Length - tail).CopyTo(end);
        _delimiter.CopyTo(end[tail..]);
        return end.IndexOf(_delimiter) < tail;
    }
}
