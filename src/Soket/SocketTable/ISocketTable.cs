namespace Soket.SocketTable;

/// <summary>What of the table is wanted; less is faster.</summary>
public sealed record SocketTableQuery
{
    /// <summary>Which protocols, as <see cref="SocketEntry.Protocol"/> names them: <c>tcp</c>, <c>udp</c>, <c>raw</c>, <c>unix</c> (all Unix sockets).</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["tcp", "udp", "raw", "unix"];

    /// <summary>Which states; null for all. Only a hint: sockets of others may come.</summary>
    public IReadOnlyCollection<SocketTableState>? States { get; init; }

    /// <summary>Whether to look who holds each.</summary>
    public bool Holders { get; init; } = true;

    /// <summary>Whether to ask for TCP_INFO.</summary>
    public bool Info { get; init; }

    /// <summary>Whether to ask for the memory of each.</summary>
    public bool Memory { get; init; }
}

/// <summary>The sockets of this machine at one moment.</summary>
/// <param name="Sockets">The sockets.</param>
/// <param name="Source">Where they come from: <c>sock_diag</c>, <c>/proc/net</c>, <c>IP helper</c> ...</param>
/// <param name="Missing">What this source does not tell, by key: <c>holders</c>, <c>users</c>, <c>other-users</c>, <c>queues</c>, <c>unix</c>, <c>raw</c>, <c>info</c>, <c>memory</c>, <c>timers</c>.</param>
public sealed record SocketTableSnapshot(IReadOnlyList<SocketEntry> Sockets, string Source, IReadOnlyList<string> Missing);

/// <summary>The system's table of sockets. Supplied from above, since only a platform knows.</summary>
public interface ISocketTable
{
    /// <summary>Reads the table. Any thread.</summary>
    /// <param name="query">What is wanted.</param>
    /// <exception cref="Explain.SocketFailure">The system does not let it be read.</exception>
    SocketTableSnapshot Read(SocketTableQuery query);
}
