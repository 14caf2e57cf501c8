using System.Security.Cryptography;

namespace Soket.RabbitMq.Internal;

/// <summary>A log that is followed, and how far it was read. Used by the session that reads, one after the other.</summary>
internal sealed class Log(string name)
{
    private byte[] _last = [];

    public string Name { get; } = name;

    /// <summary>The offset that comes next; 0 before anything was read.</summary>
    public long Next { get; private set; }

    public void Took(long offset, ReadOnlySpan<byte> record)
    {
        Next = offset + 1;
        _last = SHA256.HashData(record);
    }

    /// <summary>Whether a record is the last one that was read: else the log is another one by the same name.</summary>
    public bool IsLast(ReadOnlySpan<byte> record) => SHA256.HashData(record).AsSpan().SequenceEqual(_last);

    public void Restart() => (Next, _last) = (0, []);
}
