namespace Soket.Explain;

/// <summary>
/// The names under which a step in between (TLS, a limit, an option) puts what it knows into <see cref="FailureContext.Facts"/>, so that an
/// explanation can show it. Values are plain text: dates in round-trip form (<c>O</c>), bytes as hexadecimal digits, lists separated by commas.
/// </summary>
public static class FailureFacts
{
    /// <summary>Which end of the connection failed: <c>client</c> or <c>server</c>.</summary>
    public const string Role = "role";

    /// <summary>The subject of the peer's certificate.</summary>
    public const string TlsSubject = "tls.subject";

    /// <summary>The issuer of the peer's certificate.</summary>
    public const string TlsIssuer = "tls.issuer";

    /// <summary>The names and addresses the certificate is for (subject alternative names), separated by commas.</summary>
    public const string TlsNames = "tls.names";

    /// <summary>From when the certificate is valid, round-trip form.</summary>
    public const string TlsNotBefore = "tls.not-before";

    /// <summary>Until when the certificate is valid, round-trip form.</summary>
    public const string TlsNotAfter = "tls.not-after";

    /// <summary>What .NET found wrong: the flags of <see cref="System.Net.Security.SslPolicyErrors"/>.</summary>
    public const string TlsPolicyErrors = "tls.policy-errors";

    /// <summary>What is wrong with the chain: flags such as <c>UntrustedRoot</c>, <c>PartialChain</c>.</summary>
    public const string TlsChainStatus = "tls.chain-status";

    /// <summary>The SHA-256 fingerprint of the certificate, hexadecimal.</summary>
    public const string TlsFingerprint = "tls.fingerprint";

    /// <summary>The first bytes that came from the peer, hexadecimal; a TLS record begins 14 to 17, then 03.</summary>
    public const string TlsFirstBytes = "tls.first-bytes";

    /// <summary>The name the certificate should have been for.</summary>
    public const string TlsExpectedName = "tls.expected-name";

    /// <summary>The alert the peer sent, by its name in RFC 8446: <c>handshake_failure</c>, <c>protocol_version</c>.</summary>
    public const string TlsAlert = "tls.alert";

    /// <summary>The fingerprint the client trusts, as <see cref="TlsFingerprint"/> is written.</summary>
    public const string TlsExpectedFingerprint = "tls.expected-fingerprint";

    /// <summary>The file a certificate or key was to be read from.</summary>
    public const string TlsFile = "tls.file";

    /// <summary>The status of an HTTP response: <c>404</c>.</summary>
    public const string HttpStatus = "http.status";

    /// <summary>The reason phrase beside the status.</summary>
    public const string HttpReason = "http.reason";

    /// <summary>Where a response redirects to.</summary>
    public const string HttpLocation = "http.location";

    /// <summary>The first line of a response's body, where that is plain text.</summary>
    public const string HttpBody = "http.body";

    /// <summary>The origin a request told.</summary>
    public const string HttpOrigin = "http.origin";

    /// <summary>The host a request named.</summary>
    public const string HttpHost = "http.host";

    /// <summary>Which rule of WebSocket decided, as a stable key: <c>no-upgrade</c>, <c>accept</c>, <c>reserved-bits</c>.</summary>
    public const string WebSocketWhy = "websocket.why";

    /// <summary>The close code (RFC 6455 7.4), sent or received.</summary>
    public const string WebSocketCode = "websocket.code";

    /// <summary>The reason beside the close code.</summary>
    public const string WebSocketReason = "websocket.reason";

    /// <summary>The option that was set or read: its name in <c>Options</c>.</summary>
    public const string Option = "option";

    /// <summary>The value asked for.</summary>
    public const string Value = "value";

    /// <summary>The limit that was reached, as people write it: <c>64 KiB</c>, <c>100</c>.</summary>
    public const string Limit = "limit";

    /// <summary>How much there was, where a limit was passed.</summary>
    public const string Size = "size";

    /// <summary>The rule that decided: <c>deny 10.0.0.0/8</c>.</summary>
    public const string Rule = "rule";

    /// <summary>The path of a Unix socket or a file.</summary>
    public const string Path = "path";

    /// <summary>What was expected, where an assertion failed.</summary>
    public const string Expected = "expected";

    /// <summary>What came instead, where an assertion failed.</summary>
    public const string Actual = "actual";
}
