using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Soket.Middleware.Tls;

/// <summary>A certificate made on the fly: for a service that has none, on a machine where its fingerprint can be passed on.</summary>
public static class DevelopmentCertificate
{
    /// <summary>How long one is valid when nothing else is said: 30 days.</summary>
    public static TimeSpan DefaultValidity { get; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Makes a self-signed certificate (ECDSA P-256, SHA-256) for <c>localhost</c>, <c>127.0.0.1</c>, <c>::1</c> and the names given. It can sign
    /// nothing; its key exists in this process only.
    /// </summary>
    /// <param name="names">Further host names and addresses.</param>
    /// <param name="validity">How long it is valid from now (and five minutes before, for clocks that are behind); null for <see cref="DefaultValidity"/>.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <returns>The certificate with its key; the caller disposes it.</returns>
    public static X509Certificate2 Create(IEnumerable<string>? names = null, TimeSpan? validity = null, TimeProvider? time = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost, O=Soket development", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in ((string[])["localhost", "127.0.0.1", "::1"]).Concat(names ?? []).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        DateTimeOffset now = (time ?? TimeProvider.System).GetUtcNow();
        return Usable(request.CreateSelfSigned(now.AddMinutes(-5), now + (validity ?? DefaultValidity)));
    }

    /// <summary>The SHA-256 fingerprint of a certificate: <c>AB:CD:...</c>, 32 bytes, as openssl x509 -fingerprint -sha256 writes it.</summary>
    public static string Fingerprint(X509Certificate2 certificate) => Write(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>Brings a fingerprint that a person typed (any case, with or without colons, spaces or dashes) into the form of <see cref="Fingerprint"/>.</summary>
    /// <exception cref="FormatException">It is not 32 bytes in hexadecimal.</exception>
    public static string FormatFingerprint(string text)
    {
        string digits = string.Concat(text.Where(c => c is not (':' or ' ' or '-')));
        if (digits.Length != 64 || !digits.All(char.IsAsciiHexDigit))
            throw new FormatException($"'{text}' is not a SHA-256 fingerprint. A right one has 64 hexadecimal digits: {Write(new byte[2])}:...");
        return Write(Convert.FromHexString(digits));
    }

    /// <summary>Windows' TLS finds only keys that its store holds, which a key made in memory is not until it was imported.</summary>
    internal static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private static string Write(ReadOnlySpan<byte> bytes) => string.Join(':', bytes.ToArray().Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
}
