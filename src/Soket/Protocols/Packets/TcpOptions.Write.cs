using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

public sealed partial class TcpOptions
{
    /// <summary>Writes options in the order in which Linux does, filled up to a multiple of four bytes.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="maximumSegmentSize">The most data a segment may carry, bytes; null leaves it out.</param>
    /// <param name="windowScale">By how many bits windows are shifted, 0 to 14; null leaves it out.</param>
    /// <param name="sackPermitted">Whether selective acknowledgments are understood.</param>
    /// <param name="timestamp">The clocks; null leaves them out.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(Span<byte> destination, ushort? maximumSegmentSize = null, byte? windowScale = null, bool sackPermitted = false, (uint Value, uint Echo)? timestamp = null)
    {
        int length = 0;
        if (maximumSegmentSize is { } size)
        {
            destination[0] = (byte)Kind.MaximumSegmentSize;
            destination[1] = 4;
            WriteUInt16BigEndian(destination[2..], size);
            length = 4;
        }

        if (sackPermitted)
        {
            destination[length] = (byte)Kind.SackPermitted;
            destination[length + 1] = 2;
            length += 2;
        }

        if (timestamp is var (value, echo))
        {
            // The numbers stand on a multiple of four: SACK permitted takes the place of what would fill.
            if (!sackPermitted)
            {
                destination[length] = destination[length + 1] = (byte)Kind.Nothing;
                length += 2;
            }

            destination[length] = (byte)Kind.Timestamp;
            destination[length + 1] = 10;
            WriteUInt32BigEndian(destination[(length + 2)..], value);
            WriteUInt32BigEndian(destination[(length + 6)..], echo);
            length += 10;
        }

        if (windowScale is { } scale)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, 14, nameof(windowScale));
            destination[length] = (byte)Kind.Nothing;
            destination[length + 1] = (byte)Kind.WindowScale;
            destination[length + 2] = 3;
            destination[length + 3] = scale;
            length += 4;
        }

        for (; length % 4 != 0; length++)
            destination[length] = (byte)Kind.Nothing;
        return length;
    }
}
