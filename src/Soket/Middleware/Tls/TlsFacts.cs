namespace Soket.Middleware.Tls;

/// <summary>The names under which a TLS failure carries what was seen (<see cref="Explain.FailureContext.Facts"/>).</summary>
internal static class TlsFacts
{
    public const string Subject = "tls.subject";
    public const string Issuer = "tls.issuer";
    public const string Names = "tls.names";
    public const string NotBefore = "tls.not-before";
    public const string NotAfter = "tls.not-after";
    public const string PolicyErrors = "tls.policy-errors";
    public const string ChainStatus = "tls.chain-status";
    public const string Fingerprint = "tls.fingerprint";
    public const string ExpectedFingerprint = "tls.expected-fingerprint";
    public const string FirstBytes = "tls.first-bytes";
    public const string ExpectedName = "tls.expected-name";
    public const string Alert = "tls.alert";
    public const string File = "tls.file";
}
