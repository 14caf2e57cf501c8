using System.Net;
using System.Net.Sockets;

namespace Soket.Explain.Internal;

/// <summary>Proxies: whether it is the proxy or the target that could not be had, and what the proxy itself said.</summary>
internal static class Proxies
{
    /// <summary>What to keep in mind of every failure on a connection through a proxy.</summary>
    public static string Through(Inquiry q)
    {
        SetProxy(q);
        return q.Text("proxy.through");
    }

    /// <summary>The proxy itself was not there: the cause is that of any connection, looked at in the same way.</summary>
    public static Explanation Unreachable(Inquiry q, Explanation? below)
    {
        const string code = "proxy-unreachable";
        SetProxy(q);
        Explanation found = q.Say(code, below?.Code switch
        {
            "connection-refused" => "refused",
            "name-not-found" or "name-temporary-failure" => "name",
            _ => "other",
        });
        return below is null ? found : found with { Cause = $"{found.Cause} {below.Cause}", RuledOut = below.RuledOut };
    }

    public static Explanation Login(Inquiry q)
    {
        const string code = "proxy-login";
        SetProxy(q);
        string? schemes = q.Fact(FailureFacts.ProxySchemes);
        q.Set("schemes", schemes);
        if (q.Fact(FailureFacts.ProxyWhy) is "92" or "93")
            return q.Say(code, "identd");
        if (schemes is not null && !schemes.Split(", ").Contains("Basic", StringComparer.OrdinalIgnoreCase))
            return q.Say(code, "scheme");
        if (q.Fact(FailureFacts.ProxyLogin) is not null)
            return q.Say(code, "wrong");
        return q.Fact(FailureFacts.ProxyWhy) == "no-method" ? q.Say(code, "no-method") : q.Say(code, "wanted");
    }

    public static Explanation Refused(Inquiry q)
    {
        const string code = "proxy-refused";
        SetProxy(q);
        return q.Fact(FailureFacts.ProxyWhy) switch
        {
            "403" => q.Say(code, "forbidden"),
            "2" => q.Say(code, "ruleset", "forbidden"),
            "400" or "404" or "405" or "501" => q.Say(code, "no-connect"),
            "7" => q.Say(code, "command"),
            "8" => q.Say(code, "address-type"),
            _ => q.Say(code, "other", "forbidden"),
        };
    }

    /// <summary>The proxy did its part, and had no luck with the target.</summary>
    public static Explanation Target(Inquiry q)
    {
        const string code = "proxy-target-unreachable";
        SetProxy(q);
        string host = q.Context.Host ?? "";
        bool local = host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal) || (IPAddress.TryParse(host, out IPAddress? literal) && IPAddress.IsLoopback(literal));
        bool here = q.Targets.Count > 0 && q.IsOwn(q.Targets[0].Address);
        if (local && !here)
            return q.Say(code, "localhost-there");
        // Both on this machine: what the proxy saw can be seen from here as well.
        int port = Port(q.Endpoint);
        q.Set("port", port);
        if (local && q.Machine.SocketsOnPort("tcp", port) is { } sockets && !sockets.Any(Inquiry.IsListening))
            return q.Say(code, "own-nothing");
        return q.Fact(FailureFacts.ProxyWhy) switch
        {
            "3" => q.Say(code, "network", "seen"),
            "4" => q.Say(code, "host", "seen"),
            "5" => q.Say(code, "refused", "seen"),
            "6" => q.Say(code, "ttl", "seen"),
            "1" => q.Say(code, "general", "seen"),
            "91" => q.Say(code, "socks4", "seen"),
            _ => q.Say(code, "http", "seen"),
        };
    }

    public static Explanation NotProxy(Inquiry q)
    {
        const string code = "proxy-not-a-proxy";
        SetProxy(q);
        if (PeerBytes.Of(q) is not { } bytes)
            return q.Say(code, q.Fact(FailureFacts.ProxyWhy) == "unasked" ? "unasked" : "unknown", "other");
        q.Set("bytes", bytes.Shown);
        q.Set("spoken", bytes.Protocol);
        q.Set("place", Place(q));
        if (bytes.IsTls)
            return q.Say(code, "tls");
        if (q.Fact(FailureFacts.ProxyWhy) == "unasked")
            return q.Say(code, "unasked-bytes", "other");
        if (bytes.Protocol is { } protocol)
            return protocol == "HTTP" ? q.Say(code, "http") : q.Say(code, "known", "other");
        return q.Say(code, "bytes", "other");
    }

    public static Explanation Broken(Inquiry q)
    {
        const string code = "proxy-broken-reply";
        SetProxy(q);
        return q.Fact(FailureFacts.ProxyWhy) switch
        {
            "ended" => q.Say(code, "ended"),
            "short" => q.Say(code, "short", "other"),
            "broken" => q.Say(code, "lost", "ended"),
            _ => q.Say(code, "said", "other"),
        };
    }

    /// <summary>The dialogue's time ran out: whose turn it was.</summary>
    public static Explanation TimedOut(Inquiry q)
    {
        SetProxy(q);
        return q.Say("proxy-timed-out", q.Fact(FailureFacts.ProxyWhy) == "asked" ? "asked" : q.Context.Received > 0 ? "part" : "silent");
    }

    private static void SetProxy(Inquiry q)
    {
        q.Set("proxy", q.Fact(FailureFacts.Proxy) ?? "?");
        q.Set("host", q.Context.Host);
        q.Set("body", q.Fact(FailureFacts.HttpBody) is { } body ? q.Text("proxy.said").Replace("{text}", body, StringComparison.Ordinal) : "");
    }

    private static string Place(Inquiry q) => q.Fact(FailureFacts.Proxy) is { } proxy ? proxy[(proxy.IndexOf("://", StringComparison.Ordinal) + 3)..] : "";

    private static int Port(string endpoint)
    {
        string place = endpoint[(endpoint.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?')[0];
        return int.TryParse(place[(place.LastIndexOf(':') + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int port) ? port : 0;
    }
}
