namespace Soket.Protocols.Zstandard;

/// <summary>Reads bits from the beginning on, lowest first: the description of an FSE table (RFC 8878 4.1.1).</summary>
internal ref struct ForwardBits(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Bytes begun so far.</summary>
    public readonly int Bytes => (_at + 7) / 8;

    /// <exception cref="InvalidDataException">There are no more.</exception>
    public int Read(int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++, _at++)
        {
            if (_at >= _bytes.Length * 8)
                throw new InvalidDataException("A table's description is cut off.");
            value |= ((_bytes[_at >> 3] >> (_at & 7)) & 1) << i;
        }

        return value;
    }

    public void Unread() => _at--;
}
