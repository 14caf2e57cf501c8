namespace Soket.Protocols.Packets;

// The fragments of one datagram that have come so far.
internal sealed class FragmentedDatagram(long began)
{
    // What a fragment takes beyond its bytes, about: a capture of tiny fragments is bounded too.
    private const int Overhead = 64;

    // By place, and none overlaps another.
    private readonly List<(int Offset, byte[] Data)> _pieces = [];
    private byte[]? _header;
    private int _received;
    private int _end = -1;

    // Nanoseconds, by the clock of the capture.
    public long Began => began;

    public int Count => _pieces.Count;

    public int Bytes => _received + Count * Overhead;

    // Whether its fragments contradict each other: none of it is to be trusted, and what still comes is not either.
    public bool Refused { get; private set; }

    public bool IsComplete => _header is not null && _received == _end;

    // The first header to come counts: a second first fragment overlaps anyway, or is the same.
    public void Begin(byte[] header) => _header ??= header;

    public void Add(int offset, bool more, ReadOnlySpan<byte> data)
    {
        int end = offset + data.Length;

        // All but the last are cut at a multiple of eight, as that is what places are counted in.
        bool impossible = end > ushort.MaxValue || (more && (data.IsEmpty || data.Length % 8 != 0));
        bool contradicts = more ? _end >= 0 && end > _end : (_end >= 0 && end != _end) || (_pieces is [.., var last] && last.Offset + last.Data.Length > end);
        if (impossible || contradicts)
        {
            Refuse();
            return;
        }

        if (!more)
            _end = end;

        // From the end: in order is how most of them come.
        int index = _pieces.Count;
        while (index > 0 && _pieces[index - 1].Offset >= offset)
            index--;
        if (index < _pieces.Count && _pieces[index] is var same && same.Offset == offset && same.Data.AsSpan().SequenceEqual(data))
            return;
        bool overlaps = (index > 0 && _pieces[index - 1] is var before && before.Offset + before.Data.Length > offset)
            || (index < _pieces.Count && _pieces[index].Offset < end);
        if (overlaps)
        {
            Refuse();
            return;
        }

        if (data.IsEmpty)
            return;
        _pieces.Insert(index, (offset, data.ToArray()));
        _received += data.Length;
    }

    public byte[] ToArray()
    {
        byte[] whole = new byte[_header!.Length + _end];
        _header.CopyTo(whole, 0);
        foreach ((int offset, byte[] data) in _pieces)
            data.CopyTo(whole, _header.Length + offset);
        return whole;
    }

    private void Refuse()
    {
        Refused = true;
        _pieces.Clear();
        _received = 0;
        _header = null;
    }
}
