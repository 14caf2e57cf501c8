using System.Buffers.Binary;

namespace Soket.Protocols.Tls;

/// <summary>Reads a message field by field; what goes wrong first stays wrong, and everything after it reads as nothing.</summary>
internal ref struct TlsCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => _rest.IsEmpty;

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            Failed = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public byte U8() => Take(1) is [byte value] ? value : (byte)0;

    public ushort U16() => Take(2) is { Length: 2 } value ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0;

    public int U24() => Take(3) is [byte high, byte middle, byte low] ? high << 16 | middle << 8 | low : 0;

    /// <summary>A vector with its length, in one byte, before it.</summary>
    public ReadOnlySpan<byte> Vector8() => Take(U8());

    /// <summary>A vector with its length, in two bytes, before it.</summary>
    public ReadOnlySpan<byte> Vector16() => Take(U16());

    /// <summary>A vector with its length, in three bytes, before it.</summary>
    public ReadOnlySpan<byte> Vector24() => Take(U24());
}
