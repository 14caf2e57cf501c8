using System.Net;

namespace Soket.Dns;

/// <summary>
/// What came for a query and was not its reply: all of it counted, the first of it kept. Whoever floods the port with datagrams fills no memory by that.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class DnsDrops
{
    private const int Most = 16;
    private const int MostBytes = 64 * 1024; // the longest datagram at least

    private readonly List<DnsDropped> _kept = [];
    private int _bytes;

    /// <summary>The first ones.</summary>
    public IReadOnlyList<DnsDropped> Kept => _kept;

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>Why the last one was dropped.</summary>
    public DnsDropReason LastReason { get; private set; }

    /// <summary>Who sent the last one; null where it came on a stream.</summary>
    public EndPoint? LastFrom { get; private set; }

    /// <summary>Only one, on a stream.</summary>
    public static DnsDrops Of(DnsDropReason reason, ReadOnlySpan<byte> bytes)
    {
        var drops = new DnsDrops();
        drops.Add(reason, null, bytes);
        return drops;
    }

    /// <summary>Takes note of one; its bytes are copied where it is kept.</summary>
    public void Add(DnsDropReason reason, EndPoint? from, ReadOnlySpan<byte> bytes)
    {
        (LastReason, LastFrom) = (reason, from);
        Count++;
        if (_kept.Count == Most || _bytes + bytes.Length > MostBytes)
            return;
        _bytes += bytes.Length;
        _kept.Add(new(reason, from, bytes.ToArray()));
    }
}
