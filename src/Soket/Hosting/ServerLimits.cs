using System.Net;
using System.Net.Sockets;

namespace Soket.Hosting;

/// <summary>What a server takes on, so that no peer can take more.</summary>
public sealed record ServerLimits
{
    /// <summary>The most connections at once over all endpoints, 1 or more; one more is reset at once. 10,000.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>The most connections at once from one address (an IPv6 /64 counts as one); 0 for no such limit.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>How long a connection may move no byte before it is ended; zero for ever.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>
    /// The most bytes all connections together may hold of messages that are not whole yet and of replies that are not read, beyond 128 KiB each;
    /// who would hold more is reset. 64 MiB; never less than four of the longest messages.
    /// </summary>
    public long MaxBuffered { get; init; } = 64 * 1024 * 1024;

    /// <summary>Only peers in these networks are served; empty for everybody.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Peers in these networks are not served, whatever <see cref="Allow"/> says.</summary>
    public IReadOnlyList<IPNetwork> Deny { get; init; } = [];

    /// <summary>Whether a peer may be served by address. Peers on Unix sockets always may.</summary>
    public bool Admits(EndPoint? peer)
    {
        if (peer is not IPEndPoint { Address: var address })
            return true;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return !Contain(Deny, address) && (Allow.Count == 0 || Contain(Allow, address));
    }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxConnectionsPerAddress);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxBuffered);
        ArgumentOutOfRangeException.ThrowIfLessThan(IdleTimeout, TimeSpan.Zero);
    }

    private static bool Contain(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        for (int i = 0; i < networks.Count; i++)
        {
            // A rule may be written for IPv4 as IPv6 carries it (RFC 4291 2.5.5.2); ::/0 is not meant by that.
            IPNetwork network = networks[i];
            bool mapped = network.PrefixLength >= 96 && network.BaseAddress.IsIPv4MappedToIPv6 && address.AddressFamily == AddressFamily.InterNetwork;
            if (network.Contains(mapped ? address.MapToIPv6() : address))
                return true;
        }

        return false;
    }
}
