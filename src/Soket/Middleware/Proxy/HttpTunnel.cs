using System.Buffers;
using System.Globalization;
using System.Text;
using Soket.Explain;
using Soket.Protocols.Http1;

namespace Soket.Middleware.Proxy;

/// <summary>The method CONNECT (RFC 9110 9.3.6).</summary>
internal static class HttpTunnel
{
    private const int MostInterim = 8;

    public static async Task<string> OpenAsync(ProxyExchange exchange, CancellationToken cancellationToken)
    {
        string host = exchange.Target.Host;
        if (host.Contains(':', StringComparison.Ordinal))
            host = $"[{host.Split('%')[0]}]"; // the zone means something on this machine only
        string authority = string.Create(CultureInfo.InvariantCulture, $"{host}:{exchange.Target.Port}");
        var fields = new List<HttpField> { new("Host", authority) };
        if (exchange.Proxy.Credentials is { } login)
        {
            fields.Add(new("Proxy-Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"))));
            exchange.Fact(FailureFacts.ProxyLogin, "sent");
        }

        new HttpRequestHead("CONNECT", authority, 1, new HttpFields(fields)).Write(exchange.Output);
        await exchange.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseHead response;
        int interim = 0;
        do
        {
            response = await exchange.ReadAsync((ref ReadOnlySequence<byte> buffer, out HttpResponseHead head) => TryRead(exchange, ref buffer, out head), alone: false, cancellationToken).ConfigureAwait(false);
        }
        while (response.Status is 100 or (> 101 and < 200) && interim++ < MostInterim);

        // RFC 9110 9.3.6: a length in a 2xx means nothing, what follows the head is the target's.
        return response.Status is >= 200 and < 300
            ? string.Create(CultureInfo.InvariantCulture, $"{exchange.Proxy} {authority} = {response.Status} {response.Reason}").TrimEnd()
            : throw Refused(exchange, response);
    }

    private static bool TryRead(ProxyExchange exchange, ref ReadOnlySequence<byte> buffer, out HttpResponseHead head)
    {
        HttpHeadResult result = HttpResponseHead.TryRead(ref buffer, HttpHeadLimits.Default, out HttpResponseHead? read, out HttpHeadError error);
        head = read!;
        if (result != HttpHeadResult.Invalid)
            return result == HttpHeadResult.Head;
        throw error == HttpHeadError.NotHttp
            ? exchange.Failure("PROXY_NOT_PROXY", "The server does not speak HTTP", "not-http")
            : exchange.Failure("PROXY_PROTOCOL", $"The proxy's answer is not right HTTP/1.1 ({error})", "head");
    }

    private static SocketFailure Refused(ProxyExchange exchange, HttpResponseHead response)
    {
        string status = response.Status.ToString(CultureInfo.InvariantCulture);
        exchange.Fact(FailureFacts.HttpStatus, status);
        exchange.Fact(FailureFacts.HttpReason, response.Reason);
        exchange.Fact(FailureFacts.ProxySchemes, string.Join(", ", response.Fields.Where(field => field.Name.Equals("Proxy-Authenticate", StringComparison.OrdinalIgnoreCase)).Select(field => field.Value.Split(' ', 2)[0])));
        if (exchange.Proxy.Credentials is null && response.Fields.One("Content-Type")?.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) == true)
            exchange.Fact(FailureFacts.HttpBody, exchange.PeekText());
        string words = $"The proxy answered {status} {response.Reason}".TrimEnd();
        return response.Status switch
        {
            401 or 407 => exchange.Failure("PROXY_LOGIN", words, status),
            >= 500 and not (501 or 505) => exchange.Failure("PROXY_TARGET", words, status),
            _ => exchange.Failure("PROXY_REFUSED", words, status),
        };
    }
}
