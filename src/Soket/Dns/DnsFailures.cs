using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns;

/// <summary>What can go wrong between a query and its answer, as failures that can be explained.</summary>
internal static class DnsFailures
{
    private const int MostServers = 4; // of a delegation are told: enough to ask

    public static SocketFailure Silent(DnsServer server, DnsMessage query, DnsDrops dropped, TimeSpan elapsed, int tries, Exception? inner = null)
    {
        (string name, string words) = dropped.Count == 0
            ? ("DNS_TIMED_OUT", "No reply to a DNS query")
            : dropped.LastReason switch
            {
                DnsDropReason.WrongSource => ("DNS_WRONG_SOURCE", "Replies came from somebody who was not asked"),
                DnsDropReason.WrongId => ("DNS_WRONG_ID", "Replies carry another id than the query"),
                DnsDropReason.WrongQuestion => ("DNS_WRONG_QUESTION", "Replies are to another question"),
                DnsDropReason.WrongCookie => ("DNS_WRONG_COOKIE", "Replies carry another cookie than the query"),
                _ => ("DNS_MALFORMED", "Replies are no DNS messages"),
            };
        Dictionary<string, string> facts = Facts(query);
        facts[FailureFacts.DnsTries] = tries.ToString(CultureInfo.InvariantCulture);
        if (dropped.Count > 0)
        {
            facts[FailureFacts.DnsDropped] = dropped.Count.ToString(CultureInfo.InvariantCulture);
            facts[FailureFacts.DnsFrom] = dropped.LastFrom?.ToString() ?? "";
        }

        string carried = server.Transport switch { DnsTransport.Udp => "udp", DnsTransport.Tcp => "tcp", _ => "tls" };
        SocketCall call = server.Transport == DnsTransport.Udp ? SocketCall.ReceiveFrom : SocketCall.Receive;
        return new(call, SystemError.Own(name, words), new FailureContext { Endpoint = server.ToString(), Transport = carried, Elapsed = elapsed, Facts = facts }, inner);
    }

    /// <summary>A failure of a socket that was to carry a query: with the server as it was named, and what it was to be asked.</summary>
    public static SocketFailure About(SocketFailure failure, DnsServer server, DnsMessage query)
    {
        if (failure.Context.Facts.ContainsKey(FailureFacts.DnsName))
            return failure;
        Dictionary<string, string> facts = Facts(query);
        foreach ((string name, string value) in failure.Context.Facts)
            facts[name] = value;
        return failure.With(failure.Context with { Endpoint = server.ToString(), Facts = facts });
    }

    /// <summary>A failure of a step of a walk down the delegations.</summary>
    public static SocketFailure OnTheWay(SocketFailure failure, bool isStart) =>
        failure.With(failure.Context with { Facts = new Dictionary<string, string>(failure.Context.Facts, StringComparer.Ordinal) { [FailureFacts.DnsWalk] = isStart ? "start" : "down" } });

    public static SocketFailure Truncated(DnsServer server, DnsMessage query, SocketFailure overTcp)
    {
        Dictionary<string, string> facts = Facts(query);
        facts[FailureFacts.DnsOverTcp] = overTcp.Error.ToString();
        return new(SocketCall.Message, SystemError.Own("DNS_TRUNCATED", "The reply did not fit a datagram, and TCP gave none"), overTcp.Context with { Endpoint = server.ToString(), Facts = facts }, overTcp);
    }

    public static SocketFailure Malformed(DnsServer server, DnsMessage query, string words) =>
        new(SocketCall.Message, SystemError.Own("DNS_MALFORMED", words), new FailureContext { Endpoint = server.ToString(), Facts = Facts(query) });

    /// <summary>A walk that was to ask more often than it may.</summary>
    public static SocketFailure Spent(DnsServer server, DnsMessage query, DnsQuota quota) =>
        Malformed(server, query, string.Create(CultureInfo.InvariantCulture, $"After {quota.Most} queries the delegations have led to no answer"));

    /// <summary>A server that answers a plain query with an alert of TLS.</summary>
    public static SocketFailure SpeaksTls(DnsServer server, DnsMessage query, byte[] alert)
    {
        Dictionary<string, string> facts = Facts(query);
        facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(alert);
        return new(SocketCall.Receive, SystemError.Own("TLS_EXPECTED", "The server speaks TLS"), new FailureContext { Endpoint = server.ToString(), Transport = "tcp", Facts = facts });
    }

    /// <summary>What a reply says of the question, where that is no answer; null where it is one.</summary>
    public static SocketFailure? Of(DnsExchange exchange, DnsQuestion question)
    {
        DnsMessage reply = exchange.Reply;
        bool answered = reply.Answers.Any(record => record.Type == question.Type || question.Type == DnsType.Any || (question.Type == DnsType.Ixfr && record.Type == DnsType.Soa));
        List<DnsName> circle = answered ? [] : Circle(reply.Answers, question.Name);
        List<DnsRecord> referral = answered || circle.Count > 0 ? [] : Referral(reply, question.Name);
        (string Name, string Words)? error = reply.Rcode.Code switch
        {
            0 when answered => null,
            0 when circle.Count > 0 => ("DNS_CIRCLE", "The aliases of the name lead in a circle"),
            0 when referral.Count > 0 => ("DNS_REFERRAL", "The server points to the name servers of another zone"),
            0 => ("DNS_NODATA", $"The name has no {question.Type} record"),
            2 => ("DNS_SERVFAIL", "The server failed"),
            3 => ("DNS_NXDOMAIN", "The name does not exist"),
            5 => ("DNS_REFUSED", "The server refuses the query"),
            _ => ("DNS_RCODE", $"The server answers {reply.Rcode}"),
        };
        if (error is not { } found)
            return null;
        Dictionary<string, string> facts = Facts(new() { Questions = [question] });
        facts[FailureFacts.DnsRcode] = reply.Rcode.ToString();
        if (reply.Edns?.ExtendedErrors.FirstOrDefault() is { } extended && (extended.Code != 0 || !string.IsNullOrEmpty(extended.Text)))
            facts[FailureFacts.DnsExtended] = extended.ToString();
        if (reply.Authorities.FirstOrDefault(record => record.Type == DnsType.Soa) is { } soa)
            facts[FailureFacts.DnsZone] = soa.Name.ToString();
        if (reply.Answers.LastOrDefault(record => record.Data is CnameData) is { Data: CnameData alias })
            facts[FailureFacts.DnsAlias] = alias.Target.ToString();
        if (found.Name == "DNS_REFERRAL")
        {
            facts[FailureFacts.DnsReferral] = referral[0].Name.ToString();
            facts[FailureFacts.DnsServers] = string.Join(',', referral.Take(MostServers).Select(record => Told(((NsData)record.Data).Target, reply.Additionals)));
        }

        if (circle.Count > 0)
            facts[FailureFacts.DnsCircle] = string.Join(',', circle);
        if ((reply.Flags & DnsHeaderBits.RecursionAvailable) == 0)
            facts[FailureFacts.DnsNoRecursion] = "true";
        return new(SocketCall.Message, SystemError.Own(found.Name, found.Words), new FailureContext { Endpoint = exchange.Server.ToString(), Elapsed = exchange.Elapsed, Facts = facts });
    }

    // NS records above the name and no SOA, from a server that does not answer for the zone: it has delegated it (RFC 2308 2.2). Behind an alias that is its own,
    // AA is about the alias.
    private static List<DnsRecord> Referral(DnsMessage reply, DnsName name)
    {
        if (reply.Answers.Count == 0 ? (reply.Flags & DnsHeaderBits.Authoritative) != 0 : reply.Answers[^1].Data is not CnameData)
            return [];
        if (reply.Authorities.Any(record => record.Data is SoaData))
            return [];
        DnsName sought = reply.Answers.Count == 0 ? name : ((CnameData)reply.Answers[^1].Data).Target;
        return [.. reply.Authorities.Where(record => record.Data is NsData && sought.IsUnder(record.Name)).GroupBy(record => record.Name).FirstOrDefault() ?? Enumerable.Empty<DnsRecord>()];
    }

    private static string Told(DnsName server, IReadOnlyList<DnsRecord> glue)
    {
        System.Net.IPAddress? address = glue.Where(record => record.Name.Equals(server)).Select(record => record.Data switch { AddressData a => a.Address, Ipv6AddressData a => a.Address, _ => null }).FirstOrDefault(one => one is not null);
        return address is null ? server.ToString() : $"{server} {address}";
    }

    // The aliases from the name asked about until one comes again; none where they end.
    private static List<DnsName> Circle(IReadOnlyList<DnsRecord> answers, DnsName name)
    {
        var seen = new List<DnsName> { name };
        while (answers.FirstOrDefault(record => record.Name.Equals(seen[^1]) && record.Data is CnameData) is { Data: CnameData alias })
        {
            bool again = seen.Contains(alias.Target);
            seen.Add(alias.Target);
            if (again)
                return seen;
        }

        return [];
    }

    private static Dictionary<string, string> Facts(DnsMessage query) => new(StringComparer.Ordinal)
    {
        [FailureFacts.DnsName] = query.Questions[0].Name.ToString(),
        [FailureFacts.DnsType] = query.Questions[0].Type.ToString(),
    };
}
