using System.Net;
using Soket.Capture;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>
/// Picks the packets of this run's sockets out of a capture, which sees other programs' too. A client's port is known when connect(2) has ended, and its packets
/// have passed by then: what may be a client's is held until it is told, bounded, and let go if it is not.
/// </summary>
/// <param name="take">Gets each packet of this run.</param>
/// <param name="isHere">Whether an address is this machine's.</param>
internal sealed class OwnPackets(Action<CapturedPacket> take, Func<IPAddress, bool> isHere)
{
    private const long MostHeldBytes = 16 * 1024 * 1024;
    private const int MostPairs = 65_536;
    private const int MostAttempts = 1024;
    private const long Tolerance = 5_000_000; // between the clock of calls and that of packets, nanoseconds

    private readonly HashSet<(ConversationKind Kind, IPEndPoint Address)> _open = []; // bound sockets: whoever comes is theirs
    private readonly HashSet<Pair> _pairs = [];
    private readonly Queue<Pair> _pairsByAge = [];
    private readonly HashSet<(IPAddress, IPAddress)> _addresses = [];                 // of the pairs: what fragments have
    private readonly Queue<Attempt> _attempts = [];                                    // connects that gave no connection
    private readonly Dictionary<long, long> _before = [];                              // sockets that may be connecting: when the call before ended
    private readonly Dictionary<Pair, List<CapturedPacket>> _held = [];
    private readonly Queue<Pair> _heldByAge = [];
    private long _heldBytes;

    /// <summary>A socket of this run did something.</summary>
    public void On(in SocketEvent e)
    {
        if (e.Transport is not ("tcp" or "udp"))
            return;
        ConversationKind kind = e.Transport == "tcp" ? ConversationKind.Tcp : ConversationKind.Udp;
        IPEndPoint? own = e.Local is IPEndPoint local ? Plain(local) : null, peer = (e.Remote ?? e.Failure?.Context.Remote) is IPEndPoint remote ? Plain(remote) : null;
        bool isBound = e.Role == SocketRole.Listener || (kind == ConversationKind.Udp && (e.Role == SocketRole.Server || e.Call == SocketCall.Bind));
        if (isBound && own is { Port: > 0 })
            _open.Add((kind, own));
        else if (e.Call == SocketCall.Accept || (e.Call == SocketCall.Connect && e.Failure is null))
            Own(own, peer, kind);
        else if (kind == ConversationKind.Tcp && peer is not null && (e.Call == SocketCall.Connect || e is { Call: SocketCall.Close, Reason: "given-up" }))
            Tried(peer, in e);
        if (e.Role == SocketRole.Client && e.Call is SocketCall.Socket or SocketCall.SetOption or SocketCall.GetOption or SocketCall.Bind && _before.Count < MostAttempts)
            _before[e.Connection] = Nanoseconds(in e);
        else
            _before.Remove(e.Connection);
    }

    /// <summary>A packet was captured. Its bytes must be its own: it may be held.</summary>
    public void Take(in CapturedPacket captured)
    {
        var packet = Packet.Decode(captured);
        long at = captured.Nanoseconds;
        if (Pair.Of(packet) is not { } pair)
        {
            if (IsFragmentOfOwn(packet))
                take(captured);
            return;
        }

        if (_pairs.Contains(pair) || IsOpen(pair))
            take(captured);
        else if (_attempts.FirstOrDefault(attempt => !attempt.IsFound && attempt.Began(pair, at, packet)) is { } attempt)
            Own(attempt, pair, captured);
        else
            Hold(pair, in captured);
    }

    private void Own(IPEndPoint? own, IPEndPoint? peer, ConversationKind kind)
    {
        if (own is not null && peer is not null)
            Own(Pair.Of(kind, own, peer), null);
    }

    private void Own(Pair pair, CapturedPacket? packet)
    {
        if (_pairs.Add(pair))
        {
            _pairsByAge.Enqueue(pair);
            if (_pairsByAge.Count > MostPairs)
                _pairs.Remove(_pairsByAge.Dequeue());
            if (_addresses.Count < MostPairs)
                _addresses.Add((pair.One.Address, pair.Other.Address));
        }

        if (_held.Remove(pair, out List<CapturedPacket>? held))
        {
            foreach (CapturedPacket earlier in held)
            {
                _heldBytes -= earlier.Bytes.Length;
                take(earlier);
            }
        }

        if (packet is { } now)
            take(now);
    }

    // A connect that failed has lost its port by the time it is told. What it sent began with a SYN while it ran.
    private void Tried(IPEndPoint peer, in SocketEvent e)
    {
        long ended = Nanoseconds(in e);
        // Of one that was given up only its end is told: it began after the call before.
        long began = e.Call == SocketCall.Close ? _before.GetValueOrDefault(e.Connection, ended) : ended - (e.Duration.Ticks * 100);
        var attempt = new Attempt(peer, began - Tolerance, ended + Tolerance);
        _attempts.Enqueue(attempt);
        if (_attempts.Count > MostAttempts)
            _attempts.Dequeue();
        // A socket connects once: of the SYNs that no other call explains, the first is its own.
        var held = _held.Where(one => attempt.Began(one.Key, one.Value[0].Nanoseconds, Packet.Decode(one.Value[0])) && !HasConnected(one.Value)).ToList();
        if (held.Count > 0)
            Own(attempt, held.MinBy(one => one.Value[0].Nanoseconds).Key, null);
    }

    private void Own(Attempt attempt, Pair pair, CapturedPacket? packet)
    {
        attempt.IsFound = true;
        Own(pair, packet);
    }

    private static long Nanoseconds(in SocketEvent e) => (e.Utc.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    // Another program's connection to the same place, which went on.
    private static bool HasConnected(List<CapturedPacket> held) => held.Any(packet => Packet.Decode(packet).Tcp is { Flags: var flags } && (flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0);

    private bool IsOpen(in Pair pair) => IsOpen(pair.Kind, pair.One) || IsOpen(pair.Kind, pair.Other);

    private bool IsOpen(ConversationKind kind, IPEndPoint end)
    {
        if (_open.Contains((kind, end)))
            return true;
        bool any = _open.Contains((kind, new IPEndPoint(IPAddress.IPv6Any, end.Port)))
            || (end.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && _open.Contains((kind, new IPEndPoint(IPAddress.Any, end.Port))));
        return any && isHere(end.Address);
    }

    private bool IsFragmentOfOwn(Packet packet)
    {
        if (!packet.IsFragment || packet.Source is not { } from || packet.Destination is not { } to)
            return false;
        return _addresses.Contains((from, to)) || _addresses.Contains((to, from)) || _open.Any(open => open.Kind == ConversationKind.Udp);
    }

    private void Hold(Pair pair, in CapturedPacket captured)
    {
        if (!_held.TryGetValue(pair, out List<CapturedPacket>? held))
        {
            _held.Add(pair, held = []);
            _heldByAge.Enqueue(pair);
        }

        held.Add(captured);
        _heldBytes += captured.Bytes.Length;
        while (_heldBytes > MostHeldBytes && _heldByAge.TryDequeue(out Pair oldest))
        {
            if (_held.Remove(oldest, out List<CapturedPacket>? let))
                _heldBytes -= let.Sum(packet => (long)packet.Bytes.Length);
        }
    }

    private static IPEndPoint Plain(IPEndPoint address) => new(address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : new IPAddress(address.Address.GetAddressBytes()), address.Port);

    private sealed class Attempt(IPEndPoint peer, long from, long to)
    {
        public bool IsFound { get; set; }

        public bool Began(in Pair pair, long nanoseconds, Packet packet) => pair.Kind == ConversationKind.Tcp && (pair.One.Equals(peer) || pair.Other.Equals(peer))
            && nanoseconds >= from && nanoseconds <= to && packet.Tcp is { Flags: var flags } && flags.HasFlag(TcpFlags.Syn) && !flags.HasFlag(TcpFlags.Ack);
    }

    /// <summary>Two ends, in the order of their addresses: the same whichever way a packet went.</summary>
    private readonly record struct Pair(ConversationKind Kind, IPEndPoint One, IPEndPoint Other)
    {
        public static Pair Of(ConversationKind kind, IPEndPoint one, IPEndPoint other)
        {
            int order = one.Address.GetAddressBytes().AsSpan().SequenceCompareTo(other.Address.GetAddressBytes());
            return order < 0 || (order == 0 && one.Port <= other.Port) ? new(kind, one, other) : new(kind, other, one);
        }

        /// <summary>The ends of a packet, of the one it is about where it is an ICMP error; null where it has none.</summary>
        public static Pair? Of(Packet packet)
        {
            if (packet.Icmp is { Quote: { Source: { } from, Destination: { } to, SourcePort: { } fromPort, DestinationPort: { } toPort } quote })
                return quote.Protocol switch
                {
                    IpProtocol.Tcp => Of(ConversationKind.Tcp, new(from, fromPort), new(to, toPort)),
                    IpProtocol.Udp => Of(ConversationKind.Udp, new(from, fromPort), new(to, toPort)),
                    _ => null,
                };
            if (packet.Source is not { } source || packet.Destination is not { } destination)
                return null;
            return packet switch
            {
                { Tcp: { } tcp } => Of(ConversationKind.Tcp, new(source, tcp.SourcePort), new(destination, tcp.DestinationPort)),
                { Udp: { } udp } => Of(ConversationKind.Udp, new(source, udp.SourcePort), new(destination, udp.DestinationPort)),
                _ => null,
            };
        }
    }
}
