using System.Buffers.Binary;
using System.Numerics;

namespace Soket.Protocols.Zstandard;

/// <summary>Reads bits from the end of a stream to its beginning, as Zstandard's entropy coders are read (RFC 8878 4.1). Before the beginning stand zeros.</summary>
internal ref struct BackwardBits
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Begins behind the mark: the highest bit that is set in the last byte.</summary>
    /// <exception cref="InvalidDataException">There is no mark.</exception>
    public BackwardBits(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[^1] == 0)
            throw new InvalidDataException("A bit stream has no end mark.");
        _bytes = bytes;
        Left = (bytes.Length - 1) * 8 + BitOperations.Log2(bytes[^1]);
    }

    /// <summary>Bits not read yet; below 0 when more were read than there were.</summary>
    public int Left { get; private set; }

    /// <summary>The next bits, at most 32, without taking them.</summary>
    public readonly uint Peek(int count)
    {
        if (Left <= 0 || count == 0)
            return 0;
        int from = Left - count, missing = 0;
        if (from < 0)
            (from, missing) = (0, -from);
        ReadOnlySpan<byte> rest = _bytes[(from >> 3)..];
        ulong word = rest.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(rest) : Tail(rest);
        return (uint)((word >> (from & 7)) & ((1ul << (count - missing)) - 1)) << missing;
    }

    public void Skip(int count) => Left -= count;

    public uint Read(int count)
    {
        uint bits = Peek(count);
        Left -= count;
        return bits;
    }

    private static ulong Tail(ReadOnlySpan<byte> rest)
    {
        ulong word = 0;
        for (int i = 0; i < rest.Length; i++)
            word |= (ulong)rest[i] << (8 * i);
        return word;
    }
}
