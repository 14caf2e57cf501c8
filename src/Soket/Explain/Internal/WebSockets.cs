using System.Globalization;

namespace Soket.Explain.Internal;

/// <summary>WebSocket: what the other end answered to the handshake, which rule it broke, with which code it closed.</summary>
internal static class WebSockets
{
    /// <summary>HTTP's own refusal: the server's status at a client, and what a server found wrong with a request.</summary>
    public static Explanation Refused(Inquiry q)
    {
        const string code = "websocket-refused";
        string? status = q.Fact(FailureFacts.HttpStatus), why = q.Fact(FailureFacts.WebSocketWhy), location = q.Fact(FailureFacts.HttpLocation);
        q.Set("status", status);
        q.Set("phrase", q.Fact(FailureFacts.HttpReason) is { } phrase ? " " + phrase : "");
        q.Set("target", q.Fact(FailureFacts.HttpTarget) ?? "/");
        q.Set("origin", q.Fact(FailureFacts.HttpOrigin) ?? "?");
        q.Set("host", q.Fact(FailureFacts.HttpHost) ?? "?");
        if (q.IsServer)
            return q.Say(code, why is "path" or "no-upgrade" or "origin" or "host" or "version" ? "server-" + why : "server-other");
        q.Set("location", location);
        q.Set("base-endpoint", WithoutPath(q.Endpoint));
        q.Set("body", q.Fact(FailureFacts.HttpBody) is { } body ? q.Text(code + ".said").Replace("{text}", body, StringComparison.Ordinal) : "");
        string variant = status switch
        {
            "404" => "not-found",
            "401" or "407" => "login",
            "403" => q.Fact(FailureFacts.HttpOrigin) is null ? "forbidden" : "forbidden-origin",
            "426" => "upgrade",
            _ when status is ['3', ..] && location is not null => "moved",
            _ when status is ['2', ..] => "page",
            _ when status is ['5', ..] => "broken",
            _ => "other",
        };
        if (variant == "not-found" && Served.Otherwise(q) is { } served)
        {
            q.Set("served-endpoint", served);
            return q.Say(code, variant, "served");
        }

        if (variant == "moved")
            q.Set("moved-to", AsWebSocket(location!, q.Endpoint));
        return q.Say(code, variant);
    }

    public static Explanation NotHttp(Inquiry q)
    {
        const string code = "websocket-not-http";
        q.Set("below-endpoint", Below(q.Endpoint));
        if (PeerBytes.Of(q) is not { } bytes)
            return q.Say(code, q.IsServer ? "server" : "unknown");
        q.Set("bytes", bytes.Shown);
        q.Set("spoken", bytes.Protocol);
        if (!q.IsServer && IsOurRequest(q, bytes))
            return q.Say(code, "echo", "unknown");
        return q.IsServer ? q.Say(code, "server-bytes", "server") : q.Say(code, bytes.Protocol is null ? "bytes" : "known", "unknown");
    }

    public static Explanation Handshake(Inquiry q)
    {
        const string code = "websocket-handshake-failed";
        q.Set("expected", q.Fact(FailureFacts.Expected));
        q.Set("actual", q.Fact(FailureFacts.Actual) ?? q.Text("websocket.nothing"));
        return q.Fact(FailureFacts.WebSocketWhy) switch
        {
            "accept" => q.Say(code, "accept"),
            "no-upgrade" => q.Say(code, "no-upgrade"),
            "extension" => q.Say(code, "extension"),
            "ended" => q.IsServer ? q.Say(code, "ended-server") : q.Say(code, "ended"),
            _ => q.Say(code, "said"),
        };
    }

    public static Explanation Subprotocol(Inquiry q)
    {
        q.Set("expected", q.Fact(FailureFacts.Expected) ?? q.Text("websocket.nothing"));
        q.Set("actual", q.Fact(FailureFacts.Actual));
        return q.Say("websocket-subprotocol", q.Fact(FailureFacts.Actual) is null ? "none" : "other");
    }

    public static Explanation Protocol(Inquiry q)
    {
        string key = "websocket.rule." + q.Fact(FailureFacts.WebSocketWhy);
        q.Set("code", q.Fact(FailureFacts.WebSocketCode) ?? "1002");
        q.Set("rule", q.Text(Catalogue.Texts.Has(key) ? key : "websocket.rule.other"));
        return q.Say("websocket-protocol-error", "broken", q.IsServer ? "server" : "client");
    }

    public static Explanation Closed(Inquiry q)
    {
        const string code = "websocket-closed";
        string number = q.Fact(FailureFacts.WebSocketCode) ?? "1006";
        q.Set("code", number);
        q.Set("reason", q.Fact(FailureFacts.WebSocketReason) is { } reason ? $": \"{reason}\"" : "");
        return int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture) switch
        {
            1002 => q.Say(code, "protocol"),
            1003 => q.Say(code, "kind"),
            1006 => q.Say(code, "abnormal"),
            1007 => q.Say(code, "text"),
            1008 => q.Say(code, "policy"),
            1009 => q.Say(code, "large"),
            1011 => q.Say(code, "failed"),
            1012 or 1013 => q.Say(code, "later"),
            >= 3000 => q.Say(code, "application"),
            _ => q.Say(code, "other"),
        };
    }

    public static Explanation NoPong(Inquiry q) => q.Say("websocket-no-pong", "silent");

    /// <summary>The handshake's time ran out: whose turn it was.</summary>
    public static Explanation TimedOut(Inquiry q)
    {
        q.Set("below-endpoint", Below(q.Endpoint));
        return q.Say("websocket-handshake-timed-out", q.Fact(FailureFacts.TlsFirstBytes) is not null ? "part" : q.IsServer ? "silent-client" : "silent");
    }

    // An echo gives back the request as it was sent.
    private static bool IsOurRequest(Inquiry q, PeerBytes bytes) =>
        q.Fact(FailureFacts.HttpTarget) is { } target && bytes.Shown.Trim('"') is { Length: > 4 } line && $"GET {target} HTTP/1.1".StartsWith(line, StringComparison.Ordinal);

    // The endpoint that carries the WebSocket.
    private static string Below(string endpoint) => WithoutPath(endpoint).Replace("wss:", "tls:", StringComparison.Ordinal).Replace("ws:", "tcp:", StringComparison.Ordinal);

    private static string WithoutPath(string endpoint)
    {
        int authority = endpoint.IndexOf("://", StringComparison.Ordinal);
        int path = authority < 0 ? -1 : endpoint.IndexOf('/', authority + 3);
        return path < 0 ? endpoint : endpoint[..path];
    }

    // Where a redirect leads, as an endpoint of the same kind.
    private static string AsWebSocket(string location, string endpoint)
    {
        if (location.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
            return "ws:" + location["http:".Length..];
        if (location.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            return "wss:" + location["https:".Length..];
        return location.StartsWith('/') ? WithoutPath(endpoint) + location : location;
    }
}
