using System.Diagnostics.CodeAnalysis;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns.Zones;

/// <summary>A zone: its records, found as RFC 1034 4.3.2 says, with wildcards (RFC 4592), DNAME (RFC 6672) and delegations. Pure; safe for any thread.</summary>
public sealed class DnsZone
{
    // A chain of aliases that is longer helps nobody.
    private const int MostAliases = 16;
    private const ushort FirstMetaType = 128, LastMetaType = 255; // RFC 6895 3.1
    private static readonly DnsName Star = DnsName.Parse("*");
    private readonly Dictionary<DnsName, Dictionary<DnsType, List<DnsRecord>>> _nodes = [];

    private DnsZone(DnsRecord soa) => Soa = soa;

    /// <summary>Its name.</summary>
    public DnsName Name => Soa.Name;

    /// <summary>Its first record.</summary>
    public DnsRecord Soa { get; }

    /// <summary>All its records, the SOA first.</summary>
    public IEnumerable<DnsRecord> Records => _nodes[Name].Values.Concat(_nodes.Where(node => !node.Key.Equals(Name)).SelectMany(node => node.Value.Values)).SelectMany(set => set).Where(record => !ReferenceEquals(record, Soa)).Prepend(Soa);

    /// <summary>Makes a zone of records.</summary>
    /// <param name="records">The records: one SOA, and everything else at or below its name. What stands there twice counts once.</param>
    /// <param name="zone">The zone.</param>
    /// <param name="error">Why they make none.</param>
    public static bool TryCreate(IReadOnlyList<DnsRecord> records, [NotNullWhen(true)] out DnsZone? zone, [NotNullWhen(false)] out DnsZoneError? error)
    {
        zone = null;
        DnsRecord[] starts = [.. records.Where(record => record.Type == DnsType.Soa)];
        error = starts.Length switch { 0 => new("no-soa", DnsName.Root), 1 => null, _ => new("several-soa", starts[1].Name) };
        if (error is not null)
            return false;
        var made = new DnsZone(starts[0]);
        foreach (DnsRecord record in records)
        {
            error = record.Class != DnsClass.In ? new("class", record.Name)
                : record.Type.Code is >= FirstMetaType and <= LastMetaType || record.Type == DnsType.Opt ? new("meta", record.Name)
                : !record.Name.IsUnder(made.Name) ? new("outside", record.Name)
                : null;
            if (error is not null)
                return false;
            made.Add(record);
        }

        foreach ((DnsName name, Dictionary<DnsType, List<DnsRecord>> sets) in made._nodes)
        {
            // Beside an alias only what signs it may stand (RFC 4034 2.5).
            if (sets.TryGetValue(DnsType.Cname, out List<DnsRecord>? aliases) && (aliases.Count > 1 || sets.Keys.Any(type => type != DnsType.Cname && type.Code is not (46 or 47))))
            {
                error = new("cname-alone", name);
                return false;
            }
        }

        zone = made;
        return true;
    }

    private void Add(DnsRecord record)
    {
        // Names above it exist, though nothing stands there (RFC 8020 2).
        for (DnsName above = record.Name; !_nodes.ContainsKey(above); above = above.Parent)
        {
            _nodes[above] = [];
            if (above.Equals(Name))
                break;
        }

        Dictionary<DnsType, List<DnsRecord>> sets = _nodes[record.Name];
        if (!sets.TryGetValue(record.Type, out List<DnsRecord>? set))
            sets[record.Type] = set = [];
        // RFC 2181 5.2: the records of a set live equally long.
        uint ttl = set.Count > 0 ? Math.Min(set[0].Ttl, record.Ttl) : record.Ttl;
        if (!set.Exists(old => old.Data.Equals(record.Data)))
            set.Add(record);
        for (int i = 0; i < set.Count; i++)
            set[i] = set[i].Ttl == ttl ? set[i] : set[i] with { Ttl = ttl };
    }

    /// <summary>What the zone says to a question.</summary>
    internal ZoneAnswer Find(DnsName name, DnsType type)
    {
        var answer = new ZoneAnswer();
        var met = new HashSet<DnsName>();
        while (met.Add(name) && met.Count <= MostAliases)
        {
            DnsName? next = Step(name, type, answer);
            if (next is null || !next.IsUnder(Name))
                break;
            name = next;
        }

        return answer;
    }

    // Answers for one name; gives the name it leads on to, if it does.
    private DnsName? Step(DnsName name, DnsType type, ZoneAnswer answer)
    {
        foreach (DnsName at in Path(name))
        {
            if (!_nodes.TryGetValue(at, out Dictionary<DnsType, List<DnsRecord>>? on))
                break;
            // A delegation's DS is the parent's to tell (RFC 4035 3.1.4.1).
            if (!at.Equals(Name) && on.TryGetValue(DnsType.Ns, out List<DnsRecord>? servers) && !(at.Equals(name) && type == DnsType.Ds))
            {
                Refer(servers, answer);
                return null;
            }

            if (!at.Equals(name) && on.TryGetValue(DnsType.Dname, out List<DnsRecord>? redirect))
                return Redirect(name, type, redirect[0], answer);
        }

        if (_nodes.TryGetValue(name, out Dictionary<DnsType, List<DnsRecord>>? node))
            return Read(node, name, type, answer);
        DnsName closest = name.Parent;
        while (!_nodes.ContainsKey(closest))
            closest = closest.Parent;
        if (Star.Before(closest) is { } star && _nodes.TryGetValue(star, out Dictionary<DnsType, List<DnsRecord>>? wild))
            return Read(wild, name, type, answer);
        answer.Rcode = DnsRcode.NxDomain; // of the last name of a chain (RFC 6604)
        answer.Authorities.Add(Denial);
        return null;
    }

    private DnsName? Read(Dictionary<DnsType, List<DnsRecord>> node, DnsName name, DnsType type, ZoneAnswer answer)
    {
        if (type == DnsType.Any)
        {
            Any(node, name, answer);
            return null;
        }

        if (node.TryGetValue(type, out List<DnsRecord>? set))
        {
            answer.Answers.AddRange(set.Select(record => record with { Name = name }));
            foreach (DnsRecord record in set)
                AddAddresses(record.Data switch { NsData ns => ns.Target, MxData mx => mx.Exchange, SrvData srv => srv.Target, _ => null }, answer);
            return null;
        }

        if (node.TryGetValue(DnsType.Cname, out List<DnsRecord>? alias))
        {
            answer.Answers.Add(alias[0] with { Name = name });
            return ((CnameData)alias[0].Data).Target;
        }

        answer.Authorities.Add(Denial);
        return null;
    }

    // RFC 8482 4: one set, else a HINFO that says why, so that nobody is flooded with all there is.
    private void Any(Dictionary<DnsType, List<DnsRecord>> node, DnsName name, ZoneAnswer answer)
    {
        if (node.Count == 0)
            answer.Authorities.Add(Denial);
        else if (node.TryGetValue(DnsType.Cname, out List<DnsRecord>? one) || node.TryGetValue(new(13), out one))
            answer.Answers.AddRange(one.Select(record => record with { Name = name }));
        else
            answer.Answers.Add(new(name, new(13), DnsClass.In, Soa.Ttl, new HinfoData(new("RFC8482"u8.ToArray()), new([]))));
    }

    private void Refer(List<DnsRecord> servers, ZoneAnswer answer)
    {
        answer.IsReferral = true;
        answer.Authorities.AddRange(servers);
        foreach (DnsRecord server in servers)
            AddAddresses(((NsData)server.Data).Target, answer);
    }

    private static DnsName? Redirect(DnsName name, DnsType type, DnsRecord redirect, ZoneAnswer answer)
    {
        answer.Answers.Add(redirect);
        int kept = name.Wire.Length - redirect.Name.Wire.Length;
        byte[] prefix = [.. name.Wire[..kept], 0];
        if (DnsName.FromWire(prefix).Before(((DnameData)redirect.Data).Target) is not { } target)
        {
            answer.Rcode = new(6); // YXDOMAIN: the new name would be too long (RFC 6672 2.2)
            return null;
        }

        answer.Answers.Add(new(name, DnsType.Cname, DnsClass.In, redirect.Ttl, new CnameData(target)));
        return type == DnsType.Cname || type == DnsType.Any ? null : target;
    }

    private void AddAddresses(DnsName? host, ZoneAnswer answer)
    {
        if (host is null || !_nodes.TryGetValue(host, out Dictionary<DnsType, List<DnsRecord>>? node))
            return;
        foreach (DnsType type in new[] { DnsType.A, DnsType.Aaaa })
        {
            if (node.TryGetValue(type, out List<DnsRecord>? set) && !answer.Additionals.Contains(set[0]))
                answer.Additionals.AddRange(set);
        }
    }

    // RFC 2308 3, 5: as long as the shorter of its own time to live and its minimum.
    private DnsRecord Denial => Soa with { Ttl = Math.Min(Soa.Ttl, ((SoaData)Soa.Data).Minimum) };

    // The zone's name, then one label more each time, down to the name.
    private Stack<DnsName> Path(DnsName name)
    {
        var path = new Stack<DnsName>();
        for (DnsName at = name; !at.Equals(Name); at = at.Parent)
            path.Push(at);
        path.Push(Name);
        return path;
    }
}
