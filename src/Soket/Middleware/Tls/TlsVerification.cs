using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Explain;

namespace Soket.Middleware.Tls;

/// <summary>Decides whether a server's certificate is taken, and remembers what it saw. For one handshake.</summary>
internal sealed class TlsVerification(TlsClientSettings settings)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280 4.2.1.12
    private X509Certificate2? _certificate;
    private SslPolicyErrors _errors;
    private string _chain = "";
    private string? _pinned;

    /// <summary>Why the certificate was not taken; null when it was, or none came.</summary>
    public SystemError? Rejection { get; private set; }

    /// <summary>Whether the certificate was taken without being looked at.</summary>
    public bool IsUnverified => settings.Insecure && settings.Fingerprint is null;

    /// <summary>What verification would have complained about.</summary>
    public string? Doubts => _errors == SslPolicyErrors.None ? null : _chain.Length == 0 ? _errors.ToString() : $"{_errors}: {_chain}";

    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (settings.TrustedRoots is { } roots)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }

    public bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _certificate = certificate as X509Certificate2;
        _errors = errors;
        X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain?.ChainStatus ?? [])
            flags |= status.Status;
        _chain = flags == X509ChainStatusFlags.NoError ? "" : flags.ToString();
        Rejection = Judge(chain, flags);
        if (Rejection is null)
            return true;
        AddFacts(Facts); // now: SslStream disposes a certificate that was not taken
        return false;
    }

    /// <summary>What a certificate that was not taken says.</summary>
    public Dictionary<string, string> Facts { get; } = [];

    private void AddFacts(Dictionary<string, string> facts)
    {
        facts[FailureFacts.TlsPolicyErrors] = _errors.ToString();
        if (_chain.Length > 0)
            facts[FailureFacts.TlsChainStatus] = _chain;
        if (_pinned is not null)
            facts[FailureFacts.TlsExpectedFingerprint] = _pinned;
        if (_certificate is not { } certificate)
            return;
        facts[FailureFacts.TlsSubject] = certificate.Subject;
        facts[FailureFacts.TlsIssuer] = certificate.Issuer;
        facts[FailureFacts.TlsNames] = string.Join(", ", Names(certificate));
        facts[FailureFacts.TlsNotBefore] = Date(certificate.NotBefore);
        facts[FailureFacts.TlsNotAfter] = Date(certificate.NotAfter);
        facts[FailureFacts.TlsFingerprint] = DevelopmentCertificate.Fingerprint(certificate);
    }

    private static string Date(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Names(X509Certificate2 certificate)
    {
        foreach (X509SubjectAlternativeNameExtension names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (string name in names.EnumerateDnsNames())
                yield return name;
            foreach (System.Net.IPAddress address in names.EnumerateIPAddresses())
                yield return address.ToString();
        }
    }

    // The gravest first: who signed it, then when, then for whom. The facts carry all that was found.
    private SystemError? Judge(X509Chain? chain, X509ChainStatusFlags flags)
    {
        if (_certificate is not { } certificate)
            return settings is { Insecure: true, Fingerprint: null } ? null : SystemError.Own("TLS_UNTRUSTED", "The server sent no certificate");
        if (settings.Fingerprint is { } expected)
        {
            _pinned = DevelopmentCertificate.FormatFingerprint(expected);
            return string.Equals(_pinned, DevelopmentCertificate.Fingerprint(certificate), StringComparison.Ordinal)
                ? null
                : SystemError.Own("TLS_UNTRUSTED", "The certificate is not the one with the expected fingerprint");
        }

        if (settings.Insecure)
            return null;

        const X509ChainStatusFlags Dates = X509ChainStatusFlags.NotTimeValid;
        const X509ChainStatusFlags Signer = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        X509ChainStatusFlags grave = flags & ~Dates;
        // A certificate that was handed over as trusted is trusted, also where somebody else has signed it.
        if ((grave & ~Signer) == 0 && settings.TrustedRoots?.Any(root => root.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)) == true)
            grave = X509ChainStatusFlags.NoError;
        if (_errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && grave != X509ChainStatusFlags.NoError)
            return SystemError.Own("TLS_UNTRUSTED", Reason(chain, grave));
        if (flags.HasFlag(Dates))
        {
            DateTime now = DateTime.Now; // NotBefore and NotAfter are local times
            X509Certificate2 odd = chain?.ChainElements.Select(element => element.Certificate).FirstOrDefault(one => now < one.NotBefore || now > one.NotAfter) ?? certificate;
            return now < odd.NotBefore
                ? SystemError.Own("TLS_NOT_YET_VALID", $"The certificate is not valid before {Date(odd.NotBefore)}")
                : SystemError.Own("TLS_EXPIRED", $"The certificate expired at {Date(odd.NotAfter)}");
        }

        return _errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? SystemError.Own("TLS_NAME_MISMATCH", $"The certificate is not for {settings.TargetHost}")
            : null;
    }

    private static string Reason(X509Chain? chain, X509ChainStatusFlags grave)
    {
        string? told = chain?.ChainStatus.FirstOrDefault(status => (status.Status & grave) != 0).StatusInformation;
        return string.IsNullOrWhiteSpace(told) ? "The certificate is not trusted" : $"The certificate is not trusted: {told.Trim()}";
    }
}
