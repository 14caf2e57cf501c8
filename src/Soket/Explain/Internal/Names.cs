using System.Net;
using Soket.Languages;

namespace Soket.Explain.Internal;

/// <summary>Names that do not become addresses.</summary>
internal static class Names
{
    public static Explanation NotFound(Inquiry q)
    {
        const string code = "name-not-found";
        string? host = Host(q);
        if (host is null)
            return q.Say(code, "unknown");
        if (q.Failure.Error.Name == "EAI_NODATA")
            return q.Say(code, "no-address");
        if (q.Failure.Error.Name == "EAI_FAIL")
            return q.Say(code, "failed");
        if (host.Length > 0 && host.All(c => char.IsAsciiDigit(c) || c == '.'))
            return q.Say(code, "not-an-address");

        string? near = q.Machine.LocalNames is { } names ? Nearest.To(host, names, 2).FirstOrDefault() : null;
        if (near is not null && !near.Equals(host, StringComparison.OrdinalIgnoreCase))
        {
            q.Set("near", near);
            return q.Say(code, "near");
        }

        q.RuleOut("near-name");
        return q.Say(code, host.Contains('.', StringComparison.Ordinal) ? "answered" : "single");
    }

    public static Explanation NoAnswer(Inquiry q)
    {
        const string code = "name-temporary-failure";
        if (Host(q) is null)
            return q.Say(code, "unknown");
        if (q.Machine.NameServers is not { } servers)
            return q.Say(code, "unknown");
        if (servers.Count == 0)
            return q.Say(code, "none");

        q.Set("servers", string.Join(", ", servers));
        if (servers.All(server => IPAddress.IsLoopback(server) && q.Machine.SocketsOnPort("udp", 53) is { } sockets && !sockets.Any(Inquiry.IsListening)))
            return q.Say(code, "local-dead");
        if (servers.All(server => q.Machine.RouteTo(server)?.Error is not null))
            return q.Say(code, "no-route");
        q.RuleOut("servers-configured");
        return q.Say(code, "silent");
    }

    private static string? Host(Inquiry q)
    {
        string? host = q.Context.Host ?? (q.Context.Remote as DnsEndPoint)?.Host;
        q.Set("host", host);
        return host;
    }
}
