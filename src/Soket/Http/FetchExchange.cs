using System.Net;
using Soket.Dns;
using Soket.Explain;
using Soket.Middleware.Proxy;
using Soket.Protocols.Http1;

namespace Soket.Http;

/// <summary>One request and its answer: what was asked, what came, and when. Filled while it runs; whole when the fetch is.</summary>
public sealed class FetchExchange
{
    private readonly List<FetchStep> _steps = [];
    private long _decoded;

    internal FetchExchange(HttpUrl url, HttpRequestHead request, ProxyEndpoint? proxy)
    {
        Url = url;
        Request = request;
        Proxy = proxy;
    }

    /// <summary>What was asked for.</summary>
    public HttpUrl Url { get; }

    /// <summary>The head of the request, as it was sent.</summary>
    public HttpRequestHead Request { get; }

    /// <summary>The proxy it goes through; null for none.</summary>
    public ProxyEndpoint? Proxy { get; }

    /// <summary>Whether an HTTP proxy is asked for the page itself, in absolute form (RFC 9112 3.2.2), rather than for a tunnel to who has it.</summary>
    public bool IsForwarded => Proxy is { Kind: ProxyKind.Http } && !Url.IsSecure;

    /// <summary>When it began.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>Its steps, those that were gone.</summary>
    public IReadOnlyList<FetchStep> Steps => _steps;

    /// <summary>What was asked over DNS, where it was (<see cref="FetchOptions.Dns"/>).</summary>
    public IReadOnlyList<DnsAnswer> Lookups { get; internal set; } = [];

    /// <summary>The addresses of the host, or of the proxy before it, in the order to try them.</summary>
    public IReadOnlyList<EndPoint> Addresses { get; internal set; } = [];

    /// <summary>The addresses that were tried, those given up included.</summary>
    public IReadOnlyList<ConnectAttempt> Attempts { get; internal set; } = [];

    /// <summary>The address that answered; null when none did.</summary>
    public EndPoint? Remote { get; internal set; }

    /// <summary>This end's address.</summary>
    public EndPoint? Local { get; internal set; }

    /// <summary>What TLS came to; null without it.</summary>
    public FetchTls? Tls { get; internal set; }

    /// <summary>The interim responses (1xx) before the answer.</summary>
    public IReadOnlyList<HttpResponseHead> Interim { get; internal set; } = [];

    /// <summary>The head of the answer; null when none came.</summary>
    public HttpResponseHead? Response { get; internal set; }

    /// <summary>How the answer's body ended.</summary>
    public HttpBodyFraming Framing { get; internal set; }

    /// <summary>The fields after the last chunk.</summary>
    public HttpFields Trailers { get; internal set; } = new([]);

    /// <summary>The bytes of the request's head.</summary>
    public long RequestHeadBytes { get; internal set; }

    /// <summary>The bytes of the request's body, as far as they were handed to the system.</summary>
    public long RequestBodyBytes { get; internal set; }

    /// <summary>The bytes of the answer's heads.</summary>
    public long HeadBytes { get; internal set; }

    /// <summary>The bytes of the answer's body as they came, without what frames them.</summary>
    public long BodyBytes { get; internal set; }

    /// <summary>The bytes of the body after decompression; may be asked for while it comes, from any thread.</summary>
    public long ContentBytes => Volatile.Read(ref _decoded);

    /// <summary>How many chunks the body came in.</summary>
    public int Chunks { get; internal set; }

    /// <summary>The content codings that were undone, in the order they had been applied: <c>gzip</c>.</summary>
    public IReadOnlyList<string> Codings { get; internal set; } = [];

    /// <summary>Bytes sent on the connection, TLS included.</summary>
    public long WireSent { get; internal set; }

    /// <summary>Bytes received on the connection, TLS included.</summary>
    public long WireReceived { get; internal set; }

    /// <summary>Whether the answer to this plain request says that the port takes TLS: a status of 400 with the words of a common server. Known once the body has begun.</summary>
    public bool WantsTls { get; internal set; }

    /// <summary>Where the answer sends on to, where that was followed.</summary>
    public HttpUrl? RedirectedTo { get; internal set; }

    /// <summary>Why it failed; null when it did not.</summary>
    public SocketFailure? Failure { get; internal set; }

    /// <summary>The step that was under way when whoever asked gave it up; null when nobody did.</summary>
    public FetchPhase? Interrupted { get; internal set; }

    /// <summary>The step of a phase; null when it was not gone.</summary>
    /// <param name="phase">The phase.</param>
    public FetchStep? Step(FetchPhase phase) => _steps.Find(step => step.Phase == phase);

    /// <summary>The time of its steps without what lies between them: what the network took, and not this program.</summary>
    public TimeSpan Busy => _steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Duration);

    // A phase is gone once: one that is told again goes on, or has failed after all.
    internal void Add(FetchStep step)
    {
        int told = _steps.FindIndex(old => old.Phase == step.Phase);
        if (told < 0)
            _steps.Add(step);
        else
            _steps[told] = step with { Start = _steps[told].Start, Duration = step.Start + step.Duration - _steps[told].Start };
    }

    // When a step began and ended is known to the calls; what stood there was when it was noticed.
    internal void Correct(FetchPhase phase, TimeSpan start, TimeSpan end)
    {
        int told = _steps.FindIndex(old => old.Phase == phase);
        if (told >= 0)
            _steps[told] = _steps[told] with { Start = start, Duration = end > start ? end - start : TimeSpan.Zero };
    }

    internal TimeSpan ElapsedAt(TimeSpan now) => now - (_steps.Count > 0 ? _steps[0].Start : TimeSpan.Zero);

    internal void Decoded(int count) => Volatile.Write(ref _decoded, _decoded + count);
}
