using System.Buffers;
using System.Buffers.Binary;

namespace Soket.Protocols.Framing;

/// <summary>A message is preceded by its length in bytes, as an unsigned number of 2 or 4 bytes that does not count itself.</summary>
public sealed class LengthFraming : Framing
{
    private readonly int _prefix;
    private readonly bool _littleEndian;

    /// <summary>Creates the framing.</summary>
    /// <param name="prefix">Bytes of the number, 2 or 4.</param>
    /// <param name="littleEndian">Whether the least significant byte comes first; else network byte order.</param>
    /// <param name="maxMessage">The longest message it takes, bytes. What 2 bytes cannot count (more than 65,535) cannot be written either.</param>
    public LengthFraming(int prefix = 4, bool littleEndian = false, int maxMessage = DefaultMaxMessage)
        : base(maxMessage)
    {
        if (prefix is not (2 or 4))
            throw new ArgumentOutOfRangeException(nameof(prefix), prefix, "A length has 2 or 4 bytes.");
        _prefix = prefix;
        _littleEndian = littleEndian;
    }

    /// <inheritdoc/>
    public override string Name => $"length:{(_prefix == 2 ? '2' : '4')}{(_littleEndian ? ":le" : "")}";

    /// <inheritdoc/>
    public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.Length < _prefix)
        {
            if (!ended || buffer.IsEmpty)
                return FramingResult.NeedMore;
            buffer = buffer.Slice(buffer.End);
            return FramingResult.Incomplete;
        }

        Span<byte> head = stackalloc byte[_prefix];
        buffer.Slice(0, _prefix).CopyTo(head);
        uint length = _prefix == 2
            ? _littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(head) : BinaryPrimitives.ReadUInt16BigEndian(head)
            : _littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(head) : BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length > MaxMessage)
            return FramingResult.TooLarge;

        if (buffer.Length - _prefix < length)
        {
            if (!ended)
                return FramingResult.NeedMore;
            message = buffer.Slice(_prefix);
            buffer = buffer.Slice(buffer.End);
            return FramingResult.Incomplete;
        }

        message = buffer.Slice(_prefix, length);
        buffer = buffer.Slice(message.End);
        return FramingResult.Message;
    }

    /// <inheritdoc/>
    public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output)
    {
        if (message.Length > (_prefix == 2 ? ushort.MaxValue : uint.MaxValue))
            throw new ArgumentException($"{message.Length} bytes are more than a length of {_prefix} bytes can tell.", nameof(message));
        Span<byte> head = output.GetSpan(_prefix);
        if (_prefix == 2 && _littleEndian)
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)message.Length);
        else if (_prefix == 2)
            BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)message.Length);
        else if (_littleEndian)
            BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)message.Length);
        else
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)message.Length);
        output.Advance(_prefix);
        Copy(message, output);
    }
}
