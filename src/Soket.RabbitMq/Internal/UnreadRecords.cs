namespace Soket.RabbitMq.Internal;

/// <summary>One's own records that have not come out of a log yet, in the order in which they went in. One thread at a time.</summary>
internal sealed class UnreadRecords
{
    private readonly Queue<WaitingRecord> _records = new();
    private readonly Dictionary<UInt128, int> _keys = []; // how many of each are among them

    public IEnumerable<WaitingRecord> All => _records;

    public void Add(WaitingRecord record)
    {
        _records.Enqueue(record);
        _keys[record.Key] = _keys.GetValueOrDefault(record.Key) + 1;
    }

    /// <summary>Takes the record of that key, and what went in before it: of a log that keeps the order that has come too, or was let go. Nothing where it is not one's own.</summary>
    public IReadOnlyList<WaitingRecord> TakeTo(UInt128 key)
    {
        if (!_keys.ContainsKey(key))
            return [];
        var taken = new List<WaitingRecord>();
        WaitingRecord record;
        do
        {
            record = _records.Dequeue();
            if (--_keys[record.Key] == 0)
                _keys.Remove(record.Key);
            taken.Add(record);
        }
        while (record.Key != key);
        return taken;
    }
}
