namespace Soket.RabbitMq.Internal;

/// <summary>A log that is followed, and how far it was read. Used by the session that reads, one after the other.</summary>
internal sealed class Log(string name)
{
    private UInt128 _last;

    public string Name { get; } = name;

    /// <summary>The offset that comes next; 0 before anything was read.</summary>
    public long Next { get; private set; }

    /// <summary>The next record was read.</summary>
    /// <returns>What it is known by.</returns>
    public UInt128 Took(long offset, ReadOnlySpan<byte> record)
    {
        Next = offset + 1;
        return _last = WaitingRecord.KeyOf(record);
    }

    /// <summary>Whether a record is the last one that was read: else the log is another one by the same name.</summary>
    public bool IsLast(ReadOnlySpan<byte> record) => WaitingRecord.KeyOf(record) == _last;

    public void Restart() => Next = 0;
}
