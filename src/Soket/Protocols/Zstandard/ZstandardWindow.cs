namespace Soket.Protocols.Zstandard;

/// <summary>What was decoded last, as far back as a match may reach. It grows as content comes, and never beyond one and a half windows.</summary>
internal sealed class ZstandardWindow
{
    private byte[] _bytes = [];
    private int _end;
    private int _size;
    private long _total;

    /// <summary>Begins a frame.</summary>
    /// <param name="size">How far back a match may reach, bytes.</param>
    public void Begin(int size) => (_size, _end, _total) = (size, 0, 0);

    /// <summary>The last so many bytes.</summary>
    public ReadOnlyMemory<byte> Last(int count) => _bytes.AsMemory(_end - count, count);

    /// <summary>Makes room for so many more, so that what comes meanwhile stays where it is.</summary>
    public void Reserve(int count)
    {
        if (_end + count <= _bytes.Length)
            return;
        int kept = Math.Min(_end, _size);
        byte[] from = _bytes;
        int wanted = kept + count;
        if (wanted > _bytes.Length)
            _bytes = new byte[Math.Max(wanted, Math.Min(wanted * 2, _size + Math.Max(_size / 2, count)))];
        from.AsSpan(_end - kept, kept).CopyTo(_bytes);
        _end = kept;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_end));
        Moved(bytes.Length);
    }

    public void Append(byte value, int count)
    {
        _bytes.AsSpan(_end, count).Fill(value);
        Moved(count);
    }

    /// <summary>Copies what stands so far back; it may reach into what it makes.</summary>
    /// <exception cref="InvalidDataException">That is before the beginning, or outside the window.</exception>
    public void Copy(long offset, int count)
    {
        if (offset <= 0 || offset > Math.Min(_total, _size))
            throw new InvalidDataException("A match is further back than the window.");
        int from = _end - (int)offset;
        Span<byte> to = _bytes.AsSpan(_end, count);
        if (offset >= count)
        {
            _bytes.AsSpan(from, count).CopyTo(to);
        }
        else
        {
            for (int i = 0; i < count; i++)
                to[i] = _bytes[from + i];
        }

        Moved(count);
    }

    private void Moved(int count)
    {
        _end += count;
        _total += count;
    }
}
