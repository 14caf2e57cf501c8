using System.Globalization;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Soket.Http.Internal;
using Soket.Middleware.Proxy;
using Soket.Protocols.Http1;

namespace Soket.Http;

/// <summary>
/// Fetches over HTTP/1.1, one connection an exchange, with the time of every step. HTTP/2 and HTTP/3 are not spoken: ALPN offers <c>http/1.1</c> alone. Not for several
/// fetches at once.
/// </summary>
/// <param name="options">What is asked for, and how.</param>
public sealed class HttpFetcher(FetchOptions options)
{
    private const long MaxDiscarded = 256 * 1024; // of a body nobody reads: closing a connection costs less than more than that
    private readonly List<FetchExchange> _exchanges = [];
    private readonly CookieJar _cookies = new();
    private readonly Lock _lock = new();

    /// <summary>The exchanges so far, the one under way last: several where redirects were followed.</summary>
    public IReadOnlyList<FetchExchange> Exchanges
    {
        get
        {
            lock (_lock)
                return [.. _exchanges];
        }
    }

    /// <summary>The cookies that servers have set; they go with later fetches of this one.</summary>
    public CookieJar Cookies => _cookies;

    /// <summary>Fetches.</summary>
    /// <param name="url">What.</param>
    /// <param name="output">
    /// Asked for a stream for the body once the head of the final answer is there; null leaves the body unread. The stream is the caller's to end; one that can no longer
    /// be written to (<see cref="Stream.CanWrite"/>) has had enough, and the rest is left.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exchange with the final answer.</returns>
    /// <exception cref="SocketFailure">
    /// The name is not known, nobody answered, the certificate is not trusted; <c>HTTP_NOT_HTTP</c>, <c>HTTP_RESPONSE</c>, <c>HTTP_TRUNCATED</c>, <c>HTTP_CODING</c>,
    /// <c>HTTP_TOO_LARGE</c>, <c>HTTP_REDIRECT</c>, <c>HTTP_RANGE</c>, <c>HTTP_STATUS</c>, <c>SOKET_UNANSWERED</c>, a reset, a time-out.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<FetchExchange> FetchAsync(HttpUrl url, Func<FetchExchange, CancellationToken, ValueTask<Stream?>> output, CancellationToken cancellationToken = default)
    {
        using var clock = new FetchClock(options.Timeouts.Total, cancellationToken);
        SocketEvents events = options.Transport.Events ?? new SocketEvents();
        FetchOptions watched = options with { Transport = options.Transport with { Events = events } };
        string origin = url.Origin, method = options.Method;
        FetchBody? body = options.Body;
        for (int followed = 0; ; followed++)
        {
            ProxyEndpoint? proxy = options.UnixSocket is null && options.Through is null ? options.Proxy?.Invoke(url) : null;
            var exchange = new FetchExchange(url, Request(url, method, body, url.Origin == origin, proxy), proxy);
            lock (_lock)
                _exchanges.Add(exchange);
            var calls = new CallTimes(clock);
            var run = new ExchangeRun(exchange, watched with { Body = body }, clock, calls);
            HttpUrl? next;
            using IDisposable watch = events.Watch(calls);
            await using (run.ConfigureAwait(false))
            {
                try
                {
                    await run.OpenAsync().ConfigureAwait(false);
                    _cookies.Take(url, exchange.Response!.Fields, exchange.Started);
                    next = Next(run, method, body, followed);
                    if (next is null)
                        await FinishAsync(run, output, cancellationToken).ConfigureAwait(false);
                    else
                        await run.DownloadAsync(Stream.Null, MaxDiscarded).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    SocketFailure failure = run.Failures.TimedOut(FetchPhase.Download, run.Elapsed, total: true);
                    run.Fail(failure, FetchPhase.Download);
                    throw failure;
                }
            }

            if (next is null)
                return exchange;
            int status = exchange.Response!.Status;
            exchange.RedirectedTo = next;
            // RFC 9110 15.4.4: 303 asks for a GET; after 301 and 302 that is what browsers make of a POST.
            if ((status == 303 && method is not ("GET" or "HEAD")) || (status is 301 or 302 && method == "POST" && !options.KeepMethod))
                (method, body) = ("GET", null);
            url = next;
        }
    }

    private async Task FinishAsync(ExchangeRun run, Func<FetchExchange, CancellationToken, ValueTask<Stream?>> output, CancellationToken cancellationToken)
    {
        FetchExchange exchange = run.Exchange;
        int status = exchange.Response!.Status;
        if (options.FailOnStatus && status >= 400 && !(status == 416 && options.ResumeAt is not null))
            Throw(run, run.Failures.Refused(await run.PeekTextAsync().ConfigureAwait(false), run.Elapsed));
        if (options.ResumeAt is > 0 and long at && CheckRange(exchange.Response, at, out string? why) is false)
        {
            if (why is not null)
                Throw(run, run.Failures.Range(why, at, run.Elapsed));
            await run.DownloadAsync(Stream.Null, MaxDiscarded).ConfigureAwait(false);
            return; // there is nothing left to bring
        }

        if (await output(exchange, cancellationToken).ConfigureAwait(false) is { } stream)
            await run.DownloadAsync(stream).ConfigureAwait(false);
    }

    // RFC 9110 14.4, 15.5.17. True: goes on there. False without a reason: all of it is here already.
    private static bool CheckRange(HttpResponseHead head, long at, out string? why)
    {
        why = null;
        string range = head.Fields.One("Content-Range") ?? "";
        if (head.Status == 206)
        {
            if (range.StartsWith(string.Create(CultureInfo.InvariantCulture, $"bytes {at}-"), StringComparison.OrdinalIgnoreCase))
                return true;
            why = "elsewhere";
        }
        else if (head.Status == 416)
        {
            why = range.Equals(string.Create(CultureInfo.InvariantCulture, $"bytes */{at}"), StringComparison.OrdinalIgnoreCase) ? null : "beyond";
        }
        else if (head.Status is >= 200 and < 300)
        {
            why = "ignored";
        }
        else
        {
            return true; // an error's page, which is told as what it is
        }

        return false;
    }

    private HttpUrl? Next(ExchangeRun run, string method, FetchBody? body, int followed)
    {
        HttpResponseHead head = run.Exchange.Response!;
        if (!options.FollowRedirects || head.Status is not (301 or 302 or 303 or 307 or 308) || head.Fields.One("Location", out bool single) is not { } location)
            return null;
        HttpUrl from = run.Exchange.Url;
        HttpUrl? to = single ? from.Resolve(location) : null;
        bool keeps = head.Status is 307 or 308 || (head.Status is 301 or 302 && (method != "POST" || options.KeepMethod));
        string? why = to is null ? "location"
            : from.IsSecure && !to.IsSecure && !options.AllowDowngrade ? "downgrade"
            : followed == options.Limits.MaxRedirects ? "too-many"
            : keeps && body is { CanRepeat: false } ? "body" : null;
        if (why is not null)
            Throw(run, run.Failures.Redirect(why, to?.ToString() ?? location, run.Elapsed, followed));
        return to;
    }

    private static void Throw(ExchangeRun run, SocketFailure failure)
    {
        run.Fail(failure, FetchPhase.Download);
        throw failure;
    }

    private HttpRequestHead Request(HttpUrl url, string method, FetchBody? body, bool sameOrigin, ProxyEndpoint? proxy)
    {
        bool forwarded = proxy is { Kind: ProxyKind.Http } && !url.IsSecure;
        var fields = new List<HttpField> { new("Host", url.Authority) };
        if (options.Authorization is { } authorization && sameOrigin)
            fields.Add(new("Authorization", authorization));
        if (forwarded && proxy!.Credentials is { } login)
            fields.Add(new("Proxy-Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"))));
        fields.Add(new("User-Agent", $"soket/{typeof(HttpFetcher).Assembly.GetName().Version!.ToString(3)}"));
        fields.Add(new("Accept", "*/*"));
        if (options.Decompress)
            fields.Add(new("Accept-Encoding", ContentCodings.Offered));
        if (options.ResumeAt is > 0 and long at)
            fields.Add(new("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={at}-")));
        if (body is not null)
        {
            if (body.ContentType is { } type)
                fields.Add(new("Content-Type", type));
            fields.Add(body.Length is { } length ? new("Content-Length", length.ToString(CultureInfo.InvariantCulture)) : new("Transfer-Encoding", "chunked"));
        }

        if (_cookies.For(url, DateTimeOffset.UtcNow) is { } cookies)
            fields.Add(new("Cookie", cookies));
        fields.Add(new("Connection", "close"));
        foreach (IGrouping<string, HttpField> given in options.Fields.GroupBy(field => field.Name, StringComparer.OrdinalIgnoreCase))
        {
            bool secret = given.Key.ToUpperInvariant() is "AUTHORIZATION" or "COOKIE" or "HOST" or "PROXY-AUTHORIZATION";
            if (secret && !sameOrigin)
                continue;
            // What goes with a body goes when the body goes.
            if (body is null && options.Body is not null && given.Key.ToUpperInvariant() is "CONTENT-TYPE" or "CONTENT-LENGTH" or "TRANSFER-ENCODING")
                continue;
            int place = fields.FindIndex(field => field.Name.Equals(given.Key, StringComparison.OrdinalIgnoreCase));
            string? kept = given.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase) && place >= 0 ? fields[place].Value : null;
            fields.RemoveAll(field => field.Name.Equals(given.Key, StringComparison.OrdinalIgnoreCase));
            IEnumerable<HttpField> put = given.Where(field => field.Value.Length > 0).Select(field => kept is null ? field : new(field.Name, $"{field.Value}; {kept}"));
            fields.InsertRange(place < 0 ? fields.Count - 1 : place, put);
        }

        // RFC 9112 3.2.2: a proxy that is to fetch a page is told all of its address.
        return new HttpRequestHead(method, forwarded ? url.Origin + url.Target : url.Target, 1, new HttpFields(fields));
    }
}
