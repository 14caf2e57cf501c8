using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Explain;

namespace Soket.Middleware.Tls;

/// <summary>Decides whether the peer's certificate is taken, and remembers what it saw. For one handshake.</summary>
internal sealed class TlsVerification
{
    private readonly bool _ofServer; // whether it is a server that shows its certificate
    private readonly string? _target;
    private readonly X509Certificate2Collection? _roots;
    private readonly string? _fingerprint;
    private readonly bool _insecure;
    private X509Certificate2? _certificate;
    private string? _doubts;

    /// <summary>For a server's certificate, seen by a client.</summary>
    public TlsVerification(TlsClientSettings settings)
    {
        HasOwn = settings.Certificate is not null;
        (_ofServer, _target, _roots, _fingerprint, _insecure) = (true, settings.TargetHost, settings.TrustedRoots, settings.Fingerprint, settings.Insecure);
    }

    /// <summary>For a client's certificate, seen by a server that wants one.</summary>
    public TlsVerification(X509Certificate2Collection clientAuthorities) => _roots = clientAuthorities;

    /// <summary>Why the certificate was not taken; null when it was, or none came.</summary>
    public SystemError? Rejection { get; private set; }

    /// <summary>Whether this client has a certificate to show.</summary>
    public bool HasOwn { get; }

    /// <summary>Whether the server asked for a certificate, and this client had none.</summary>
    public bool MissesOwn { get; private set; }

    /// <summary>Whether the certificate was taken without being looked at.</summary>
    public bool IsUnverified => _insecure && _fingerprint is null;

    /// <summary>What verification would have complained about.</summary>
    public string? Doubts => _doubts;

    /// <summary>The certificates from the peer's own up to the root, as far as they were found: who, by whom, until when.</summary>
    public IReadOnlyList<string> Chain { get; private set; } = [];

    /// <summary>What a certificate that was not taken says.</summary>
    public Dictionary<string, string> Facts { get; } = [];

    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(_ofServer ? CertificateFault.ServerAuthentication : CertificateFault.ClientAuthentication));
        if (_roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_roots);
        }

        return policy;
    }

    /// <summary>Called before the handshake, and again, with the server's certificate, when that asks for the client's.</summary>
    public X509Certificate SelectOwn(object sender, string targetHost, X509CertificateCollection localCertificates, X509Certificate? remoteCertificate, string[] acceptableIssuers)
    {
        MissesOwn |= remoteCertificate is not null || acceptableIssuers.Length > 0;
        return null!; // Documented as "no certificate", whatever the delegate's annotation says.
    }

    public bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _certificate = certificate as X509Certificate2;
        X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain?.ChainStatus ?? [])
            flags |= status.Status;
        Chain = [.. (chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()).Select(element => $"subject={element.Certificate.Subject} issuer={element.Certificate.Issuer} until={Date(element.Certificate.NotAfter)}")];
        // .NET takes a common name where there is no alternative name of the kind; the RFC does not.
        bool otherName = _target is not null && _certificate is not null && !new CertificateNames(_certificate).Match(_target);
        SslPolicyErrors found = (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) | (otherName ? SslPolicyErrors.RemoteCertificateNameMismatch : 0);
        _doubts = found == SslPolicyErrors.None ? null : flags == X509ChainStatusFlags.NoError ? found.ToString() : $"{found}: {flags}";
        Rejection = Judge(chain, flags, found);
        if (Rejection is null)
            return true;
        AddFacts(chain, found, flags); // now: SslStream disposes a certificate that was not taken
        return false;
    }

    private void AddFacts(X509Chain? chain, SslPolicyErrors errors, X509ChainStatusFlags flags)
    {
        Facts[FailureFacts.TlsPolicyErrors] = errors.ToString();
        if (flags != X509ChainStatusFlags.NoError)
            Facts[FailureFacts.TlsChainStatus] = flags.ToString();
        if (_fingerprint is not null)
            Facts[FailureFacts.TlsExpectedFingerprint] = DevelopmentCertificate.FormatFingerprint(_fingerprint);
        if (_roots is not null)
            Facts[FailureFacts.TlsRoots] = string.Join(", ", _roots.Select(root => root.Subject));
        if (_certificate is not { } certificate)
            return;
        Facts[FailureFacts.TlsSubject] = certificate.Subject;
        Facts[FailureFacts.TlsIssuer] = certificate.Issuer;
        var names = new CertificateNames(certificate);
        Facts[FailureFacts.TlsNames] = string.Join(", ", names.Dns);
        Facts[FailureFacts.TlsAddresses] = string.Join(", ", names.Addresses);
        Facts[FailureFacts.TlsCommonName] = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Facts[FailureFacts.TlsPurposes] = CertificateFault.Purposes(certificate);
        // The dates of the one they are wrong for: an authority's own may have passed while the server's has not.
        X509Certificate2 dated = OutOfDate(chain) ?? certificate;
        if (dated != certificate)
            Facts[FailureFacts.TlsDatedSubject] = dated.Subject;
        Facts[FailureFacts.TlsNotBefore] = Date(dated.NotBefore);
        Facts[FailureFacts.TlsNotAfter] = Date(dated.NotAfter);
        Facts[FailureFacts.TlsFingerprint] = DevelopmentCertificate.Fingerprint(certificate);
        if (Rejection is { Name: "TLS_UNTRUSTED" })
            CertificateFault.Find(certificate, _ofServer, Sent(chain), _roots, Facts);
    }

    // What the peer sent beside its own certificate: SslStream hands it to the chain as material.
    private static X509Certificate2Collection Sent(X509Chain? chain) => chain?.ChainPolicy.ExtraStore ?? [];

    private static string Date(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static X509Certificate2? OutOfDate(X509Chain? chain)
    {
        DateTime now = DateTime.Now; // NotBefore and NotAfter are local times
        return chain?.ChainElements.Select(element => element.Certificate).FirstOrDefault(one => now < one.NotBefore || now > one.NotAfter);
    }

    // The gravest first: who signed it, then when, then for whom. The facts carry all that was found.
    private SystemError? Judge(X509Chain? chain, X509ChainStatusFlags flags, SslPolicyErrors errors)
    {
        if (_certificate is not { } certificate)
        {
            return IsUnverified ? null
                : _ofServer ? SystemError.Own("TLS_UNTRUSTED", "The server sent no certificate")
                : SystemError.Own("TLS_CLIENT_CERTIFICATE", "The client sent no certificate");
        }

        if (_fingerprint is { } expected)
        {
            return string.Equals(DevelopmentCertificate.FormatFingerprint(expected), DevelopmentCertificate.Fingerprint(certificate), StringComparison.Ordinal)
                ? null
                : SystemError.Own("TLS_UNTRUSTED", "The certificate is not the one with the expected fingerprint");
        }

        if (_insecure)
            return null;

        const X509ChainStatusFlags Dates = X509ChainStatusFlags.NotTimeValid;
        const X509ChainStatusFlags Signer = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        X509ChainStatusFlags grave = flags & ~Dates;
        // A certificate that was handed over as trusted is trusted, also where somebody else has signed it.
        if ((grave & ~Signer) == 0 && _roots?.Any(root => root.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)) == true)
            grave = X509ChainStatusFlags.NoError;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && grave != X509ChainStatusFlags.NoError)
            return SystemError.Own("TLS_UNTRUSTED", Reason(chain, grave));
        if (flags.HasFlag(Dates))
        {
            X509Certificate2 odd = OutOfDate(chain) ?? certificate;
            return DateTime.Now < odd.NotBefore
                ? SystemError.Own("TLS_NOT_YET_VALID", $"The certificate is not valid before {Date(odd.NotBefore)}")
                : SystemError.Own("TLS_EXPIRED", $"The certificate expired at {Date(odd.NotAfter)}");
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? SystemError.Own("TLS_NAME_MISMATCH", $"The certificate is not for {_target}") : null;
    }

    private static string Reason(X509Chain? chain, X509ChainStatusFlags grave)
    {
        string? told = chain?.ChainStatus.FirstOrDefault(status => (status.Status & grave) != 0).StatusInformation;
        return string.IsNullOrWhiteSpace(told) ? "The certificate is not trusted" : $"The certificate is not trusted: {told.Trim()}";
    }
}
