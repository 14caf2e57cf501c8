using System.Globalization;
using System.Net;
using Soket.Endpoints;

namespace Soket.Explain.Internal;

/// <summary>TLS: what the certificate says, and what the peer spoke instead.</summary>
internal static class Tls
{
    public static Explanation Untrusted(Inquiry q)
    {
        const string code = "tls-untrusted";
        string? subject = q.Fact(FailureFacts.TlsSubject), issuer = q.Fact(FailureFacts.TlsIssuer);
        q.Set("subject", subject);
        q.Set("issuer", issuer);
        q.Set("fingerprint", q.Fact(FailureFacts.TlsFingerprint) ?? "?");
        if (q.IsServer)
        {
            q.Set("roots", q.Fact(FailureFacts.TlsRoots));
            q.Set("purposes", q.Fact(FailureFacts.TlsPurposes) ?? "?");
            return q.Say(code, q.Fact(FailureFacts.TlsFault) == "purpose" ? "client-purpose" : "client-certificate");
        }

        if (subject is null || issuer is null)
            return q.Say(code, "unknown");
        string? fault = q.Fact(FailureFacts.TlsFault);
        switch (fault)
        {
            case "pin":
                q.Set("expected-fingerprint", q.Fact(FailureFacts.TlsExpectedFingerprint) ?? "?");
                return q.Say(code, "pin");
            case "purpose":
                q.Set("purposes", q.Fact(FailureFacts.TlsPurposes) ?? "?");
                return q.Say(code, "purpose");
            case "self-signed":
                Validity(q);
                return q.Say(code, "self-signed");
            case "no-authority":
                q.Set("signer", q.Fact(FailureFacts.TlsSigner));
                q.Set("signer-fingerprint", q.Fact(FailureFacts.TlsSignerFingerprint));
                Validity(q);
                return q.Say(code, "no-authority");
            case "same-name" or "self-named" or "other-key":
                Validity(q);
                return q.Say(code, fault, fault == "self-named" ? "self-signed" : fault);
            case "issuer-given":
                q.Set("roots", q.Fact(FailureFacts.TlsRoots) ?? "?");
                Validity(q);
                return q.Say(code, "issuer-given");
            default:
                Validity(q);
                return q.Say(code, subject == issuer ? "self-named" : "issuer", subject == issuer ? "self-signed" : "issuer");
        }
    }

    public static Explanation WrongName(Inquiry q)
    {
        const string code = "tls-wrong-name";
        string[] dns = List(q, FailureFacts.TlsNames), addresses = List(q, FailureFacts.TlsAddresses);
        string? expected = q.Fact(FailureFacts.TlsExpectedName) ?? q.Context.Host;
        q.Set("names", string.Join(", ", dns.Concat(addresses)));
        q.Set("expected", expected);
        q.Set("subject", q.Fact(FailureFacts.TlsSubject) ?? "?");
        if (expected is null)
            return q.Say(code, "unknown");
        bool address = IPAddress.TryParse(expected, out _);
        q.Set("entry", $"{(address ? "IP" : "DNS")}:{expected}");
        if (address && dns.Contains(expected, StringComparer.OrdinalIgnoreCase))
            return q.Say(code, "address-as-name", "made-for");
        if (q.Fact(FailureFacts.TlsCommonName) is { } common && common.Equals(expected, StringComparison.OrdinalIgnoreCase))
            return q.Say(code, dns.Length + addresses.Length == 0 ? "common-name-alone" : "common-name", "made-for");
        if (dns.Length + addresses.Length == 0)
            return q.Say(code, "no-names", "made-for");

        // The peer chose the names; one that goes into a command must be a name and nothing else.
        string? usable = dns.Concat(addresses).FirstOrDefault(name => name.Length <= 253 && name[0] != '-' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':'));
        q.Set("first-name", usable);
        return usable is null ? q.Say(code, "other", "made-for") : q.Say(code, "other");
    }

    public static Explanation Expired(Inquiry q)
    {
        q.Set("subject", q.Fact(FailureFacts.TlsDatedSubject) ?? q.Fact(FailureFacts.TlsSubject) ?? "?");
        if (Date(q, FailureFacts.TlsNotAfter) is not { } end)
            return q.Say("tls-expired", "unknown");
        Dates(q, end);
        return q.Say("tls-expired", "ended");
    }

    public static Explanation NotYetValid(Inquiry q)
    {
        q.Set("subject", q.Fact(FailureFacts.TlsDatedSubject) ?? q.Fact(FailureFacts.TlsSubject) ?? "?");
        if (Date(q, FailureFacts.TlsNotBefore) is not { } begin)
            return q.Say("tls-not-yet-valid", "unknown");
        Dates(q, begin);
        return q.Say("tls-not-yet-valid", "begins");
    }

    /// <summary>TLS was expected, and plain text came.</summary>
    public static Explanation FromPlain(Inquiry q)
    {
        const string code = "plaintext-where-tls-expected";
        q.Set("plain-endpoint", PlainEndpoint(q));
        if (PeerBytes.Of(q) is not { } bytes)
            return q.Say(code, q.IsServer ? "server" : "client");
        if (q.Fact(FailureFacts.TlsEchoed) is not null)
            return q.Say(code, "client-echo");
        q.Set("bytes", bytes.Shown);
        if (bytes.IsClientHello && !q.IsServer)
            return q.Say(code, "client-hello");
        q.Set("spoken", bytes.Protocol);
        string variant = q.IsServer ? "server" : "client";
        return q.Say(code, bytes.Protocol is null ? variant + "-bytes" : variant + "-known", variant);
    }

    /// <summary>This client spoke plain text, and the server answered with a TLS alert.</summary>
    public static Explanation Expected(Inquiry q)
    {
        q.Set("bytes", PeerBytes.Of(q)?.Shown ?? "15 03");
        q.Set("tls-endpoint", TlsEndpoint(q));
        return q.Say("plaintext-where-tls-expected", "ours");
    }

    /// <summary>TLS came to an endpoint that speaks plain text.</summary>
    public static Explanation ToPlain(Inquiry q)
    {
        const string code = "tls-where-plaintext-expected";
        q.Set("bytes", PeerBytes.Of(q)?.Shown ?? "16 03");
        q.Set("tls-endpoint", TlsEndpoint(q));
        return q.Say(code, q.Fact(FailureFacts.Role) == "client" ? "client" : "server");
    }

    public static Explanation Handshake(Inquiry q)
    {
        const string code = "tls-handshake-failed";
        if (PeerBytes.Of(q) is { IsTls: false })
            return FromPlain(q);
        string? alert = q.Fact(FailureFacts.TlsAlert);
        q.Set("alert", alert);
        return alert switch
        {
            null => q.Say(code, "said"),
            "no_application_protocol" => q.Say(code, q.IsServer ? "alert" : "alpn"),
            "unknown_ca" or "bad_certificate" or "certificate_unknown" => q.Say(code, "our-certificate"),
            _ => q.Say(code, "alert"),
        };
    }

    public static Explanation Version(Inquiry q) => q.Say("tls-version-mismatch", q.Fact(FailureFacts.TlsAlert) is null ? q.IsServer ? "server" : "client" : "alert");

    public static Explanation Cipher(Inquiry q)
    {
        q.Set("alert", q.Fact(FailureFacts.TlsAlert) ?? "handshake_failure");
        return q.Say("tls-no-common-cipher", q.IsServer ? "server" : "client");
    }

    public static Explanation ClientCertificate(Inquiry q) =>
        q.IsServer ? q.Say("tls-client-certificate", "server") : q.Say("tls-client-certificate", q.Fact(FailureFacts.TlsSilent) is null ? "client" : "client-silent", "client");

    public static Explanation Closed(Inquiry q)
    {
        if (q.Fact(FailureFacts.TlsSilent) is not null)
            return q.Say("tls-closed", "after-certificate");
        if (PeerBytes.Of(q) is { IsTls: false })
            return FromPlain(q);
        q.Set("plain-endpoint", PlainEndpoint(q));
        q.RuleOut(q.IsServer ? "accepted" : "connected");
        return q.Say("tls-closed", q.IsServer ? "server" : "client");
    }

    // The chain is what failed; a certificate that is within its dates has them excluded.
    private static void Validity(Inquiry q)
    {
        if (Date(q, FailureFacts.TlsNotBefore) is { } begin && Date(q, FailureFacts.TlsNotAfter) is { } end && begin <= DateTimeOffset.UtcNow && DateTimeOffset.UtcNow <= end)
        {
            q.Set("date", Show(end));
            q.RuleOut("dates");
        }
    }

    private static void Dates(Inquiry q, DateTimeOffset date)
    {
        q.Set("date", Show(date));
        q.Set("now", Show(DateTimeOffset.UtcNow));
        long days = (long)Math.Max(0, Math.Round((DateTimeOffset.UtcNow - date).Duration().TotalDays));
        q.Set("days", days);
        q.Set("count", days);
    }

    private static string[] List(Inquiry q, string fact) => q.Fact(fact)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static DateTimeOffset? Date(Inquiry q, string fact) =>
        DateTimeOffset.TryParse(q.Fact(fact), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    private static string Show(DateTimeOffset date) => date.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The same endpoint without TLS: as it is served, where that can be told.</summary>
    public static string PlainEndpoint(Inquiry q)
    {
        if (Served.Otherwise(q) is { } served && !SocketUri.Parse(served).IsSecure)
            return served;
        string plain = Swap(q.Endpoint, ("tls:", "tcp:"), ("wss:", "ws:"), ("https:", "tcp:"));
        int path = plain.IndexOf('/', Math.Min(plain.Length, "tcp://".Length));
        return plain.StartsWith("tcp://", StringComparison.Ordinal) && path > 0 ? plain[..path] : plain; // bare TCP has no path
    }

    private static string TlsEndpoint(Inquiry q) => Swap(q.Endpoint, ("tcp:", "tls:"), ("ws:", "wss:"), ("http:", "https:"));

    private static string Swap(string endpoint, params ReadOnlySpan<(string From, string To)> pairs)
    {
        foreach ((string from, string to) in pairs)
        {
            if (endpoint.StartsWith(from, StringComparison.Ordinal))
                return to + endpoint[from.Length..];
        }

        return endpoint;
    }
}
