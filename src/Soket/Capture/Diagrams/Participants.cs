using System.Net;
using Soket.Events;
using Soket.Explain;

namespace Soket.Capture.Diagrams;

/// <summary>Whose calls belong to a conversation, and to which of its ends: by addresses, and by time where a socket had none or had them twice.</summary>
internal sealed class Participants
{
    // A call and its packets are timed by two clocks of one machine (the kernel's and the program's), which agree to well below this.
    private const long Tolerance = 5_000_000;

    private readonly Conversation _conversation;
    private readonly long _first;
    private readonly long _last;

    private Participants(Conversation conversation)
    {
        _conversation = conversation;
        _first = conversation.Packets.Count > 0 ? conversation.Packets[0].Nanoseconds : 0;
        _last = conversation.Packets.Count > 0 ? conversation.Packets[^1].Nanoseconds : 0;
    }

    /// <summary>The calls of the end that began, in order.</summary>
    public IReadOnlyList<SocketEvent> Initiator { get; private set; } = [];

    /// <summary>The calls of the other end, in order: those of its listener as well, but for accepting others.</summary>
    public IReadOnlyList<SocketEvent> Responder { get; private set; } = [];

    public static Participants Find(Conversation conversation, IReadOnlyList<SocketEvent> calls)
    {
        var found = new Participants(conversation);
        if (calls.Count == 0)
            return found;
        List<IGrouping<long, SocketEvent>> sockets = [.. calls.OrderBy(e => e.Sequence).GroupBy(e => e.Connection)];
        if (conversation.Kind == ConversationKind.Tcp)
        {
            found.Initiator = found.Streams(sockets, conversation.Initiator, conversation.Responder);
            found.Responder = found.Streams(sockets, conversation.Responder, conversation.Initiator);
        }
        else
        {
            found.Initiator = Datagrams(sockets, conversation.Initiator, conversation.Responder);
            found.Responder = Datagrams(sockets, conversation.Responder, conversation.Initiator);
        }

        return found;
    }

    /// <summary>When a call ended, on the clock of packets.</summary>
    public static long Ended(in SocketEvent e) => (e.Utc.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>When a call began.</summary>
    public static long Began(in SocketEvent e) => Ended(in e) - (e.Duration.Ticks * 100);

    private List<SocketEvent> Streams(List<IGrouping<long, SocketEvent>> sockets, IPEndPoint own, IPEndPoint peer)
    {
        var taken = new List<SocketEvent>();
        foreach (IGrouping<long, SocketEvent> socket in sockets.Where(socket => socket.First() is { Transport: "tcp", Role: not SocketRole.Listener }))
        {
            bool meets = socket.Any(e => Same(Local(e), own) && Same(Remote(e), peer)) && Overlaps(socket);
            if (!meets && !WasRefused(socket, own, peer))
                continue;
            taken.AddRange(socket);
            long parent = socket.First().Parent, accepted = socket.First().Sequence;
            // What stands on the connection (TLS) is told under a number of its own, and so is what welcomed it.
            taken.AddRange(sockets.Where(other => other.First().Transport == "tls" && other.First().Parent == socket.Key).SelectMany(other => other));
            if (parent != 0)
                taken.AddRange(sockets.Where(other => other.Key == parent).SelectMany(other => other).Where(e => e.Sequence < accepted && e.Call is SocketCall.Socket or SocketCall.Bind or SocketCall.Listen));
        }

        taken.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return taken;
    }

    // Addresses and ports come back: the same pair at another time is another conversation.
    private bool Overlaps(IEnumerable<SocketEvent> socket) =>
        socket.Any(e => Ended(in e) >= _first - Tolerance) && socket.Any(e => Began(in e) <= _last + Tolerance);

    // A connect that failed, or was given up, has lost its port by the time it is told: the packets began while it ran.
    private bool WasRefused(IGrouping<long, SocketEvent> socket, IPEndPoint own, IPEndPoint peer) => socket.Any(e =>
        (e is { Call: SocketCall.Connect, Failure: not null } || IsGivenUp(e)) && Same(Remote(e), peer) && (Local(e) is not IPEndPoint { Port: not 0 } local || Same(local, own))
        && _first >= Began(IsGivenUp(e) ? socket.First() : e) - Tolerance && _first <= Ended(in e) + Tolerance);

    private static bool IsGivenUp(in SocketEvent e) => e is { Call: SocketCall.Close, Reason: "given-up" };

    // One datagram socket serves many: of its calls, those with this peer, and those with nobody.
    private static List<SocketEvent> Datagrams(List<IGrouping<long, SocketEvent>> sockets, IPEndPoint own, IPEndPoint peer)
    {
        var taken = new List<SocketEvent>();
        foreach (IGrouping<long, SocketEvent> socket in sockets.Where(socket => socket.First().Transport == "udp"))
        {
            if (socket.Any(e => Reaches(Local(e), own) && Same(Remote(e), peer)))
                taken.AddRange(socket.Where(e => Remote(e) is null || Same(Remote(e), peer)));
        }

        taken.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return taken;
    }

    private static EndPoint? Local(in SocketEvent e) => e.Local ?? e.Failure?.Context.Local;

    private static EndPoint? Remote(in SocketEvent e) => e.Remote ?? e.Failure?.Context.Remote;

    // A socket that is bound to every address is told as such.
    private static bool Reaches(EndPoint? local, IPEndPoint own) => Same(local, own)
        || (local is IPEndPoint at && at.Port == own.Port && (at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any)));

    // By bytes: a packet does not carry the interface that a link-local address was used on, and a dual-mode socket tells IPv4 as mapped.
    private static bool Same(EndPoint? one, IPEndPoint other) =>
        one is IPEndPoint address && address.Port == other.Port && Plain(address.Address).AsSpan().SequenceEqual(Plain(other.Address));

    private static byte[] Plain(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
}
