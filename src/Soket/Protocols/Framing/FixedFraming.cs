using System.Buffers;

namespace Soket.Protocols.Framing;

/// <summary>Every message has the same length. What the stream's end leaves short is incomplete.</summary>
/// <param name="size">The length, bytes, 1 or more.</param>
public sealed class FixedFraming(int size) : Framing(size)
{
    /// <inheritdoc/>
    public override string Name => FormattableString.Invariant($"fixed:{MaxMessage}");

    /// <inheritdoc/>
    public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
    {
        message = default;
        bool whole = buffer.Length >= MaxMessage;
        if (!whole && (!ended || buffer.IsEmpty))
            return FramingResult.NeedMore;
        message = buffer.Slice(0, Math.Min(buffer.Length, MaxMessage));
        buffer = buffer.Slice(message.End);
        return whole ? FramingResult.Message : FramingResult.Incomplete;
    }

    /// <inheritdoc/>
    public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
    {
        if (message.Length != MaxMessage)
            throw new ArgumentException($"The message has {message.Length} bytes; each has {MaxMessage} here.", nameof(message));
        Copy(message, output);
    }
}
