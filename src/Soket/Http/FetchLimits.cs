namespace Soket.Http;

/// <summary>How long each step of an exchange may take; null for as long as it takes.</summary>
public sealed record FetchTimeouts
{
    /// <summary>Resolving and connecting together; 10 s.</summary>
    public TimeSpan? Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The TLS handshake; 10 s.</summary>
    public TimeSpan? Tls { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the request's last byte to the answer's first; 60 s.</summary>
    public TimeSpan? Answer { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest pause while the request is taken or the answer comes; 60 s.</summary>
    public TimeSpan? Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>All of it, redirects included; for ever.</summary>
    public TimeSpan? Total { get; init; }
}

/// <summary>How much a fetch takes from a server.</summary>
public sealed record FetchLimits
{
    /// <summary>The longest body, before and after decompression, bytes; without limit.</summary>
    public long MaxBody { get; init; } = long.MaxValue;

    /// <summary>How many times as long as it came a body may become by decompression, once it has passed <see cref="ExpansionFloor"/>; 200.</summary>
    public int MaxExpansion { get; init; } = 200;

    /// <summary>Up to here decompression is never suspicious, bytes; 32 MiB.</summary>
    public long ExpansionFloor { get; init; } = 32 * 1024 * 1024;

    /// <summary>The longest head, bytes; 64 KiB.</summary>
    public int MaxHead { get; init; } = 64 * 1024;

    /// <summary>The most fields of a head; 200.</summary>
    public int MaxFields { get; init; } = 200;

    /// <summary>The most redirects followed; 10.</summary>
    public int MaxRedirects { get; init; } = 10;
}
