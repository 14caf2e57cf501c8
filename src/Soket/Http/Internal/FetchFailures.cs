using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Protocols.Http1;
using Soket.Transports;

namespace Soket.Http.Internal;

/// <summary>What goes wrong above the connection, as failures with what an explanation wants to know.</summary>
internal sealed class FetchFailures(FetchExchange exchange, ConnectionContext? connection)
{
    private readonly ISoketConnectionFeature? _feature = connection?.Features.Get<ISoketConnectionFeature>();

    public SocketFailure Make(SystemError error, FetchPhase phase, TimeSpan elapsed, Exception? inner, params ReadOnlySpan<(string Name, string? Value)> facts)
    {
        var told = new Dictionary<string, string>
        {
            [FailureFacts.Role] = "client",
            [FailureFacts.HttpPhase] = phase switch { FetchPhase.Request => "request", FetchPhase.FirstByte => "first-byte", _ => "download" },
            [FailureFacts.HttpTarget] = HttpSecrets.Redact(exchange.Url.Target),
        };
        foreach ((string name, string? value) in facts)
        {
            if (!string.IsNullOrEmpty(value))
                told[name] = value;
        }

        return new SocketFailure(SocketCall.Http, error, new FailureContext
        {
            Endpoint = HttpSecrets.Redact(exchange.Url.ToString()),
            Host = exchange.Url.Endpoint.Host,
            Local = connection?.LocalEndPoint,
            Remote = connection?.RemoteEndPoint,
            Transport = exchange.Url.IsSecure ? "tls" : "tcp",
            Sent = _feature?.BytesSent,
            Received = _feature?.BytesReceived,
            Elapsed = elapsed,
            Facts = told,
        }, inner);
    }

    public SocketFailure TimedOut(FetchPhase phase, TimeSpan elapsed, bool total) => Make(
        SystemError.Timeout, phase, elapsed, null, (FailureFacts.HttpWhy, total ? "total" : "step"), (FailureFacts.Size, Number(exchange.BodyBytes)), (FailureFacts.Limit, exchange.Framing.Length > 0 ? Number(exchange.Framing.Length) : null));

    public SocketFailure Unanswered(TimeSpan elapsed) => Make(SystemError.Own("SOKET_UNANSWERED", "The server closed the connection without an answer"), FetchPhase.FirstByte, elapsed, null);

    /// <summary>What a reader found wrong.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="first">The first bytes that came.</param>
    /// <param name="elapsed">Since when.</param>
    public SocketFailure Broken(HttpResponseReader reader, ReadOnlyMemory<byte> first, TimeSpan elapsed)
    {
        string why = Key(reader.Error != HttpMessageError.None && reader.Error != HttpMessageError.Trailer ? reader.Error.ToString() : reader.HeadError.ToString());
        (string, string?) bytes = (FailureFacts.TlsFirstBytes, Convert.ToHexString(first.Span));
        (string, string?) size = (FailureFacts.Size, Number(reader.Received)), length = (FailureFacts.Limit, reader.Framing.Length >= 0 ? Number(reader.Framing.Length) : null);
        switch (reader.Error)
        {
            case HttpMessageError.EndedInHead when first.IsEmpty:
                return Unanswered(elapsed);
            case HttpMessageError.EndedInHead or HttpMessageError.EndedInBody or HttpMessageError.EndedInChunks:
                return Make(SystemError.Own("HTTP_TRUNCATED", "The answer ended early"), FetchPhase.Download, elapsed, null, (FailureFacts.HttpWhy, why), size, length, bytes);
            case HttpMessageError.TooLarge:
                return TooLarge("body", reader.Framing.Length >= 0 ? reader.Framing.Length : null, elapsed);
        }

        if (reader.HeadError == HttpHeadError.NotHttp)
        {
            // RFC 8446 5.1: alert or handshake, then the legacy version.
            bool tls = !exchange.Url.IsSecure && first.Span is [0x15 or 0x16, 0x03, ..];
            return Make(tls ? SystemError.Own("TLS_EXPECTED", "The server speaks TLS") : SystemError.Own("HTTP_NOT_HTTP", "The server does not speak HTTP"), FetchPhase.FirstByte, elapsed, null, bytes);
        }

        return Make(SystemError.Own("HTTP_RESPONSE", "The answer is no HTTP/1.1 that can be understood in one way"), FetchPhase.Download, elapsed, null, (FailureFacts.HttpWhy, why), bytes);
    }

    public SocketFailure TooLarge(string why, long? limit, TimeSpan elapsed) => Make(
        SystemError.Own("HTTP_TOO_LARGE", "The answer is larger than it may be"), FetchPhase.Download, elapsed, null,
        (FailureFacts.HttpWhy, why), (FailureFacts.Size, Number(why == "expansion" ? exchange.ContentBytes : exchange.BodyBytes)), (FailureFacts.Limit, limit is { } n ? Number(n) : null));

    public SocketFailure Coding(string why, string coding, TimeSpan elapsed, Exception? inner = null) => Make(
        SystemError.Own("HTTP_CODING", why == "unknown" ? "The body is compressed in a way that is not known here" : "The compressed body is damaged"), FetchPhase.Download, elapsed, inner, (FailureFacts.HttpWhy, why), (FailureFacts.HttpCoding, coding));

    public SocketFailure Redirect(string why, string? location, TimeSpan elapsed, int followed) => Make(
        SystemError.Own("HTTP_REDIRECT", "The redirect is not followed"), FetchPhase.Download, elapsed, null,
        (FailureFacts.HttpWhy, why), (FailureFacts.HttpLocation, location is null ? null : HttpSecrets.Redact(location)), (FailureFacts.HttpStatus, Status), (FailureFacts.Limit, Number(followed)));

    public SocketFailure Range(string why, long asked, TimeSpan elapsed) => Make(
        SystemError.Own("HTTP_RANGE", "The server does not go on where it was asked to"), FetchPhase.Download, elapsed, null,
        (FailureFacts.HttpWhy, why), (FailureFacts.HttpStatus, Status), (FailureFacts.Size, Number(asked)), (FailureFacts.Actual, exchange.Response?.Fields.One("Content-Range")));

    public SocketFailure Refused(string? body, TimeSpan elapsed) => Make(
        SystemError.Own("HTTP_STATUS", $"The server answered {Status}"), FetchPhase.Download, elapsed, null,
        (FailureFacts.HttpStatus, Status), (FailureFacts.HttpReason, exchange.Response?.Reason), (FailureFacts.HttpBody, body), (FailureFacts.HttpHost, exchange.Url.Authority),
        (FailureFacts.HttpWhy, exchange.WantsTls ? "wants-tls" : exchange.Request.Fields.Has("Authorization") ? "credentials" : null));

    private string? Status => exchange.Response?.Status.ToString(CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // LengthAndCoding -> length-and-coding
    private static string Key(string name)
    {
        var key = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && key.Length > 0)
                key.Append('-');
            key.Append(char.ToLowerInvariant(c));
        }

        return key.ToString();
    }
}
