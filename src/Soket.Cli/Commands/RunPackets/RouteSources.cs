using System.Net;
using Soket.Explain;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>What this machine's routes and interfaces say of addresses, asked once for each. Asking sends nothing. One thread.</summary>
internal sealed class RouteSources(ISystemFacts facts)
{
    private const int MostKept = 4096;

    private readonly Dictionary<IPAddress, IPAddress?> _sources = [];
    private readonly Lazy<HashSet<IPAddress>> _own = new(() => [.. (facts.OwnAddresses ?? []).Select(address => new IPAddress(address.GetAddressBytes()))]);

    /// <summary>The address that is sent from to a peer; null where there is no route.</summary>
    public IPAddress? SourceFor(IPAddress peer)
    {
        if (_sources.TryGetValue(peer, out IPAddress? known))
            return known;
        if (_sources.Count == MostKept)
            _sources.Clear();
        return _sources[peer] = facts.RouteTo(peer)?.Source;
    }

    /// <summary>Whether an address is this machine's.</summary>
    public bool IsHere(IPAddress address) => IPAddress.IsLoopback(address) || _own.Value.Contains(address);
}
