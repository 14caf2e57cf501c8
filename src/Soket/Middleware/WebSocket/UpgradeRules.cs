using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Protocols.Http1;
using Soket.Protocols.WebSocket;

namespace Soket.Middleware.WebSocket;

/// <summary>What a server answers to a request.</summary>
/// <param name="Status">101 takes it.</param>
/// <param name="Why">Why not, as a stable key: <c>path</c>, <c>origin</c> ...; empty when it is taken.</param>
internal readonly record struct UpgradeVerdict(int Status, string Why)
{
    public string? Subprotocol { get; init; }

    public DeflateParameters? Deflate { get; init; }
}

/// <summary>Whether a request may become a WebSocket (RFC 6455 4.2, 10.2). Pure.</summary>
internal static class UpgradeRules
{
    /// <summary>Judges a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="endpoint">The endpoint as it is served: its path, its host.</param>
    /// <param name="local">The address it came to.</param>
    /// <param name="settings">What is taken.</param>
    public static UpgradeVerdict Judge(HttpRequestHead request, SocketUri endpoint, EndPoint? local, WebSocketServerSettings settings)
    {
        HttpFields fields = request.Fields;
        string path = PathOf(request.Target);
        if (path.Length == 0)
            return new(400, "target");
        if (fields.One("Host", out bool one) is not { } host || !one)
            return new(400, "host-missing");
        // A page of another site can make its own name mean 127.0.0.1, and its requests then come "from the same host".
        if (IsLoopback(local) && !NamesLoopback(host, endpoint))
            return new(403, "host");
        if (path != PathOf(endpoint.Path))
            return new(404, "path");
        if (request.Method != "GET")
            return new(405, "method");
        if (request.Minor < 1 || !fields.Lists("Upgrade", "websocket") || !fields.Lists("Connection", "Upgrade"))
            return new(426, "no-upgrade");
        if (fields.One("Sec-WebSocket-Version") != "13")
            return new(426, "version");
        if (fields.One("Sec-WebSocket-Key") is not { } key || !HandshakeKey.IsValid(key))
            return new(400, "key");
        if (fields.One("Origin", out one) is { } origin && (!one || !MayCome(origin, host, settings)))
            return new(403, "origin");
        return new(101, "")
        {
            Subprotocol = settings.Subprotocols.FirstOrDefault(protocol => fields.List("Sec-WebSocket-Protocol").Contains(protocol, StringComparer.Ordinal)),
            // Every message by itself, both ways: a window kept for each of ten thousand connections that say nothing would be gigabytes.
            Deflate = settings.Compress && DeflateParameters.Choose(fields.List("Sec-WebSocket-Extensions")) is not null ? new(true, true) : null,
        };
    }

    private static string PathOf(string target)
    {
        // The absolute form is for proxies, but a server must take it (RFC 9112 3.2.2).
        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && !target.StartsWith('/'))
        {
            int slash = target.IndexOf('/', scheme + 3);
            target = slash < 0 ? "/" : target[slash..];
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        return path.StartsWith('/') ? path : "";
    }

    private static bool MayCome(string origin, string host, WebSocketServerSettings settings)
    {
        if (settings.AllowedOrigins.Any(allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase)))
            return true;
        int scheme = origin.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            return false;
        string from = origin[(scheme + 3)..];
        if (from.AsSpan().ContainsAny("@/\\?#"))
            return false; // more than a host and a port: not what RFC 6454 7 lets stand there
        if (settings.HasPage && !Port(from, origin).Equals(Port(host, origin), StringComparison.Ordinal))
            return false;
        return HostOf(from).Equals(HostOf(host), StringComparison.OrdinalIgnoreCase);
    }

    // Neither names the port that is usual for the page's scheme.
    private static string Port(string authority, string origin)
    {
        int colon = authority.IndexOf(':', Math.Max(0, authority.IndexOf(']', StringComparison.Ordinal)));
        return colon >= 0 ? authority[(colon + 1)..] : origin.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "443" : "80";
    }

    private static string HostOf(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        return (end > 0 ? host[..end] : host).TrimEnd('.');
    }

    private static bool IsLoopback(EndPoint? local) =>
        local is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool NamesLoopback(string host, SocketUri endpoint)
    {
        string name = HostOf(host);
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(endpoint.Host, StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && (IPAddress.IsLoopback(address) || address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(address.MapToIPv4())));
    }
}
