namespace Soket.Chat.Internal;

/// <summary>The last entries of a room: bounded by their number and their size, the oldest go first. Under the hall's lock.</summary>
internal sealed class ChatLog(int most, int mostBytes)
{
    private readonly List<ChatEntry> _entries = [];
    private int _first; // entries before it are gone; the list is closed up when half of it is
    private int _bytes;

    /// <summary>The number of the last entry that is no longer kept; 0 when all are.</summary>
    public long Evicted { get; private set; }

    public int Count => _entries.Count - _first;

    public ChatEntry this[int index] => _entries[_first + index];

    public void Add(ChatEntry entry)
    {
        _entries.Add(entry);
        _bytes += entry.Size;
        while (Count > most || (_bytes > mostBytes && Count > 1))
        {
            ChatEntry oldest = _entries[_first];
            Evicted = oldest.Number;
            _bytes -= oldest.Size;
            _entries[_first++] = null!;
        }

        if (_first > 64 && _first > _entries.Count / 2)
        {
            _entries.RemoveRange(0, _first);
            _first = 0;
        }
    }

    /// <summary>Takes an entry back that nobody was told of.</summary>
    public void Remove(ChatEntry entry)
    {
        int index = _entries.IndexOf(entry, _first);
        if (index < 0)
            return;
        _entries.RemoveAt(index);
        _bytes -= entry.Size;
    }

    /// <summary>What there was up to a number is not kept, and has not come here.</summary>
    public void Skip(long number) => Evicted = Math.Max(Evicted, number);

    public void Clear()
    {
        _entries.Clear();
        (_first, _bytes, Evicted) = (0, 0, 0);
    }

    /// <summary>The index of the first entry after a number; <see cref="Count"/> where there is none.</summary>
    public int After(long number)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (this[middle].Number <= number)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
