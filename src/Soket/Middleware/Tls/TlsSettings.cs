using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Soket.Middleware.Tls;

/// <summary>How a server speaks TLS.</summary>
public sealed record TlsServerSettings
{
    /// <summary>The certificate, with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The certificates between it and the root, sent along.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    /// <summary>Wants a certificate of each client, signed by one of these; null asks for none.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>The versions spoken; TLS 1.2 and 1.3.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The protocols offered by ALPN (RFC 7301), best first; empty for none.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>How long a handshake may take; 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>How a client speaks TLS. What it does not say is verified: chain, name and dates.</summary>
public sealed record TlsClientSettings
{
    /// <summary>The name asked for (SNI, RFC 6066) and looked for in the certificate.</summary>
    public required string TargetHost { get; init; }

    /// <summary>Takes any certificate. The connection is then open to whoever sits in between.</summary>
    public bool Insecure { get; init; }

    /// <summary>Trusts these, and what they have signed, instead of the system's roots.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Trusts exactly the certificate with this SHA-256 fingerprint (hex, colons allowed), whoever signed it and whatever its name.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The certificate shown where the server asks for one, with its private key; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The certificates between it and its root, sent along.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    /// <summary>The versions spoken; TLS 1.2 and 1.3.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The protocols offered by ALPN, best first; empty for none.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>
    /// Goes on with a session from before where this process has one with the same server (RFC 8446 2.2, RFC 5077), which saves the certificates. Why a server
    /// refuses is told less well then: that it wanted a client certificate is not seen. Off.
    /// </summary>
    public bool Resumes { get; init; }

    /// <summary>How long a handshake may take; 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
