using Soket.Protocols.Framing;
using Soket.Protocols.Http1;

namespace Soket.Middleware.WebSocket;

/// <summary>How an end speaks WebSocket: what both ends have in common.</summary>
public abstract record WebSocketSettings
{
    /// <summary>The longest message taken, bytes, 1 or more, decompressed; a longer one ends the conversation with 1009.</summary>
    public int MaxMessage { get; init; } = Framing.DefaultMaxMessage;

    /// <summary>How large the peer's request or response head may be.</summary>
    public HttpHeadLimits MaxHead { get; init; } = HttpHeadLimits.Default;

    /// <summary>How long the handshake may take; 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Subprotocols, best first; empty for none.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Whether messages may be compressed (permessage-deflate, RFC 7692), when the peer wants it too.</summary>
    public bool Compress { get; init; }

    /// <summary>How often a ping is sent; a peer from which nothing came since the ping before is given up. Zero for no pings.</summary>
    public TimeSpan PingInterval { get; init; }

    /// <summary>The most payload a frame is sent with, bytes: a longer message goes in several. 0 for one frame a message.</summary>
    public int FragmentSize { get; init; }
}

/// <summary>How a server speaks WebSocket.</summary>
public sealed record WebSocketServerSettings : WebSocketSettings
{
    /// <summary>
    /// The origins of pages that may connect beside those of the server's own host, as browsers write them: <c>https://example.org</c>; <c>*</c> for
    /// every page. A program that is no browser sends no origin, and is taken.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Whether only pages from this very port are the server's own: where it has a page itself, those of other ports are other programs'.</summary>
    internal bool HasPage { get; init; }
}

/// <summary>How a client speaks WebSocket.</summary>
public sealed record WebSocketClientSettings : WebSocketSettings
{
    /// <summary>The origin told; null for none, as programs do that are no browsers.</summary>
    public string? Origin { get; init; }

    /// <summary>Further fields of the request; none of the handshake's own.</summary>
    public IReadOnlyList<HttpField> Fields { get; init; } = [];
}
