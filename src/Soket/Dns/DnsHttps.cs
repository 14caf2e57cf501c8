using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Explain;
using Soket.Middleware.Tls;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>Queries over HTTPS (RFC 8484): .NET's HTTP, on Soket's own connections and TLS, so that every call is told.</summary>
internal static class DnsHttps
{
    private const string MediaType = "application/dns-message";

    public static async Task<DnsExchange> AskAsync(DnsServer server, DnsMessage query, SocketClientOptions connecting, TlsClientSettings tls, CancellationToken cancellationToken)
    {
        ConnectionContext? connection = null;
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 1 };
        handler.ConnectCallback = async (_, token) =>
        {
            connection = await SocketClient.ConnectAsync(server.Endpoint(DnsTransport.Tcp), connecting, token).ConfigureAwait(false);
            return await TlsMiddleware.AuthenticateAsClientAsync(connection, tls with { ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, token).ConfigureAwait(false);
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = DnsMessage.MaxLength };
        // RFC 8484 4.1: id 0, so that caches on the way see equal queries as equal.
        query = query with { Id = 0 };
        byte[] bytes = query.ToBytes();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.ToString()) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower, Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaType);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaType));
        long started = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != MediaType)
                throw DnsFailures.Malformed(server, query, $"HTTP status {(int)response.StatusCode}, content {response.Content.Headers.ContentType?.MediaType ?? "unnamed"}: not a DNS message");
            byte[] reply = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (DnsClient.Judge(query, reply, out DnsMessage? message) is { } wrong)
                throw DnsFailures.Silent(server, query, DnsDrops.Of(wrong, reply), elapsed, 1);
            return new(server, DnsTransport.Https, bytes, reply, message!, elapsed, 1);
        }
        catch (HttpRequestException e) when (SocketFailure.Find(e) is { } failure)
        {
            throw failure;
        }
        catch (HttpRequestException e)
        {
            throw DnsFailures.Malformed(server, query, $"HTTP failed: {e.Message}");
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
