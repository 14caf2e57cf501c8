using System.Globalization;
using System.Text.RegularExpressions;

namespace Soket.Explain.Internal;

/// <summary>What name servers answer, or do not: by their replies, which say more than the system's resolver passes on.</summary>
internal static partial class NameServers
{
    private const int UsualPort = 53;

    // Who has the zone itself knows best; to walk from the root would ask others, who may never have heard of it.
    public static Explanation NotFound(Inquiry q)
    {
        bool own = q.Fact(FailureFacts.DnsZone) is not null && q.Fact(FailureFacts.DnsNoRecursion) is not null && q.Fact(FailureFacts.DnsWalk) is null;
        return Say(q, "dns-name-not-found", q.Fact(FailureFacts.DnsAlias) is not null ? "alias" : q.Fact(FailureFacts.DnsZone) is not null ? "zone" : "said", own ? "own" : null);
    }

    // No SOA beside it means no word that there is nothing (RFC 2308 2.2): a server that does not ask further only points elsewhere.
    public static Explanation NoData(Inquiry q) =>
        Say(q, "dns-no-data", q.Fact(FailureFacts.DnsAlias) is not null ? "alias" : q.Fact(FailureFacts.DnsZone) is null && q.Fact(FailureFacts.DnsNoRecursion) is not null ? "referral" : "said");

    /// <summary>A delegation instead of an answer: whether the name exists is for the servers it names to say.</summary>
    public static Explanation Referral(Inquiry q)
    {
        string[][] servers = [.. (q.Fact(FailureFacts.DnsServers) ?? "?").Split(',').Select(server => server.Split(' '))];
        Set(q);
        q.Set("below", Bare(q.Fact(FailureFacts.DnsReferral)));
        q.Set("servers", string.Join(", ", servers.Select(server => server.Length > 1 ? $"{Bare(server[0])} ({server[1]})" : Bare(server[0]))));
        // A delegation names no port: it is the usual one, and where this server has another, its neighbours most likely have that as well.
        bool plain = q.Endpoint.StartsWith("udp://", StringComparison.Ordinal) || q.Endpoint.StartsWith("tcp://", StringComparison.Ordinal);
        long port = plain && Inquiry.Number(q.Endpoint[(q.Endpoint.LastIndexOf(':') + 1)..]) is { } own ? own : UsualPort;
        string host = servers[0].Length > 1 ? servers[0][1] : Bare(servers[0][0])!;
        q.Set("next", string.Create(CultureInfo.InvariantCulture, $"udp://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}"));
        q.SetWords("walk", port == UsualPort ? "--trace" : string.Create(CultureInfo.InvariantCulture, $"--trace --port {port}"));
        string variant = q.Fact(FailureFacts.DnsReferral) is "." ? "up" : q.Fact(FailureFacts.DnsAlias) is not null ? "alias" : "said";
        return Say(q, "dns-referral", variant, q.Fact(FailureFacts.DnsWalk) is not null ? "walked" : variant);
    }

    /// <summary>An alias of an alias of itself: no server can do better, whoever runs the zone must.</summary>
    public static Explanation Circle(Inquiry q)
    {
        q.Set("circle", string.Join(", ", (q.Fact(FailureFacts.DnsCircle) ?? "?").Split(',').Select(Bare)));
        return Say(q, "dns-no-data", "circle", "circle");
    }

    public static Explanation ServerFailed(Inquiry q) =>
        Say(q, "dns-server-failure", q.Fact(FailureFacts.DnsExtended) is not null ? "extended" : "said", q.Fact(FailureFacts.DnsType) is "AXFR" ? "transfer" : null);

    public static Explanation Refused(Inquiry q)
    {
        bool transfer = q.Fact(FailureFacts.DnsType) is "AXFR";
        string variant = q.Fact(FailureFacts.DnsExtended) is not null ? "extended" : transfer ? "transfer" : q.Fact(FailureFacts.DnsNoRecursion) is not null ? "zones" : "said";
        return Say(q, "dns-refused", variant, transfer ? "transfer" : null);
    }

    /// <summary>Says it; the remedy is another one where a walk down the delegations ended so, since to walk again is none.</summary>
    public static Explanation Say(Inquiry q, string code, string variant, string? remedy = null)
    {
        Set(q);
        q.Set("zone", Bare(q.Fact(FailureFacts.DnsZone)));
        q.Set("alias", Bare(q.Fact(FailureFacts.DnsAlias)));
        q.Set("rcode", q.Fact(FailureFacts.DnsRcode));
        q.Set("extended", q.Fact(FailureFacts.DnsExtended));
        q.Set("dropped", q.Fact(FailureFacts.DnsDropped));
        q.Set("count", Inquiry.Number(q.Fact(FailureFacts.DnsDropped)));
        q.Set("from", q.Fact(FailureFacts.DnsFrom));
        q.Set("over-tcp", q.Fact(FailureFacts.DnsOverTcp));
        string walked = "walk-" + q.Fact(FailureFacts.DnsWalk);
        return q.Say(code, variant, remedy ?? (Catalogue.Texts.Has($"{code}.remedy.{walked}") ? walked : "ask"));
    }

    /// <summary>The failure of a socket that carried a query, with what somebody can do who asks name servers.</summary>
    public static Explanation Asking(Inquiry q, Explanation found)
    {
        Set(q);
        if (found is { Code: "connection-refused", Situation: "nothing" or "nothing-there" or "near" } && q.Fact(FailureFacts.DnsWalk) is "down")
            return found with { Remedy = q.Remedy("dns.elsewhere-walk") };
        // No server of ours is to be started there, and nothing can be typed there.
        if (found is { Code: "connection-refused", Situation: "nothing" or "nothing-there" or "near" or "own-unseen" or "remote" or "remote-time" or "unknown" })
            return found with { Remedy = q.Remedy(found.Situation.StartsWith("remote", StringComparison.Ordinal) ? "dns.elsewhere-remote" : "dns.elsewhere") };
        if (found is { Code: "tls-handshake-timed-out", Situation: "silent" })
            found = found with { Cause = q.Text("dns.silent-to-tls") };
        return found with { Remedy = Connecting().Replace(found.Remedy, match => Asked(q, match.Groups[1].Value)) };
    }

    [GeneratedRegex("`soket connect ([^`\n]+)`")]
    private static partial Regex Connecting();

    // A word between quotes has none within (ProposedCommand).
    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();

    private static string Asked(Inquiry q, string words)
    {
        string name = ProposedCommand.Quote(Inquiry.Clean(Bare(q.Fact(FailureFacts.DnsName)) ?? ".")), type = ProposedCommand.Quote(Inquiry.Clean(q.Fact(FailureFacts.DnsType) ?? "A"));
        string rest = Word().Replace(words, word => word.Value.Contains("://", StringComparison.Ordinal) ? ProposedCommand.Quote("@" + word.Value.Trim('\'')) : word.Value);
        return $"`soket dns {name} {type} {rest}`";
    }

    private static void Set(Inquiry q)
    {
        string place = q.Endpoint[(q.Endpoint.IndexOf("://", StringComparison.Ordinal) is >= 0 and int at ? at + 3 : 0)..];
        int path = place.IndexOf('/', StringComparison.Ordinal); // a name server over HTTPS has one, and nowhere else
        place = path < 0 ? place : place[..path];
        q.Set("server", q.Endpoint);
        q.Set("place", place);
        q.Set("port", place[(place.LastIndexOf(':') + 1)..]);
        q.Set("name", Bare(q.Fact(FailureFacts.DnsName)));
        q.Set("type", q.Fact(FailureFacts.DnsType));
    }

    // In a sentence the final dot would be taken for its own.
    private static string? Bare(string? name) => name is { Length: > 1 } && name.EndsWith('.') ? name[..^1] : name;
}
