using System.Buffers;

namespace Soket.Protocols.Framing;

/// <summary>
/// A message is a line. LF or CRLF ends it when reading, whichever came, and is no part of the message; what the stream's end leaves without a
/// line break is a message too. Written lines end with LF, or with CRLF when asked.
/// </summary>
/// <remarks>
/// A message that itself ends with CR is written with CRLF in either form: with LF alone the reader would take the CR for half of the line
/// break. So every message without LF survives writing and reading.
/// </remarks>
/// <param name="maxMessage">The longest line, bytes, its line break not counted.</param>
/// <param name="crlf">Whether written lines end with CRLF, as most text protocols of the Internet ask.</param>
public sealed class LineFraming(int maxMessage = Framing.DefaultMaxMessage, bool crlf = false) : Framing(maxMessage)
{
    private const byte Lf = (byte)'\n';
    private const byte Cr = (byte)'\r';

    /// <inheritdoc/>
    public override string Name => crlf ? "line:crlf" : "line";

    /// <inheritdoc/>
    public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
    {
        if (buffer.PositionOf(Lf) is { } end)
        {
            message = buffer.Slice(0, end);
            message = message.Slice(0, message.Length - TrailingCr(message));
            if (message.Length > MaxMessage)
                return Refuse(out message);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return FramingResult.Message;
        }

        // A final CR may yet turn out to be half of a line break, unless nothing more comes.
        if (buffer.Length > MaxMessage && buffer.Length - (ended ? 0 : TrailingCr(buffer)) > MaxMessage)
            return Refuse(out message);
        if (!ended || buffer.IsEmpty)
        {
            message = default;
            return FramingResult.NeedMore;
        }

        message = buffer;
        buffer = buffer.Slice(buffer.End);
        return FramingResult.Message;
    }

    /// <inheritdoc/>
    public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
    {
        if (message.PositionOf(Lf) is not null)
            throw new ArgumentException("A line cannot hold a line break (LF).", nameof(message));
        Copy(message, output);
        output.Write(crlf || TrailingCr(message) == 1 ? "\r\n"u8 : "\n"u8);
    }

    private static int TrailingCr(in ReadOnlySequence<byte> line) =>
        !line.IsEmpty && line.Slice(line.Length - 1).FirstSpan[0] == Cr ? 1 : 0;
}
