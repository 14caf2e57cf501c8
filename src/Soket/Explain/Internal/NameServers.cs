namespace Soket.Explain.Internal;

/// <summary>What name servers answer, or do not: by their replies, which say more than the system's resolver passes on.</summary>
internal static class NameServers
{
    public static Explanation NotFound(Inquiry q) =>
        Say(q, "dns-name-not-found", q.Fact(FailureFacts.DnsAlias) is not null ? "alias" : q.Fact(FailureFacts.DnsZone) is not null ? "zone" : "said");

    // No SOA beside it means no word that there is nothing (RFC 2308 2.2): a server that does not ask further only points elsewhere.
    public static Explanation NoData(Inquiry q) =>
        Say(q, "dns-no-data", q.Fact(FailureFacts.DnsAlias) is not null ? "alias" : q.Fact(FailureFacts.DnsZone) is null && q.Fact(FailureFacts.DnsNoRecursion) is not null ? "referral" : "said");

    public static Explanation ServerFailed(Inquiry q) => Say(q, "dns-server-failure", q.Fact(FailureFacts.DnsExtended) is not null ? "extended" : "said");

    public static Explanation Refused(Inquiry q) =>
        Say(q, "dns-refused", q.Fact(FailureFacts.DnsExtended) is not null ? "extended" : q.Fact(FailureFacts.DnsNoRecursion) is not null && q.Fact(FailureFacts.DnsType) is not "AXFR" ? "zones" : "said");

    public static Explanation Say(Inquiry q, string code, string variant)
    {
        q.Set("server", q.Endpoint);
        q.Set("place", q.Endpoint[(q.Endpoint.IndexOf("://", StringComparison.Ordinal) is >= 0 and int at ? at + 3 : 0)..]);
        q.Set("name", Bare(q.Fact(FailureFacts.DnsName)));
        q.Set("type", q.Fact(FailureFacts.DnsType));
        q.Set("zone", Bare(q.Fact(FailureFacts.DnsZone)));
        q.Set("alias", Bare(q.Fact(FailureFacts.DnsAlias)));
        q.Set("rcode", q.Fact(FailureFacts.DnsRcode));
        q.Set("extended", q.Fact(FailureFacts.DnsExtended));
        q.Set("dropped", q.Fact(FailureFacts.DnsDropped));
        q.Set("from", q.Fact(FailureFacts.DnsFrom));
        q.Set("over-tcp", q.Fact(FailureFacts.DnsOverTcp));
        return q.Say(code, variant, "ask");
    }

    // In a sentence the final dot would be taken for its own.
    private static string? Bare(string? name) => name is { Length: > 1 } && name.EndsWith('.') ? name[..^1] : name;
}
