using System.Buffers;

namespace Soket.Protocols.Framing;

/// <summary>
/// A message is what one receive returned, at most <see cref="Framing.MaxMessage"/> bytes; nothing is ever added. What plain programs do, and so
/// the default: a client that sends without a newline and waits is answered.
/// </summary>
/// <param name="maxMessage">The longest message, bytes.</param>
public sealed class ChunkFraming(int maxMessage = Framing.DefaultMaxMessage) : Framing(maxMessage)
{
    /// <inheritdoc/>
    public override string Name => "chunk";

    /// <inheritdoc/>
    public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
    {
        message = buffer.Slice(0, Math.Min(buffer.Length, MaxMessage));
        buffer = buffer.Slice(message.End);
        return message.IsEmpty ? FramingResult.NeedMore : FramingResult.Message;
    }

    /// <inheritdoc/>
    public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output) => Copy(message, output);
}
