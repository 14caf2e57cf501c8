using System.Net;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering.Diagram;

/// <summary>What two ends did with each other, as far as either was seen: their events in order. One of the two may be missing.</summary>
internal sealed class Exchange
{
    public required string Transport { get; init; }

    /// <summary>The client's events; empty when it was not seen.</summary>
    public required IReadOnlyList<RecordedEvent> Client { get; init; }

    /// <summary>The server's events, its listener's up to the accept included; empty when it was not seen.</summary>
    public required IReadOnlyList<RecordedEvent> Server { get; init; }

    public EndPoint? ClientAddress { get; init; }

    public EndPoint? ServerAddress { get; init; }

    public bool IsDatagram => Transport is "udp" or "unixgram";

    public bool IsTcp => Transport == "tcp";

    public bool SawClient => Client.Count > 0;

    public bool SawServer => Server.Count > 0;

    /// <summary>Finds who spoke with whom: by addresses; where a client has none (a Unix stream), by the order of connecting.</summary>
    public static IReadOnlyList<Exchange> Find(IReadOnlyList<RecordedEvent> events)
    {
        List<Party> parties = Group(events);
        List<Party> listeners = [.. parties.Where(party => party.Role == SocketRole.Listener)];
        List<Party> servers = [.. parties.Where(party => party.Role == SocketRole.Server)];
        var told = new HashSet<Party>();
        var found = new List<(long First, Exchange Exchange)>();
        foreach (Party client in parties.Where(party => party.Role == SocketRole.Client))
        {
            if (client.IsDatagram)
            {
                Party? server = servers.FirstOrDefault(server => server.IsDatagram && Reaches(client.Remote, server.Local));
                found.Add((client.First, Datagrams(client, server, server is not null && told.Add(server))));
                continue;
            }

            Party? accepted = client.Connected ? servers.FirstOrDefault(server => !server.IsDatagram && !told.Contains(server) && server.Transport == client.Transport && Meets(client, server)) : null;
            if (accepted is not null)
                told.Add(accepted);
            found.Add((client.First, Streams(client, accepted, Welcoming(accepted, listeners, told))));
        }

        foreach (Party server in servers.Where(server => !told.Contains(server)))
            found.Add((server.First, server.IsDatagram ? Datagrams(null, server, setUp: true) : Streams(null, server, Welcoming(server, listeners, told))));
        foreach (Party listener in listeners.Where(listener => !told.Contains(listener)))
            found.Add((listener.First, Streams(null, null, listener)));
        return [.. found.OrderBy(one => one.First).Select(one => one.Exchange)];
    }

    private static Exchange Streams(Party? client, Party? server, Party? listener)
    {
        long accepted = server?.First ?? long.MaxValue;
        List<RecordedEvent> right = [];
        if (listener is not null)
            right.AddRange(listener.Events.Where(recorded => recorded.Event.Sequence < accepted));
        if (server is not null)
            right.AddRange(server.Events);
        return new()
        {
            Transport = (client ?? server ?? listener)!.Transport,
            Client = client?.Events ?? [],
            Server = right,
            ClientAddress = client?.Local ?? server?.Remote,
            ServerAddress = server?.Local ?? client?.Remote ?? listener?.Local,
        };
    }

    // One socket answers many: of its events, those with this peer; what it did before and after with nobody goes with the first.
    private static Exchange Datagrams(Party? client, Party? server, bool setUp) => new()
    {
        Transport = (client ?? server)!.Transport,
        Client = client?.Events ?? [],
        Server = server is null ? [] : [.. server.Events.Where(recorded => client is null || (recorded.Event.Remote is null ? setUp : Same(recorded.Event.Remote, client.Local)))],
        ClientAddress = client?.Local,
        ServerAddress = client?.Remote ?? server?.Local,
    };

    private static Party? Welcoming(Party? server, List<Party> listeners, HashSet<Party> told)
    {
        Party? listener = server is null ? null : listeners.FirstOrDefault(listener => listener.Id == server.Parent);
        return listener is not null && told.Add(listener) ? listener : null;
    }

    private static bool Meets(Party client, Party server) =>
        Same(client.Local, server.Remote) && Same(client.Remote, server.Local)
        || (client.Transport != "tcp" && client.Remote is not null && Same(client.Remote, server.Local) && string.IsNullOrEmpty(server.Remote?.ToString()));

    private static bool Reaches(EndPoint? remote, EndPoint? local) => Same(remote, local)
        || (remote is IPEndPoint to && local is IPEndPoint at && to.Port == at.Port && (at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any)));

    private static bool Same(EndPoint? one, EndPoint? other) => one is not null && other is not null && Plain(one) == Plain(other);

    private static string Plain(EndPoint address) =>
        address is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port).ToString() : address.ToString() ?? "";

    private static List<Party> Group(IReadOnlyList<RecordedEvent> events)
    {
        var parties = new Dictionary<long, Party>();
        foreach (RecordedEvent recorded in events.OrderBy(recorded => recorded.Event.Sequence))
        {
            SocketEvent e = recorded.Event;
            // What stands on a connection (TLS) may tell under a number of its own; it belongs to the connection below.
            if (e.Transport == "tls" && parties.TryGetValue(e.Parent, out Party? below) && below.Role != SocketRole.Listener)
            {
                below.Add(recorded);
                continue;
            }

            if (!parties.TryGetValue(e.Connection, out Party? party))
                parties.Add(e.Connection, party = new Party(e.Connection, e.Role, e.Transport == "tls" ? "tcp" : e.Transport));
            party.Add(recorded);
        }

        // A name is resolved before there is a socket: that goes with the attempt which follows.
        List<Party> all = [.. parties.Values.OrderBy(party => party.First)];
        foreach (Party resolving in all.Where(party => party.OnlyResolves).ToList())
        {
            if (all.FirstOrDefault(party => party.Role == SocketRole.Client && !party.OnlyResolves && party.First > resolving.First) is not { } next)
                continue;
            next.Prepend(resolving);
            all.Remove(resolving);
        }

        return all;
    }

    private sealed class Party(long id, SocketRole role, string transport)
    {
        private readonly List<RecordedEvent> _events = [];

        public long Id { get; } = id;

        public SocketRole Role { get; } = role;

        public string Transport { get; } = transport;

        public IReadOnlyList<RecordedEvent> Events => _events;

        public long First => _events[0].Event.Sequence;

        public long Parent { get; private set; }

        public EndPoint? Local { get; private set; }

        public EndPoint? Remote { get; private set; }

        public bool Connected { get; private set; }

        public bool IsDatagram => Transport is "udp" or "unixgram";

        public bool OnlyResolves => _events.All(recorded => recorded.Event.Call == SocketCall.Resolve);

        public void Add(in RecordedEvent recorded)
        {
            SocketEvent e = recorded.Event;
            _events.Add(recorded);
            Local ??= e.Local ?? e.Failure?.Context.Local;
            if (e.Call is SocketCall.Connect && e.Failure is null)
                Local = e.Local ?? Local; // Bound to "any port" before, it has one now.
            Connected |= e.Call is SocketCall.Connect or SocketCall.Accept && e.Failure is null;
            if (!IsDatagram || Role == SocketRole.Client)
                Remote ??= e.Remote ?? e.Failure?.Context.Remote;
            if (Parent == 0)
                Parent = e.Parent;
        }

        public void Prepend(Party earlier) => _events.InsertRange(0, earlier._events);
    }
}
