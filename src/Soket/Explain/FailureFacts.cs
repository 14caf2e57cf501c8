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

    /// <summary>The DNS names the certificate is for (subject alternative names), separated by commas.</summary>
    public const string TlsNames = "tls.names";

    /// <summary>The addresses the certificate is for (subject alternative names), separated by commas.</summary>
    public const string TlsAddresses = "tls.addresses";

    /// <summary>The common name in the certificate's subject, which names no host (RFC 9525 2).</summary>
    public const string TlsCommonName = "tls.common-name";

    /// <summary>What the certificate may be used for, by the names of RFC 5280: <c>clientAuth</c>; separated by commas.</summary>
    public const string TlsPurposes = "tls.purposes";

    /// <summary>
    /// Why nobody trusted vouches for the certificate, as it was looked up: <c>pin</c> (another fingerprint was expected), <c>purpose</c>, <c>self-signed</c>
    /// (its own key made the signature), <c>self-named</c> (it names itself, and the signature could not be checked), <c>same-name</c> (another key of the same
    /// name made it), <c>no-authority</c> (a certificate that may sign none made it), <c>other-key</c> (a trusted authority has the name and another key),
    /// <c>issuer</c>, <c>issuer-given</c>.
    /// </summary>
    public const string TlsFault = "tls.fault";

    /// <summary>The subject of the certificate whose key made the signature.</summary>
    public const string TlsSigner = "tls.signer";

    /// <summary>The SHA-256 fingerprint of the certificate whose key made the signature.</summary>
    public const string TlsSignerFingerprint = "tls.signer-fingerprint";

    /// <summary>The subjects of the certificates that are trusted instead of the system's, separated by commas.</summary>
    public const string TlsRoots = "tls.roots";

    /// <summary>The subject of the certificate in the chain whose dates are told, where it is not the peer's own.</summary>
    public const string TlsDatedSubject = "tls.dated-subject";

    /// <summary><c>true</c> where the server ended the connection after the client's handshake with neither a byte, an alert nor close_notify.</summary>
    public const string TlsSilent = "tls.silent";

    /// <summary><c>true</c> where the first bytes that came are those this end had sent.</summary>
    public const string TlsEchoed = "tls.echoed";

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

    /// <summary>The status of an HTTP response: <c>404</c>.</summary>
    public const string HttpStatus = "http.status";

    /// <summary>The reason phrase beside the status.</summary>
    public const string HttpReason = "http.reason";

    /// <summary>Where a response redirects to.</summary>
    public const string HttpLocation = "http.location";

    /// <summary>The first line of a response's body, where that is plain text.</summary>
    public const string HttpBody = "http.body";

    /// <summary>The target of a request.</summary>
    public const string HttpTarget = "http.target";

    /// <summary>The origin a request told.</summary>
    public const string HttpOrigin = "http.origin";

    /// <summary>The host a request named.</summary>
    public const string HttpHost = "http.host";

    /// <summary>The proxy a connection goes through, without its login: <c>socks5://127.0.0.1:1080</c>.</summary>
    public const string Proxy = "proxy";

    /// <summary>What a proxy answered: an HTTP status or the code of a SOCKS reply; or where it was left, as a stable key.</summary>
    public const string ProxyWhy = "proxy.why";

    /// <summary>Whether a login was sent to the proxy: <c>sent</c>, else absent. Never the login.</summary>
    public const string ProxyLogin = "proxy.login";

    /// <summary>The kinds of login an HTTP proxy takes, by name: <c>Basic</c>; separated by commas.</summary>
    public const string ProxySchemes = "proxy.schemes";

    /// <summary>What is spoken before STARTTLS: <c>smtp</c>, <c>imap</c>, <c>pop3</c>, <c>ftp</c>.</summary>
    public const string StartTlsProtocol = "starttls.protocol";

    /// <summary>Where the dialogue before STARTTLS was: <c>greeting</c>, <c>capabilities</c>, <c>starttls</c>.</summary>
    public const string StartTlsStep = "starttls.step";

    /// <summary>The line a server answered in that dialogue.</summary>
    public const string StartTlsAnswer = "starttls.answer";
    /// <summary>Which step of an exchange failed: <c>request</c>, <c>first-byte</c>, <c>download</c>.</summary>
    public const string HttpPhase = "http.phase";

    /// <summary>What is wrong with a response, as a stable key: <c>length-and-coding</c>, <c>downgrade</c>.</summary>
    public const string HttpWhy = "http.why";

    /// <summary>The content coding a response names.</summary>
    public const string HttpCoding = "http.coding";

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

    /// <summary>How many messages were still to be answered when the peer ended.</summary>
    public const string Unanswered = "unanswered";

    /// <summary><c>true</c> where what was sent last ended with a line's end.</summary>
    public const string LineEnded = "line-ended";

    /// <summary>What was expected, where an assertion failed.</summary>
    public const string Expected = "expected";

    /// <summary>What came instead, where an assertion failed.</summary>
    public const string Actual = "actual";

    /// <summary>
    /// Why packets may not be captured: <c>capability</c> (the process lacks CAP_NET_RAW), <c>namespace</c> (it has it only in a user namespace that does not own
    /// the network), <c>rule</c> (it has it, and something else forbids).
    /// </summary>
    public const string CaptureWhy = "capture.why";

    /// <summary>The name a DNS query asks about.</summary>
    public const string DnsName = "dns.name";

    /// <summary>The type it asks for.</summary>
    public const string DnsType = "dns.type";

    /// <summary>The response code a server gave, by name.</summary>
    public const string DnsRcode = "dns.rcode";

    /// <summary>What the server says went wrong, in more words (RFC 8914).</summary>
    public const string DnsExtended = "dns.extended";

    /// <summary>The zone whose SOA stands beside a negative answer.</summary>
    public const string DnsZone = "dns.zone";

    /// <summary>The name that the name asked about is an alias of.</summary>
    public const string DnsAlias = "dns.alias";

    /// <summary>The zone that a server delegates to others, where it answers with nothing else.</summary>
    public const string DnsReferral = "dns.referral";

    /// <summary>The servers of that zone: each one's name and, behind a blank, its address where the server told it; separated by commas.</summary>
    public const string DnsServers = "dns.servers";

    /// <summary>The aliases (CNAME) that lead back to one of themselves, in their order, separated by commas.</summary>
    public const string DnsCircle = "dns.circle";

    /// <summary>Where a walk down the delegations failed: <c>start</c> at the servers it began with, <c>down</c> below them; absent where nobody walked.</summary>
    public const string DnsWalk = "dns.walk";

    /// <summary><c>true</c> where the server does not ask further by itself.</summary>
    public const string DnsNoRecursion = "dns.no-recursion";

    /// <summary>How many replies were dropped.</summary>
    public const string DnsDropped = "dns.dropped";

    /// <summary>Who sent the last reply that was dropped.</summary>
    public const string DnsFrom = "dns.from";

    /// <summary>How many queries were sent.</summary>
    public const string DnsTries = "dns.tries";

    /// <summary>What TCP gave, where a reply did not fit a datagram.</summary>
    public const string DnsOverTcp = "dns.over-tcp";
}
