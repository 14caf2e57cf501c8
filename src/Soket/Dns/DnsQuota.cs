namespace Soket.Dns;

/// <summary>How many queries may be sent in all for one purpose. A delegation to names that are delegated in their turn has no other end.</summary>
/// <param name="most">The most; 1 or more.</param>
/// <remarks>One thread at a time.</remarks>
internal sealed class DnsQuota(int most)
{
    private int _sent;

    /// <summary>The most.</summary>
    public int Most => most;

    /// <summary>Whether no further query may be sent.</summary>
    public bool IsSpent => _sent >= most;

    /// <summary>Takes one.</summary>
    /// <returns>False when there is none left.</returns>
    public bool TryTake()
    {
        if (IsSpent)
            return false;
        _sent++;
        return true;
    }
}
