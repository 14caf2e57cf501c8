using System.Globalization;
using System.Text;

namespace Soket.Explain.Internal;

/// <summary>HTTP: what the server answered, which rule it broke, in which step the time ran out.</summary>
internal static class HttpAnswers
{
    public static Explanation NotHttp(Inquiry q)
    {
        const string code = "http-not-http";
        q.Set("plain", Plain(q));
        if (PeerBytes.Of(q) is not { } bytes)
            return q.Say(code, "unknown");
        q.Set("bytes", bytes.Shown);
        q.Set("spoken", bytes.Protocol);
        // Of HTTP's own openings an answer has one; the others are requests, and this end made one.
        return bytes.Protocol == "HTTP" ? q.Say(code, "echo", "unknown") : q.Say(code, bytes.Protocol is null ? "bytes" : "known", "unknown");
    }

    public static Explanation Broken(Inquiry q)
    {
        string key = "http.rule." + q.Fact(FailureFacts.HttpWhy);
        q.Set("rule", q.Text(Catalogue.Texts.Has(key) ? key : "http.rule.start-line"));
        return q.Say("http-bad-response", "said");
    }

    public static Explanation Truncated(Inquiry q)
    {
        Sizes(q);
        q.Set("bytes", PeerBytes.Of(q)?.Shown);
        return q.Fact(FailureFacts.HttpWhy) switch
        {
            "ended-in-body" => q.Say("http-truncated", "body"),
            "ended-in-chunks" => q.Say("http-truncated", "chunks", "body"),
            _ => q.Say("http-truncated", "head"),
        };
    }

    public static Explanation Refused(Inquiry q)
    {
        const string code = "http-status";
        string status = q.Fact(FailureFacts.HttpStatus) ?? "?";
        q.Set("status", status);
        q.Set("phrase", q.Fact(FailureFacts.HttpReason) is { } phrase ? " " + phrase : "");
        q.Set("target", q.Fact(FailureFacts.HttpTarget) ?? "/");
        q.Set("host", q.Fact(FailureFacts.HttpHost) ?? "?");
        if (q.Fact(FailureFacts.HttpWhy) == "wants-tls")
        {
            q.Set("tls-endpoint", "https:" + q.Endpoint[(q.Endpoint.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            return q.Say(code, "wants-tls");
        }

        q.Set("body", q.Fact(FailureFacts.HttpBody) is { } body ? q.Text(code + ".said").Replace("{text}", body, StringComparison.Ordinal) : "");
        return q.Say(code, status switch
        {
            "404" or "410" => "not-found",
            "401" => q.Fact(FailureFacts.HttpWhy) == "credentials" ? "wrong-login" : "login",
            "403" => "forbidden",
            ['5', ..] => "broken",
            _ => "other",
        });
    }

    public static Explanation Redirect(Inquiry q)
    {
        q.Set("status", q.Fact(FailureFacts.HttpStatus));
        q.Set("location", q.Fact(FailureFacts.HttpLocation));
        q.Set("count", Inquiry.Number(q.Fact(FailureFacts.Limit)));
        return q.Say("http-redirect", q.Fact(FailureFacts.HttpWhy) is ("downgrade" or "too-many" or "body") and { } why ? why : "location");
    }

    public static Explanation Range(Inquiry q)
    {
        q.Set("size", q.Fact(FailureFacts.Size));
        q.Set("status", q.Fact(FailureFacts.HttpStatus));
        q.Set("actual", q.Fact(FailureFacts.Actual) ?? q.Text("websocket.nothing"));
        return q.Say("http-range", q.Fact(FailureFacts.HttpWhy) is ("ignored" or "beyond") and { } why ? why : "elsewhere", "said");
    }

    public static Explanation Coding(Inquiry q)
    {
        q.Set("coding", q.Fact(FailureFacts.HttpCoding) ?? "?");
        return q.Say("http-encoding", q.Fact(FailureFacts.HttpWhy) == "unknown" ? "unknown" : "damaged", "said");
    }

    public static Explanation TooLarge(Inquiry q)
    {
        const string code = "http-too-large";
        string? times = q.Fact(FailureFacts.Limit);
        Sizes(q);
        q.Set("times", times);
        return q.Fact(FailureFacts.HttpWhy) switch
        {
            "expansion" => q.Say(code, "expansion"),
            "unpacked" => q.Say(code, "unpacked", "size"),
            _ => q.Say(code, times is null ? "body" : "announced", "size"),
        };
    }

    /// <summary>The time of a step, or of all of it, ran out.</summary>
    public static Explanation TimedOut(Inquiry q)
    {
        const string code = "http-timed-out";
        q.RuleOut("connected");
        string phase = q.Fact(FailureFacts.HttpPhase) ?? "download";
        if (q.Fact(FailureFacts.HttpWhy) == "total")
            return q.Say(code, phase == "download" ? "total" : "total-request", "total");
        return q.Say(code, phase is "request" or "first-byte" ? phase : "download");
    }

    private static void Sizes(Inquiry q)
    {
        foreach (string name in (string[])[FailureFacts.Size, FailureFacts.Limit])
            q.Set(name, long.TryParse(q.Fact(name), NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? q.Bytes(count) : null);
    }

    // http://host:80/path as what carries it.
    private static string Plain(Inquiry q)
    {
        if (!Uri.TryCreate(q.Endpoint, UriKind.Absolute, out Uri? url))
            return q.Endpoint;
        var plain = new StringBuilder(url.Scheme == "https" ? "tls://" : "tcp://");
        return plain.Append(CultureInfo.InvariantCulture, $"{url.Host}:{url.Port}").ToString();
    }
}
