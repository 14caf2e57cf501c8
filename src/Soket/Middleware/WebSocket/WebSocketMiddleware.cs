using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Protocols.Http1;
using Soket.Protocols.WebSocket;

namespace Soket.Middleware.WebSocket;

/// <summary>Puts WebSocket (RFC 6455) on a connection, with TLS under it or not: messages through <see cref="IWebSocketFeature"/>, bytes through its transport.</summary>
/// <remarks>
/// <para>The connection's transport is replaced: each flush is a message, the payloads received are one stream, and completing the output closes
/// with 1000 (1001 when this end was asked to stop). There is no half-close: after a close frame the peer answers with its own.</para>
/// <para>In the event stream the layer is a scope of its own, with the transport <c>ws</c> and the connection as parent: the handshake, then the
/// frames, unmasked and as they travel (compressed where that was agreed on).</para>
/// </remarks>
public static class WebSocketMiddleware
{
    internal const string TransportName = "ws";

    // The handshake's own fields, which nobody else may set.
    private static readonly string[] Own = ["Host", "Upgrade", "Connection", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept", "Content-Length", "Transfer-Encoding"];

    /// <summary>Whether a field may be added to a client's request.</summary>
    /// <param name="field">The field.</param>
    public static bool MayAdd(HttpField field) =>
        HttpSyntax.IsToken(field.Name) && HttpSyntax.IsFieldValue(field.Value) && !Own.Contains(field.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Waits for a request and says whether a WebSocket is to be made of it: whether it asks for one, or is none at all, which the handshake then tells. Nothing of
    /// the request is used up, so that whoever speaks HTTP can answer one that asks for something else.
    /// </summary>
    /// <param name="connection">A connection of Soket's.</param>
    /// <param name="settings">How long it may take, and how large the request's head may be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> IsAskedForAsync(ConnectionContext connection, WebSocketServerSettings settings, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.HandshakeTimeout);
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return true; // Too slow, as the handshake will find.
            }

            ReadOnlySequence<byte> rest = read.Buffer;
            HttpHeadResult result = HttpRequestHead.TryRead(ref rest, settings.MaxHead, out HttpRequestHead? head, out _);
            bool isKnown = result is HttpHeadResult.Head or HttpHeadResult.Invalid || read.IsCompleted || read.IsCanceled;
            input.AdvanceTo(read.Buffer.Start, isKnown ? read.Buffer.Start : read.Buffer.End);
            if (isKnown)
                return head is null || head.Fields.Lists("Upgrade", "websocket");
        }
    }

    /// <summary>Makes the server's half of the handshake; what is no right request is refused in HTTP.</summary>
    /// <param name="connection">A connection of Soket's.</param>
    /// <param name="endpoint">The endpoint served: its path is the one that is found here.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// The handshake failed; the connection is still to be disposed by the caller. <c>WEBSOCKET_REFUSED</c> with the status answered,
    /// <c>WEBSOCKET_HANDSHAKE</c>, <c>WEBSOCKET_NOT_HTTP</c>, <c>TLS_TO_PLAIN</c>, a reset, or a time-out.
    /// </exception>
    public static async Task<IWebSocketFeature> AcceptAsync(ConnectionContext connection, SocketUri endpoint, WebSocketServerSettings settings, CancellationToken cancellationToken = default)
    {
        var exchange = new UpgradeExchange(connection, endpoint.ToString(), isServer: true);
        return await exchange.RunAsync(settings.HandshakeTimeout, async token =>
        {
            (HttpRequestHead? request, HttpHeadError error) = await exchange.ReadHeadAsync<HttpRequestHead>(HttpRequestHead.TryRead, settings.MaxHead, token).ConfigureAwait(false);
            UpgradeVerdict verdict = request is null ? Misread(exchange, error) : UpgradeRules.Judge(request, endpoint, connection.LocalEndPoint, settings);
            if (verdict.Status != 101)
            {
                await exchange.RefuseAsync(verdict.Status, verdict.Why, withBody: request?.Method != "HEAD", endpoint.ToString(), token).ConfigureAwait(false);
                exchange.Fact(FailureFacts.HttpStatus, verdict.Status.ToString(CultureInfo.InvariantCulture));
                exchange.Fact(FailureFacts.HttpTarget, request?.Target);
                exchange.Fact(FailureFacts.HttpOrigin, request?.Fields.One("Origin"));
                exchange.Fact(FailureFacts.HttpHost, request?.Fields.One("Host"));
                throw exchange.Failure("WEBSOCKET_REFUSED", $"The request was refused with status {verdict.Status}", verdict.Why);
            }

            var fields = new List<HttpField> { new("Upgrade", "websocket"), new("Connection", "Upgrade"), new("Sec-WebSocket-Accept", HandshakeKey.Accept(request!.Fields.One("Sec-WebSocket-Key")!)) };
            if (verdict.Subprotocol is { } subprotocol)
                fields.Add(new("Sec-WebSocket-Protocol", subprotocol));
            if (verdict.Deflate is { } deflate)
                fields.Add(new("Sec-WebSocket-Extensions", deflate.ToString()));
            new HttpResponseHead(101, "Switching Protocols", 1, new HttpFields(fields)).Write(connection.Transport.Output);
            await connection.Transport.Output.FlushAsync(token).ConfigureAwait(false);
            var layer = WebSocketLayer.Put(connection, exchange.Scope, endpoint.ToString(), settings, verdict.Subprotocol, verdict.Deflate, isClient: false);
            return (layer, UpgradeExchange.Told(verdict.Subprotocol, verdict.Deflate));
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the client's half of the handshake.</summary>
    /// <param name="connection">A connection of Soket's, after its TLS handshake where there is one.</param>
    /// <param name="endpoint">The endpoint: its host and path are asked for.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// The handshake failed; the connection is still to be disposed by the caller. <c>WEBSOCKET_REFUSED</c> with the server's status,
    /// <c>WEBSOCKET_NOT_HTTP</c>, <c>WEBSOCKET_HANDSHAKE</c>, <c>WEBSOCKET_SUBPROTOCOL</c>, <c>TLS_EXPECTED</c>, a reset, or a time-out.
    /// </exception>
    /// <exception cref="ArgumentException">A field of the request cannot be written.</exception>
    public static async Task<IWebSocketFeature> ConnectAsync(ConnectionContext connection, SocketUri endpoint, WebSocketClientSettings settings, CancellationToken cancellationToken = default)
    {
        if (settings.Fields.FirstOrDefault(field => !MayAdd(field)) is { Name: not null } wrong)
            throw new ArgumentException($"The field {wrong.Name} cannot be added to the handshake.", nameof(settings));
        if (settings.Subprotocols.FirstOrDefault(one => !HttpSyntax.IsToken(one)) is { } notOne)
            throw new ArgumentException($"'{notOne}' is no subprotocol.", nameof(settings));
        var exchange = new UpgradeExchange(connection, endpoint.ToString(), isServer: false);
        exchange.Fact(FailureFacts.HttpTarget, TargetOf(endpoint.Path));
        string key = HandshakeKey.Create();
        return await exchange.RunAsync(settings.HandshakeTimeout, async token =>
        {
            Request(endpoint, settings, key).Write(connection.Transport.Output);
            await connection.Transport.Output.FlushAsync(token).ConfigureAwait(false);
            (HttpResponseHead? response, HttpHeadError error) = await exchange.ReadHeadAsync<HttpResponseHead>(HttpResponseHead.TryRead, settings.MaxHead, token).ConfigureAwait(false);
            if (response is null)
                throw Misread(exchange, error, endpoint);
            (string? subprotocol, DeflateParameters? deflate) = new UpgradeAnswer(exchange, settings).Judge(response, key);
            var layer = WebSocketLayer.Put(connection, exchange.Scope, endpoint.ToString(), settings, subprotocol, deflate, isClient: true);
            return (layer, UpgradeExchange.Told(subprotocol, deflate));
        }, cancellationToken).ConfigureAwait(false);
    }

    private static HttpRequestHead Request(SocketUri endpoint, WebSocketClientSettings settings, string key)
    {
        var fields = new List<HttpField> { new("Host", HostOf(endpoint)), new("Upgrade", "websocket"), new("Connection", "Upgrade"), new("Sec-WebSocket-Key", key), new("Sec-WebSocket-Version", "13") };
        if (settings.Subprotocols.Count > 0)
            fields.Add(new("Sec-WebSocket-Protocol", string.Join(", ", settings.Subprotocols)));
        if (settings.Compress)
            fields.Add(new("Sec-WebSocket-Extensions", DeflateParameters.Extension));
        if (settings.Origin is { } origin)
            fields.Add(new("Origin", origin));
        fields.AddRange(settings.Fields);
        return new("GET", TargetOf(endpoint.Path), 1, new HttpFields(fields));
    }

    // RFC 9110 7.2: without the zone of an IPv6 address, which means something on this machine only, and without the usual port.
    private static string HostOf(SocketUri endpoint)
    {
        string host = endpoint.Host;
        if (host.Contains(':', StringComparison.Ordinal))
            host = $"[{host.Split('%')[0]}]";
        return endpoint.Port == (endpoint.IsSecure ? 443 : 80) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{endpoint.Port}");
    }

    private static string TargetOf(string path)
    {
        var target = new StringBuilder(path.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(path.Length == 0 ? "/" : path))
            _ = b is > 0x20 and < 0x7f ? target.Append((char)b) : target.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        return target.ToString();
    }

    private static UpgradeVerdict Misread(UpgradeExchange exchange, HttpHeadError error)
    {
        if (error == HttpHeadError.NotHttp)
        {
            throw exchange.SpeaksTls
                ? exchange.Failure("TLS_TO_PLAIN", "A TLS handshake came to an endpoint that speaks plain", "not-http")
                : exchange.Failure("WEBSOCKET_NOT_HTTP", "The client does not speak HTTP", "not-http");
        }

        return error switch
        {
            HttpHeadError.TooLarge or HttpHeadError.TooManyFields => new(431, "head-too-large"),
            HttpHeadError.Version => new(505, "http-version"),
            _ => new(400, "head"),
        };
    }

    private static SocketFailure Misread(UpgradeExchange exchange, HttpHeadError error, SocketUri endpoint)
    {
        if (error != HttpHeadError.NotHttp)
            return exchange.Failure("WEBSOCKET_HANDSHAKE", $"The server's answer is not right HTTP/1.1 ({error})", "head");
        return exchange.SpeaksTls && !endpoint.IsSecure
            ? exchange.Failure("TLS_EXPECTED", "The peer answered with a TLS alert", "not-http")
            : exchange.Failure("WEBSOCKET_NOT_HTTP", "The server does not speak HTTP", "not-http");
    }
}
