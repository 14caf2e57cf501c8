using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Http1;
using Soket.Protocols.WebSocket;

namespace Soket.Middleware.WebSocket;

/// <summary>Whether a server's answer opens a WebSocket (RFC 6455 4.1), and what was agreed on.</summary>
internal sealed class UpgradeAnswer(UpgradeExchange exchange, WebSocketClientSettings settings)
{
    public (string? Subprotocol, DeflateParameters? Deflate) Judge(HttpResponseHead response, string key)
    {
        HttpFields fields = response.Fields;
        exchange.Fact(FailureFacts.HttpStatus, response.Status.ToString(CultureInfo.InvariantCulture));
        if (response.Status != 101)
            throw Refused(response);
        if (!fields.Lists("Upgrade", "websocket") || !fields.Lists("Connection", "Upgrade"))
            throw exchange.Failure("WEBSOCKET_HANDSHAKE", "The server answered 101, but not to become a WebSocket", "no-upgrade");
        if (fields.One("Sec-WebSocket-Accept") != HandshakeKey.Accept(key))
        {
            exchange.Fact(FailureFacts.Expected, HandshakeKey.Accept(key));
            exchange.Fact(FailureFacts.Actual, fields.One("Sec-WebSocket-Accept"));
            throw exchange.Failure("WEBSOCKET_HANDSHAKE", "Sec-WebSocket-Accept does not belong to the key that was sent", "accept");
        }

        if (!DeflateParameters.TryReadAnswer(fields.List("Sec-WebSocket-Extensions"), out DeflateParameters? deflate) || (deflate is not null && !settings.Compress))
        {
            exchange.Fact(FailureFacts.Actual, string.Join(", ", fields.List("Sec-WebSocket-Extensions")));
            throw exchange.Failure("WEBSOCKET_HANDSHAKE", "The server chose an extension that was not offered", "extension");
        }

        // Whoever asked for a subprotocol cannot go on without one: what the messages mean would not be agreed on (browsers do the same).
        string? chosen = fields.One("Sec-WebSocket-Protocol");
        if (chosen is null ? settings.Subprotocols.Count > 0 || fields.Has("Sec-WebSocket-Protocol") : !settings.Subprotocols.Contains(chosen, StringComparer.Ordinal))
        {
            exchange.Fact(FailureFacts.Expected, string.Join(", ", settings.Subprotocols));
            exchange.Fact(FailureFacts.Actual, chosen);
            throw exchange.Failure("WEBSOCKET_SUBPROTOCOL", chosen is null ? "The server chose none of the subprotocols offered" : $"The server chose a subprotocol that was not offered: {chosen}", chosen is null ? "none" : "other");
        }

        return (chosen, deflate);
    }

    private SocketFailure Refused(HttpResponseHead response)
    {
        exchange.Fact(FailureFacts.HttpReason, response.Reason);
        exchange.Fact(FailureFacts.HttpLocation, response.Fields.One("Location"));
        if (response.Fields.One("Content-Type")?.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) == true)
            exchange.Fact(FailureFacts.HttpBody, exchange.PeekText());
        if (settings.Origin is { } origin)
            exchange.Fact(FailureFacts.HttpOrigin, origin);
        return exchange.Failure("WEBSOCKET_REFUSED", $"The server answered {response.Status} {response.Reason}".TrimEnd(), "status");
    }
}
