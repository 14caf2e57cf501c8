using System.Net.Sockets;
using Soket.Explain.Internal;
using Soket.Languages;

namespace Soket.Explain;

/// <summary>
/// Says why a call on a socket failed and what to do: looks first, at the sockets, addresses, routes and paths of this machine and at what was sent
/// and received, then names the one cause that can be shown, how it is known, and what was ruled out.
/// </summary>
/// <remarks>Looking takes a bounded time, changes nothing, and sends nothing to anybody. Safe for any thread.</remarks>
public sealed class Explainer
{
    private readonly ISystemFacts _facts;

    /// <summary>Creates an explainer.</summary>
    /// <param name="facts">What may be looked at; the platform's own, or <see cref="NoSystemFacts"/>.</param>
    public Explainer(ISystemFacts facts) => _facts = new GuardedFacts(facts);

    /// <summary>Every code, in the catalogue's order.</summary>
    public static IEnumerable<string> Codes => Catalogue.Rows.Select(row => row.Code);

    /// <summary>
    /// Reads every text and warms the paths an explanation takes. A server does this before it serves: when its descriptors are exhausted it can
    /// open neither a text file nor a library any more, and must still be able to say so.
    /// </summary>
    public static void Preload()
    {
        var explainer = new Explainer(new NoSystemFacts());
        var failure = new SocketFailure(SocketCall.Accept, new SystemError("EMFILE", Errno.Number("EMFILE"), Errno.Text("EMFILE")!));
        _ = explainer.Explain(failure, Language.English);
        _ = explainer.Explain(failure, Language.Indonesian);
    }

    /// <summary>How many files this process may have open at once, sockets included; null where the system does not tell.</summary>
    public long? OpenFileLimit => _facts.OpenFileLimit;

    /// <summary>The entry of a code.</summary>
    /// <exception cref="KeyNotFoundException">There is no such code.</exception>
    public static CatalogueEntry Entry(string code, Language language) => Catalogue.Entry(Catalogue.Find(code), language);

    /// <summary>
    /// Finds what a person has in hand: a code, an errno by name or number, an exit code (<c>exit 110</c>), or a message as this system or another
    /// program wrote it.
    /// </summary>
    /// <param name="query">What is in hand.</param>
    /// <param name="language">The language of the entries.</param>
    public static LookupResult Lookup(string query, Language language) => CatalogueSearch.Find(query, language);

    /// <summary>Why a call failed, and what to do. Never throws for what could not be looked at.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="language">The language to say it in.</param>
    public Explanation Explain(SocketFailure failure, Language language)
    {
        var q = new Inquiry(failure, language, _facts);
        Explanation found = Find(q);
        bool beyond = failure.Context.Facts.ContainsKey(FailureFacts.Proxy) && failure.Call != SocketCall.ProxyHandshake && failure.Error.Name != "PROXY_UNREACHABLE";
        if (beyond)
            found = found with { Cause = $"{found.Cause} {Proxies.Through(q)}" };
        return q.Fact(FailureFacts.DnsName) is null ? found : NameServers.Asking(q, found);
    }

    private Explanation Find(Inquiry q)
    {
        SocketFailure failure = q.Failure;
        return failure.Error.Name switch
        {
            "PROXY_UNREACHABLE" => Proxies.Unreachable(q, SocketFailure.Find(failure.InnerException) is { } below ? Explain(below, q.Language) : null),
            "STARTTLS_NOT_OFFERED" => StartTls.NotOffered(q),
            "STARTTLS_REFUSED" => StartTls.Refused(q),
            "STARTTLS_NOT_PROTOCOL" => StartTls.NotProtocol(q),
            "STARTTLS_INJECTED" => StartTls.Injected(q),
            "PROXY_LOGIN" => Proxies.Login(q),
            "PROXY_REFUSED" => Proxies.Refused(q),
            "PROXY_TARGET" => Proxies.Target(q),
            "PROXY_NOT_PROXY" => Proxies.NotProxy(q),
            "PROXY_PROTOCOL" => Proxies.Broken(q),
            "TLS_UNTRUSTED" => Tls.Untrusted(q),
            "TLS_NAME_MISMATCH" => Tls.WrongName(q),
            "TLS_EXPIRED" => Tls.Expired(q),
            "TLS_NOT_YET_VALID" => Tls.NotYetValid(q),
            "TLS_PLAINTEXT_PEER" => Tls.FromPlain(q),
            "TLS_EXPECTED" => Tls.Expected(q),
            "TLS_TO_PLAIN" => Tls.ToPlain(q),
            "TLS_HANDSHAKE" => Tls.Handshake(q),
            "TLS_CLOSED" => Tls.Closed(q),
            "WEBSOCKET_REFUSED" => WebSockets.Refused(q),
            "WEBSOCKET_NOT_HTTP" => WebSockets.NotHttp(q),
            "WEBSOCKET_HANDSHAKE" => WebSockets.Handshake(q),
            "WEBSOCKET_SUBPROTOCOL" => WebSockets.Subprotocol(q),
            "WEBSOCKET_PROTOCOL" => WebSockets.Protocol(q),
            "WEBSOCKET_CLOSED" => WebSockets.Closed(q),
            "WEBSOCKET_NO_PONG" => WebSockets.NoPong(q),
            "HTTP_NOT_HTTP" => HttpAnswers.NotHttp(q),
            "HTTP_RESPONSE" => HttpAnswers.Broken(q),
            "HTTP_TRUNCATED" => HttpAnswers.Truncated(q),
            "HTTP_STATUS" => HttpAnswers.Refused(q),
            "HTTP_REDIRECT" => HttpAnswers.Redirect(q),
            "HTTP_RANGE" => HttpAnswers.Range(q),
            "HTTP_CODING" => HttpAnswers.Coding(q),
            "HTTP_TOO_LARGE" => HttpAnswers.TooLarge(q),
            "DNS_NXDOMAIN" => NameServers.NotFound(q),
            "DNS_NODATA" => NameServers.NoData(q),
            "DNS_REFERRAL" => NameServers.Referral(q),
            "DNS_CIRCLE" => NameServers.Circle(q),
            "DNS_SERVFAIL" or "DNS_RCODE" => NameServers.ServerFailed(q),
            "DNS_REFUSED" => NameServers.Refused(q),
            "DNS_TRUNCATED" => NameServers.Say(q, "dns-truncated", "tcp"),
            "DNS_TIMED_OUT" => NameServers.Say(q, "dns-timed-out", "silent"),
            "DNS_WRONG_ID" => NameServers.Say(q, "dns-wrong-reply", "id"),
            "DNS_WRONG_SOURCE" => NameServers.Say(q, "dns-wrong-reply", "source"),
            "DNS_WRONG_COOKIE" => NameServers.Say(q, "dns-wrong-reply", "cookie"),
            "DNS_WRONG_QUESTION" => NameServers.Say(q, "dns-wrong-reply", "question"),
            "DNS_MALFORMED" => NameServers.Say(q, "dns-malformed", "said"),
            "TLS_VERSION" => Tls.Version(q),
            "TLS_CIPHER" => Tls.Cipher(q),
            "TLS_CLIENT_CERTIFICATE" => Tls.ClientCertificate(q),
            "SOKET_MESSAGE_TOO_LARGE" => Limits.Message(q),
            "SOKET_LIMIT" => Limits.Connections(q),
            "SOKET_DENIED" => Limits.Rule(q),
            "SOKET_ASSERT" => Limits.Assertion(q),
            "SOKET_NO_REPLY" => TimedOut.NoReply(q),
            "SOKET_UNANSWERED" => Lost.Unanswered(q),
            "ETIMEDOUT" => TimedOut.Explain(q),
            "EAI_NONAME" or "EAI_NODATA" or "EAI_FAIL" => Names.NotFound(q),
            "EAI_AGAIN" => Names.NoAnswer(q),
            "EMFILE" or "ENFILE" => Limits.OpenFiles(q),
            "EINVAL" or "ENOENT" or "ENODEV" or "EDOM" or "ERANGE" when failure.Call == SocketCall.SetOption => RefusedValue.Explain(q),
            "ENODEV" when q.IsCapture => RefusedValue.Explain(q),
            "EADDRINUSE" => InUse.Explain(q),
            "EADDRNOTAVAIL" => InUse.NotAvailable(q),
            "EACCES" or "EPERM" => Denied.Explain(q),
            "ECONNRESET" or "ENETRESET" => Lost.Reset(q),
            "EPIPE" or "ESHUTDOWN" => Lost.Pipe(q),
            "ECONNABORTED" => Lost.Aborted(q),
            "EHOSTUNREACH" or "EHOSTDOWN" or "ENETUNREACH" or "ENETDOWN" => Unreachable.Explain(q),
            "EMSGSIZE" => Limits.Datagram(q),
            "ENOPROTOOPT" or "EOPNOTSUPP" => Limits.Option(q),
            "EAFNOSUPPORT" or "EPFNOSUPPORT" => Family(q),
            "ENOTCONN" or "EDESTADDRREQ" => q.Say("not-connected", "said"),
            "EISCONN" or "EALREADY" => q.Say("already-connected", "said"),
            "ENOBUFS" or "ENOMEM" => q.Say("no-buffer-space", "said"),
            _ when q.UnixPath is { } path => UnixPaths.Explain(q, path),
            "ECONNREFUSED" => Refused.Explain(q),
            "EAGAIN" when failure.Call is SocketCall.Receive or SocketCall.ReceiveFrom or SocketCall.Send => TimedOut.Explain(q),
            "EPROTONOSUPPORT" or "EPROTOTYPE" or "ESOCKTNOSUPPORT" => q.Say("protocol-not-supported", "said"),
            _ => Other(q),
        };
    }

    private static Explanation Family(Inquiry q) =>
        q.Targets.Count > 0 && q.Targets[0].AddressFamily == AddressFamily.InterNetworkV6 ? q.Say("address-family-not-supported", "ipv6") : q.Say("address-family-not-supported", "other");

    private static Explanation Other(Inquiry q) => q.Failure.Error.Message.Length > 0 ? q.Say("other-failure", "said") : q.Say("other-failure", "unsaid");
}
