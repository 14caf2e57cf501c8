using System.Buffers;
using System.Text;

namespace Soket.Http.Internal;

/// <summary>
/// Servers that get a plain request on a port for TLS and can read it all the same answer with status 400 and say so in words. RFC 9110 has no status for it.
/// </summary>
internal static class PlainOnTlsPort
{
    private const int Read = 1024;

    // nginx and what is made of it; Apache httpd; Go's net/http and what is made of it; Jetty; Tomcat; Node's.
    private static readonly string[] Words =
    [
        "plain http request was sent to https port", "speaking plain http to an ssl-enabled server port", "sent an http request to an https server",
        "http was sent over https port", "combination of host and port requires tls", "this port requires tls",
    ];

    /// <summary>Whether the answer says it.</summary>
    /// <param name="exchange">The exchange, with the head of the answer.</param>
    /// <param name="body">The beginning of the body.</param>
    public static bool IsSaid(FetchExchange exchange, in ReadOnlySequence<byte> body)
    {
        if (exchange.Url.IsSecure || exchange.Response is not { Status: 400 })
            return false;
        string text = Encoding.Latin1.GetString(body.Slice(0, Math.Min(Read, body.Length)).ToArray());
        return Array.Exists(Words, words => text.Contains(words, StringComparison.OrdinalIgnoreCase));
    }
}
