using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Explain;

namespace Soket.Middleware.Tls;

/// <summary>
/// Why nobody trusted vouches for a certificate, looked up in the certificates at hand: a library's word for it (untrusted root, partial chain) is the same for
/// a self-signed one, one that a neighbour's key has signed, and one whose authority is merely not known.
/// </summary>
internal static class CertificateFault
{
    /// <summary>The purposes of RFC 5280 4.2.1.12.</summary>
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private const string Any = "2.5.29.37.0";

    /// <summary>Adds <see cref="FailureFacts.TlsFault"/>, and who the signer is where that was found out.</summary>
    /// <param name="certificate">The certificate that was not taken.</param>
    /// <param name="ofServer">Whether a server showed it.</param>
    /// <param name="sent">What came with it.</param>
    /// <param name="roots">What is trusted instead of the system's roots.</param>
    /// <param name="facts">Where to.</param>
    public static void Find(X509Certificate2 certificate, bool ofServer, X509Certificate2Collection sent, X509Certificate2Collection? roots, Dictionary<string, string> facts)
    {
        if (facts.ContainsKey(FailureFacts.TlsExpectedFingerprint))
            facts[FailureFacts.TlsFault] = "pin";
        else if (!Serves(certificate, ofServer ? ServerAuthentication : ClientAuthentication))
            facts[FailureFacts.TlsFault] = "purpose";
        else
            facts[FailureFacts.TlsFault] = Signer(certificate, sent, roots, facts);
    }

    /// <summary>What a certificate may be used for, by the names of RFC 5280; empty when it does not say.</summary>
    public static string Purposes(X509Certificate2 certificate) =>
        string.Join(", ", certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(extension => extension.EnhancedKeyUsages.Cast<Oid>()).Select(Name));

    private static string Signer(X509Certificate2 certificate, X509Certificate2Collection sent, X509Certificate2Collection? roots, Dictionary<string, string> facts)
    {
        bool names = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        bool? itself = CertificateSignature.IsBy(certificate, certificate);
        if (names && itself == true)
            return "self-signed";
        X509Certificate2? signer = sent.Concat(roots ?? []).FirstOrDefault(one => !Same(one, certificate) && CertificateSignature.IsBy(certificate, one) == true);
        if (signer is not null && !IsAuthority(signer))
        {
            facts[FailureFacts.TlsSigner] = signer.Subject;
            facts[FailureFacts.TlsSignerFingerprint] = DevelopmentCertificate.Fingerprint(signer);
            return "no-authority";
        }

        if (names)
            return itself == false ? "same-name" : "self-named";
        X509Certificate2? namesake = roots?.FirstOrDefault(root => root.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData));
        return signer is null && namesake is not null && CertificateSignature.IsBy(certificate, namesake) == false ? "other-key" : roots is null ? "issuer" : "issuer-given";
    }

    private static bool Serves(X509Certificate2 certificate, string purpose)
    {
        X509EnhancedKeyUsageExtension? usage = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return usage is null || usage.EnhancedKeyUsages.Cast<Oid>().Any(one => one.Value == purpose || one.Value == Any);
    }

    // RFC 5280 4.2.1.9: without the extension, or without cA in it, the key signs no certificates.
    private static bool IsAuthority(X509Certificate2 certificate) => certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority);

    private static bool Same(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    private static string Name(Oid purpose) => purpose.Value switch
    {
        ServerAuthentication => "serverAuth",
        ClientAuthentication => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        Any => "anyExtendedKeyUsage",
        { } other => other,
        null => "?",
    };
}
