using System.Collections.Concurrent;
using System.Net.Sockets;
using Soket.Transports;

namespace Soket.Dns;

/// <summary>
/// Sockets that wait for their next query, for many names at once: making one costs more than asking. Each has one query under way at a time, and goes
/// after some dozens, so that the port of the next query stays hard to guess (RFC 5452 4.5). Any thread.
/// </summary>
public sealed class DnsSocketPool : IAsyncDisposable
{
    private const int MostQueries = 64;
    private readonly ConcurrentBag<(IDatagramSocket Socket, int Queries)> _v4 = [], _v6 = [];

    /// <summary>A socket that waits, or a new one.</summary>
    internal (IDatagramSocket Socket, int Queries) Take(AddressFamily family, ManagedTransportOptions options) =>
        Of(family).TryTake(out var kept) ? (kept.Socket, kept.Queries + 1) : (ManagedDatagrams.Ask(family, options), 1);

    /// <summary>Keeps a socket whose query was answered.</summary>
    /// <returns>Whether it is kept; else its time is over, and whoever has it closes it.</returns>
    internal bool Give(AddressFamily family, (IDatagramSocket Socket, int Queries) one)
    {
        if (one.Queries >= MostQueries)
            return false;
        Of(family).Add(one);
        return true;
    }

    /// <summary>Closes the sockets that wait.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var kept in _v4.Concat(_v6))
            await kept.Socket.DisposeAsync().ConfigureAwait(false);
        _v4.Clear();
        _v6.Clear();
    }

    private ConcurrentBag<(IDatagramSocket Socket, int Queries)> Of(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? _v6 : _v4;
}
