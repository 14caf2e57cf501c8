using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Soket.Protocols.Framing;

/// <summary>What cutting a message from a stream came to.</summary>
public enum FramingResult
{
    /// <summary>A message was cut.</summary>
    Message,

    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>The message is longer than the limit; the stream cannot be read on.</summary>
    TooLarge,

    /// <summary>The stream ended inside a message; what there was of it is given.</summary>
    Incomplete,
}

/// <summary>Cuts messages from a stream and puts them on one. Pure and without state: one instance serves every connection.</summary>
public abstract class Framing
{
    /// <summary>The default limit on a message, bytes: 1 MiB.</summary>
    public const int DefaultMaxMessage = 1024 * 1024;

    /// <summary>Creates a framing.</summary>
    /// <param name="maxMessage">The longest message it takes, bytes, 1 or more.</param>
    protected Framing(int maxMessage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessage, 1);
        MaxMessage = maxMessage;
    }

    /// <summary>The longest message it takes, bytes.</summary>
    public int MaxMessage { get; }

    /// <summary>How it is written on the command line: <c>chunk</c>, <c>line</c>, <c>length:4</c>, <c>delimiter:\0</c>, <c>fixed:16</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Cuts the next message.</summary>
    /// <remarks>
    /// <see cref="FramingResult.TooLarge"/> comes as soon as it is certain, so a caller that reads only after <see cref="FramingResult.NeedMore"/>
    /// never holds more than the limit, the framing's own bytes and one receive. With the stream ended and nothing left, it needs more.
    /// </remarks>
    /// <param name="buffer">What has been received; what was cut is taken off its front.</param>
    /// <param name="ended">Whether the stream has ended: nothing more will come.</param>
    /// <param name="message">The message.</param>
    public abstract FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message);

    /// <summary>Puts a message on a stream.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">The stream.</param>
    /// <exception cref="ArgumentException">The framing cannot carry this message: it holds the delimiter, or has another length.</exception>
    public abstract void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output);

    /// <summary>
    /// Reads a framing as it is written on the command line: <c>chunk</c>, <c>line</c>, <c>line:crlf</c>, <c>length:2</c>, <c>length:4</c>,
    /// <c>length:4:le</c>, <c>delimiter:TEXT</c> (with <c>\0 \n \r \t \\ \xHH</c>), <c>fixed:16</c>; or says what is wrong with it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="maxMessage">The longest message, bytes, 1 or more.</param>
    /// <param name="framing">The framing.</param>
    /// <param name="error">What is wrong, when it is not one.</param>
    public static bool TryParse(string text, int maxMessage, [NotNullWhen(true)] out Framing? framing, [NotNullWhen(false)] out FramingError? error) =>
        FramingText.TryParse(text, maxMessage, out framing, out error);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private protected static void Copy(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
    {
        foreach (ReadOnlyMemory<byte> part in message)
            output.Write(part.Span);
    }

    private protected static FramingResult Refuse(out ReadOnlySequence<byte> message)
    {
        message = default;
        return FramingResult.TooLarge;
    }
}
