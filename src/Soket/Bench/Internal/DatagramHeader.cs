using System.Buffers.Binary;

namespace Soket.Bench.Internal;

/// <summary>
/// What a numbered datagram begins with, 16 bytes, network byte order: 2 bytes that tell this socket's datagrams from an earlier one's, 6 bytes of number,
/// 8 bytes of the time it was sent, ns on the sender's clock.
/// </summary>
/// <param name="Flow">Of which socket.</param>
/// <param name="Number">From 0, less than 2^48.</param>
/// <param name="SentAt">When it was sent.</param>
internal readonly record struct DatagramHeader(ushort Flow, long Number, long SentAt)
{
    public const int Length = 16;

    public void Write(Span<byte> datagram)
    {
        BinaryPrimitives.WriteUInt64BigEndian(datagram, ((ulong)Flow << 48) | ((ulong)Number & 0xFFFF_FFFF_FFFF));
        BinaryPrimitives.WriteInt64BigEndian(datagram[8..], SentAt);
    }

    public static bool TryRead(ReadOnlySpan<byte> datagram, out DatagramHeader header)
    {
        header = default;
        if (datagram.Length < Length)
            return false;
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(datagram);
        header = new((ushort)(first >> 48), (long)(first & 0xFFFF_FFFF_FFFF), BinaryPrimitives.ReadInt64BigEndian(datagram[8..]));
        return true;
    }
}
