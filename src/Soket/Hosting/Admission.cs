using System.Net;
using System.Net.Sockets;

namespace Soket.Hosting;

/// <summary>Whether one more connection may be served, and the count of those that are. Any thread.</summary>
internal sealed class Admission(ServerLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = []; // under _lock
    private int _total;                                           // written under _lock

    /// <summary>How many places are taken.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Takes a place for a peer.</summary>
    /// <returns>Null when it was taken; else why not, as a stable key.</returns>
    public string? Enter(EndPoint? peer)
    {
        if (!limits.Admits(peer))
            return "denied";
        lock (_lock)
        {
            if (_total >= limits.MaxConnections)
                return "max-connections";
            if (limits.MaxConnectionsPerAddress > 0 && Key(peer) is { } key)
            {
                int now = _perAddress.GetValueOrDefault(key);
                if (now >= limits.MaxConnectionsPerAddress)
                    return "max-per-address";
                _perAddress[key] = now + 1;
            }

            _total++;
            return null;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(EndPoint? peer)
    {
        lock (_lock)
        {
            _total--;
            if (limits.MaxConnectionsPerAddress > 0 && Key(peer) is { } key && _perAddress.TryGetValue(key, out int now))
            {
                if (now <= 1)
                    _perAddress.Remove(key);
                else
                    _perAddress[key] = now - 1;
            }
        }
    }

    // Who has an IPv6 address has a /64 of them (RFC 6177): counted one by one the limit would be none.
    private static IPAddress? Key(EndPoint? peer)
    {
        if (peer is not IPEndPoint { Address: var address })
            return null;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
