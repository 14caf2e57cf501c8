using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Dns;
using Soket.Endpoints;
using Soket.Middleware.Proxy;
using Soket.Middleware.Tls;
using Soket.Protocols.Http1;
using Soket.Transports;

namespace Soket.Http;

/// <summary>What is asked for, and how.</summary>
public sealed record FetchOptions
{
    /// <summary>The method, a token; <c>GET</c>.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Fields of the request beside those it needs; one of these with an empty value takes a field away that would be sent.</summary>
    public IReadOnlyList<HttpField> Fields { get; init; } = [];

    /// <summary>What is sent along; null for nothing.</summary>
    public FetchBody? Body { get; init; }

    /// <summary>The value of Authorization; sent to the first origin only. Null for none.</summary>
    public string? Authorization { get; init; }

    /// <summary>Whether redirects are followed.</summary>
    public bool FollowRedirects { get; init; }

    /// <summary>Whether a redirect may lead from https to http.</summary>
    public bool AllowDowngrade { get; init; }

    /// <summary>Whether the method is kept where 301 and 302 make a GET of a POST, as browsers do (RFC 9110 15.4.2).</summary>
    public bool KeepMethod { get; init; }

    /// <summary>Whether compressed bodies are asked for, and unpacked: gzip, deflate, br, zstd.</summary>
    public bool Decompress { get; init; }

    /// <summary>The first byte wanted, for a download that goes on; null for all of it. An answer that begins elsewhere is a failure.</summary>
    public long? ResumeAt { get; init; }

    /// <summary>Whether a final status of 400 or more is a failure (<c>HTTP_STATUS</c>), and its body is not given on.</summary>
    public bool FailOnStatus { get; init; }

    /// <summary>How long it may take.</summary>
    public FetchTimeouts Timeouts { get; init; } = new();

    /// <summary>How much it may bring.</summary>
    public FetchLimits Limits { get; init; } = new();

    /// <summary>Only this address family; null for both.</summary>
    public AddressFamily? Family { get; init; }

    /// <summary>How sockets are made, and where their events go.</summary>
    public ManagedTransportOptions Transport { get; init; } = new();

    /// <summary>How TLS is spoken with a host; null verifies against the system's roots. ALPN is always http/1.1.</summary>
    public Func<HttpUrl, TlsClientSettings>? Tls { get; init; }

    /// <summary>The Unix socket that is connected to, whatever the URL's host; null for none.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>Gives the addresses of an endpoint's host that are known without a look-up, in the order to try them; none leaves the host to be looked up. Null knows none.</summary>
    public Func<SocketUri, CancellationToken, ValueTask<IReadOnlyList<EndPoint>>>? Resolve { get; init; }

    /// <summary>Told of each step when it is gone, on the thread that went it; must not throw. Null for nobody.</summary>
    public Action<FetchExchange, FetchStep>? Stepped { get; init; }

    /// <summary>Looks names up over DNS; null uses the system's resolver. Addresses and localhost are never asked for.</summary>
    public DnsResolver? Dns { get; init; }

    /// <summary>
    /// The proxy a URL is asked for through; null, or a null from it, goes there directly. An HTTP proxy is asked for http URLs in absolute form (RFC 9112 3.2.2) and
    /// for a tunnel to https ones; a SOCKS proxy for a tunnel to either. The proxy resolves the names.
    /// </summary>
    public Func<HttpUrl, ProxyEndpoint?>? Proxy { get; init; }

    /// <summary>Gives a connection to an endpoint where it is not connected to from here: a proxy's tunnel. Null connects.</summary>
    public Func<SocketUri, CancellationToken, Task<ConnectionContext>>? Through { get; init; }
}
