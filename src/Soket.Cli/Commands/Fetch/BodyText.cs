using System.Text;
using Soket.Cli.Rendering;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary>
/// A body as text on stdout: read by its character set and written as UTF-8. On a terminal control characters are made visible; with a number of
/// characters, no more than these are written, and the stream then takes nothing more.
/// </summary>
/// <param name="output">Standard output.</param>
/// <param name="contentType">The value of Content-Type.</param>
/// <param name="visible">Whether it goes to a terminal.</param>
/// <param name="most">How many characters (Unicode code points) are written; null for all.</param>
/// <param name="isBinaryRefused">Whether nothing more is taken once it turns out to be no text: a NUL near its beginning.</param>
internal sealed class BodyText(Stream output, string? contentType, bool visible, long? most, bool isBinaryRefused = false) : Stream
{
    private const string OneWay = "Text of a body is written once, asynchronously, from its beginning to its end, and never read back.";

    private const int Near = 2000; // characters

    private readonly PayloadText _payload = new();
    private readonly byte[] _first = new byte[HttpCharset.MarkLength];
    private int _held;
    private bool _lineEnds = true;
    private Decoder? _decoder;
    private long _left = most ?? long.MaxValue;
    private int _seen;
    private string _half = ""; // a high surrogate whose other half is still to come

    /// <summary>Whether it turned out to be no text, and was refused.</summary>
    public bool IsBinary { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => _left > 0;

    public override long Length => throw new NotSupportedException(OneWay);

    public override long Position
    {
        get => throw new NotSupportedException(OneWay);
        set => throw new NotSupportedException(OneWay);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_decoder is null)
        {
            int taken = Math.Min(_first.Length - _held, buffer.Length);
            buffer[..taken].CopyTo(_first.AsMemory(_held));
            _held += taken;
            buffer = buffer[taken..];
            if (_held < _first.Length)
                return;
            buffer = (byte[])[.. Start().Span, .. buffer.Span]; // in one, so that what is no text is seen before any of it is written
        }

        if (IsBinary)
            return;
        await DecodeAsync(buffer, flush: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what still waits, at the end of the body.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> left = _decoder is null ? Start() : default;
        if (!IsBinary)
            await DecodeAsync(left, flush: true, cancellationToken).ConfigureAwait(false);
        if (IsBinary)
            return;
        if (visible)
            await PutAsync(_payload.Flush(), cancellationToken).ConfigureAwait(false);
        if (visible && !_lineEnds)
            await PutAsync("\n", cancellationToken).ConfigureAwait(false); // what stands behind it on the terminal begins a line
    }

    // The bytes behind a mark of the character set.
    private ReadOnlyMemory<byte> Start()
    {
        _decoder = HttpCharset.Of(contentType, _first.AsSpan(0, _held), out int mark).GetDecoder();
        return _first.AsMemory(mark, _held - mark);
    }

    private async Task DecodeAsync(ReadOnlyMemory<byte> bytes, bool flush, CancellationToken cancellationToken)
    {
        char[] chars = new char[_decoder!.GetCharCount(bytes.Span, flush)];
        int count = _decoder.GetChars(bytes.Span, chars, flush);
        string text = _half + new string(chars, 0, count);
        if (isBinaryRefused && _seen < Near && text.AsSpan(0, Math.Min(text.Length, Near - _seen)).Contains('\0'))
        {
            (IsBinary, _left) = (true, 0);
            return;
        }

        _seen = (int)Math.Min(Near, (long)_seen + text.Length);
        _half = !flush && text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[^1..] : "";
        text = Cut(text[..^_half.Length]);
        if (visible)
            text = _payload.Append(Encoding.UTF8.GetBytes(text));
        await PutAsync(text, cancellationToken).ConfigureAwait(false);
    }

    private string Cut(string text)
    {
        if (_left == long.MaxValue)
            return text;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (_left == 0)
                break;
            _left--;
            length += rune.Utf16SequenceLength;
        }

        return text[..Math.Min(length, text.Length)];
    }

    private async Task PutAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length == 0)
            return;
        _lineEnds = text[^1] == '\n';
        await output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

    public override void SetLength(long value) => throw new NotSupportedException(OneWay);
}
