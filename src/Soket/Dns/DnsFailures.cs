using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>What can go wrong between a query and its answer, as failures that can be explained.</summary>
internal static class DnsFailures
{
    public static SocketFailure Silent(DnsServer server, DnsMessage query, IReadOnlyList<DnsDropped> dropped, TimeSpan elapsed, int tries, Exception? inner = null)
    {
        (string name, string words) = dropped.Count == 0
            ? ("DNS_TIMED_OUT", "No reply to a DNS query")
            : dropped[^1].Reason switch
            {
                DnsDropReason.WrongSource => ("DNS_WRONG_SOURCE", "Replies came from somebody who was not asked"),
                DnsDropReason.WrongId => ("DNS_WRONG_ID", "Replies carry another id than the query"),
                DnsDropReason.WrongQuestion => ("DNS_WRONG_QUESTION", "Replies are to another question"),
                _ => ("DNS_MALFORMED", "Replies are no DNS messages"),
            };
        Dictionary<string, string> facts = Facts(query);
        facts[FailureFacts.DnsTries] = tries.ToString(CultureInfo.InvariantCulture);
        if (dropped.Count > 0)
        {
            facts[FailureFacts.DnsDropped] = dropped.Count.ToString(CultureInfo.InvariantCulture);
            facts[FailureFacts.DnsFrom] = dropped[^1].From?.ToString() ?? "";
        }

        return new(SocketCall.ReceiveFrom, SystemError.Own(name, words), new FailureContext { Endpoint = server.ToString(), Transport = "udp", Elapsed = elapsed, Facts = facts }, inner);
    }

    public static SocketFailure Truncated(DnsServer server, DnsMessage query, SocketFailure overTcp)
    {
        Dictionary<string, string> facts = Facts(query);
        facts[FailureFacts.DnsOverTcp] = overTcp.Error.ToString();
        return new(SocketCall.Message, SystemError.Own("DNS_TRUNCATED", "The reply did not fit a datagram, and TCP gave none"), overTcp.Context with { Endpoint = server.ToString(), Facts = facts }, overTcp);
    }

    public static SocketFailure Malformed(DnsServer server, DnsMessage query, string words) =>
        new(SocketCall.Message, SystemError.Own("DNS_MALFORMED", words), new FailureContext { Endpoint = server.ToString(), Facts = Facts(query) });

    /// <summary>What a reply says of the question, where that is no answer; null where it is one.</summary>
    public static SocketFailure? Of(DnsExchange exchange, DnsQuestion question)
    {
        DnsMessage reply = exchange.Reply;
        bool answered = reply.Answers.Any(record => record.Type == question.Type || question.Type == DnsType.Any);
        (string Name, string Words)? error = reply.Rcode.Code switch
        {
            0 when answered => null,
            0 => ("DNS_NODATA", $"The name has no {question.Type} record"),
            2 => ("DNS_SERVFAIL", "The server failed (SERVFAIL)"),
            3 => ("DNS_NXDOMAIN", "The name does not exist (NXDOMAIN)"),
            5 => ("DNS_REFUSED", "The server refuses the query (REFUSED)"),
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
        if (reply.Answers.LastOrDefault(record => record.Data is Protocols.Dns.Records.CnameData) is { Data: Protocols.Dns.Records.CnameData alias })
            facts[FailureFacts.DnsAlias] = alias.Target.ToString();
        if ((reply.Flags & DnsHeaderBits.RecursionAvailable) == 0)
            facts[FailureFacts.DnsNoRecursion] = "true";
        return new(SocketCall.Message, SystemError.Own(found.Name, found.Words), new FailureContext { Endpoint = exchange.Server.ToString(), Elapsed = exchange.Elapsed, Facts = facts });
    }

    private static Dictionary<string, string> Facts(DnsMessage query) => new(StringComparer.Ordinal)
    {
        [FailureFacts.DnsName] = query.Questions[0].Name.ToString(),
        [FailureFacts.DnsType] = query.Questions[0].Type.ToString(),
    };
}
