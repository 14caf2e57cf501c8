using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Soket.Services;

/// <summary>What the rules say to a datagram.</summary>
public enum DatagramVerdict
{
    /// <summary>It is taken, and may be answered.</summary>
    Answer,

    /// <summary>It is taken but cannot be answered: its sender has no name.</summary>
    Nameless,

    /// <summary>The sender is not let in.</summary>
    NotAdmitted,

    /// <summary>It comes from the port of a simple service (RFC 862 to 868), or from port 0: an answer may be answered.</summary>
    ServicePort,

    /// <summary>It comes from an endpoint of this very process.</summary>
    OwnEndpoint,

    /// <summary>It claims to come from a broadcast, multicast or unspecified address; an answer would reach many, or nobody.</summary>
    ManyReceivers,
}

/// <summary>
/// Which datagrams a service takes. The sender's address of a datagram can be forged, so one that claims to come from another simple service would
/// make the two answer each other for ever (CERT CA-1996-01); such datagrams are refused.
/// </summary>
/// <remarks>
/// What remains: two echo services on ports that no rule knows, on different processes. To the one, the other looks exactly like a client that sends the
/// same bytes again as soon as they are echoed, which is what a load generator with one datagram in flight does; the addresses, the contents and
/// the order are the same, so every rule that stops the loop stops the generator too, and there is none here. Services that know their own replies
/// (<see cref="IReplyRecognizer"/>) do end such a loop. Serving echo on an open network wants an allow list.
/// </remarks>
public sealed record DatagramRules
{
    // echo, discard, systat, daytime, quote, chargen, time
    private static readonly int[] ServicePorts = [7, 9, 11, 13, 17, 19, 37];
    private static readonly LocalAddresses Machine = new();
    private readonly EndPoint[] _own = []; // looked through for every datagram

    /// <summary>The longest datagram taken, bytes, 1 to 65,535.</summary>
    public int MaxDatagram { get; init; } = 65_535;

    /// <summary>Whether a sender is let in (allow and deny lists); null lets in everybody.</summary>
    public Func<EndPoint?, bool>? Admits { get; init; }

    /// <summary>The datagram endpoints this process serves, as they are bound; a wildcard address stands for every address of the machine.</summary>
    public IReadOnlyCollection<EndPoint> Own
    {
        get => _own;
        init => _own = [.. value];
    }

    /// <summary>Whether datagrams that could start a loop are refused; false for a service that never answers.</summary>
    public bool RefuseLoops { get; init; } = true;

    /// <summary>Whether an address is one of this machine's; null asks the system. Needed only for endpoints bound to a wildcard.</summary>
    public Func<IPAddress, bool>? IsLocal { get; init; }

    /// <summary>Measures the pace of events.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Judges a datagram by its sender.</summary>
    /// <param name="from">The sender; null when it has no name.</param>
    public DatagramVerdict Judge(EndPoint? from)
    {
        if (Admits is not null && !Admits(from))
            return DatagramVerdict.NotAdmitted;
        if (from is null)
            return DatagramVerdict.Nameless;
        if (!RefuseLoops)
            return DatagramVerdict.Answer;
        if (from is not IPEndPoint ip)
            return Own.Contains(from) ? DatagramVerdict.OwnEndpoint : DatagramVerdict.Answer;

        IPAddress address = Plain(ip.Address);
        if (ip.Port == 0 || ServicePorts.Contains(ip.Port))
            return DatagramVerdict.ServicePort;
        if (ReachesMany(address))
            return DatagramVerdict.ManyReceivers;
        return IsOwn(address, ip.Port) ? DatagramVerdict.OwnEndpoint : DatagramVerdict.Answer;
    }

    private bool IsOwn(IPAddress address, int port)
    {
        foreach (EndPoint own in _own)
        {
            if (own is not IPEndPoint { Port: var ownPort, Address: var bound } || ownPort != port)
                continue;
            bound = Plain(bound);
            bool wildcard = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any);
            if (wildcard ? (IsLocal ?? Machine.Contains)(address) : bound.Equals(address))
                return true;
        }

        return false;
    }

    // 127.0.0.1 may come as ::ffff:127.0.0.1, and the zone of a link-local address says where it was seen, not what it is.
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    private static bool ReachesMany(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any);
        Span<byte> bytes = stackalloc byte[4];
        // 0/8 "this network", 224/4 multicast, 240/4 reserved with the limited broadcast at its end. A subnet's own broadcast address looks like
        // any other; the system refuses to send there without SO_BROADCAST.
        return !address.TryWriteBytes(bytes, out _) || bytes[0] is 0 or >= 224;
    }

    // The machine's addresses, looked up again when they may have changed: at most once in ten seconds, since a forged datagram asks for it.
    private sealed class LocalAddresses
    {
        private readonly Lock _lock = new();
        private HashSet<IPAddress> _addresses = [];
        private long _until = long.MinValue;

        public bool Contains(IPAddress address)
        {
            if (IPAddress.IsLoopback(address))
                return true;
            lock (_lock)
            {
                if (Environment.TickCount64 >= _until)
                {
                    _addresses = Read();
                    _until = Environment.TickCount64 + 10_000;
                }

                return _addresses.Contains(address);
            }
        }

        private static HashSet<IPAddress> Read()
        {
            try
            {
                return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(unicast => Plain(unicast.Address))];
            }
            catch (NetworkInformationException)
            {
                return []; // no descriptors left, or a sandbox: loopback is known without asking
            }
        }
    }
}
