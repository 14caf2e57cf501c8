using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Soket.Middleware.Tls;

namespace Soket.Http;

/// <summary>What a TLS handshake came to: the version, the cipher suite, and the server's certificate.</summary>
/// <param name="Version"><c>TLSv1.3</c>.</param>
/// <param name="CipherSuite">The cipher suite, by its name.</param>
/// <param name="Protocol">What ALPN chose; empty when it chose nothing.</param>
/// <param name="Subject">Whose the certificate is.</param>
/// <param name="Issuer">Who signed it.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="Fingerprint">Its SHA-256 fingerprint.</param>
/// <param name="IsVerified">Whether it was accepted for its chain, name and dates, or its fingerprint; false where any was taken.</param>
public sealed record FetchTls(string Version, string CipherSuite, string Protocol, string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Fingerprint, bool IsVerified)
{
    internal static FetchTls Of(SslStream tls, TlsClientSettings settings)
    {
        var certificate = tls.RemoteCertificate as X509Certificate2;
        return new(
            tls.SslProtocol == SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2",
            tls.NegotiatedCipherSuite.ToString(),
            tls.NegotiatedApplicationProtocol.ToString(),
            certificate?.Subject ?? "",
            certificate?.Issuer ?? "",
            certificate?.NotBefore ?? default,
            certificate?.NotAfter ?? default,
            certificate is null ? "" : DevelopmentCertificate.Fingerprint(certificate),
            !settings.Insecure || settings.Fingerprint is not null);
    }
}
