using Soket.Events;

namespace Soket.Middleware.WebSocket;

/// <summary>One message of a WebSocket.</summary>
/// <param name="Bytes">Its bytes, lent until the next receive.</param>
/// <param name="IsText">Whether it came as text, which is UTF-8 then; else it is bytes.</param>
public readonly record struct WebSocketMessage(ReadOnlyMemory<byte> Bytes, bool IsText);

/// <summary>How the peer ended a WebSocket.</summary>
/// <param name="Code">Its close code; 1005 for a close frame without one, 1006 for an end without a close frame.</param>
/// <param name="Reason">Its reason; may be empty.</param>
public readonly record struct WebSocketEnd(int Code, string Reason);

/// <summary>A WebSocket (RFC 6455) on a connection; found among its features after the handshake.</summary>
/// <remarks>One receive at a time; sends, pings and closing may come from any thread. Pings are answered while somebody receives.</remarks>
public interface IWebSocketFeature
{
    /// <summary>
    /// The frames' place in the event stream; null when nobody looks. Its events have the transport <c>ws</c> and the connection as
    /// <see cref="SocketScope.Parent"/>; the bytes that carry the frames are events of the connection.
    /// </summary>
    SocketScope? Scope { get; }

    /// <summary>The subprotocol agreed on; null for none.</summary>
    string? Subprotocol { get; }

    /// <summary>Whether messages are compressed (permessage-deflate, RFC 7692).</summary>
    bool IsCompressed { get; }

    /// <summary>How the peer ended the conversation; null while it has not.</summary>
    WebSocketEnd? PeerEnd { get; }

    /// <summary>Whether what is written to the connection's transport goes as text messages; else as binary ones. Each flush is a message.</summary>
    bool StreamIsText { get; set; }

    /// <summary>
    /// Asked when the conversation is to hold more, or holds less, beyond 64 KiB each way: of a message that is not whole yet or not let go, and of one
    /// that the peer does not read. Called with the change, bytes; what is negative must be taken. Where it says no the connection is reset. Null for no
    /// such limit; set before the first receive.
    /// </summary>
    Func<long, bool>? TryHold { get; set; }

    /// <summary>Waits for a message, whole.</summary>
    /// <param name="cancellationToken">Gives the wait up; nothing is lost by it.</param>
    /// <returns>The message; null when the conversation has ended, or this end was asked to end it.</returns>
    /// <exception cref="Explain.SocketFailure">
    /// The peer broke the protocol (<c>WEBSOCKET_PROTOCOL</c>), its message was too large (<c>SOKET_MESSAGE_TOO_LARGE</c>), it answered no ping
    /// (<c>WEBSOCKET_NO_PONG</c>): it has been told with a close frame.
    /// </exception>
    ValueTask<WebSocketMessage?> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message; as text it must be UTF-8.</param>
    /// <param name="isText">Whether it goes as text.</param>
    /// <param name="cancellationToken">Gives the wait up; a message that was begun is sent all the same.</param>
    /// <returns>False when the conversation has been closed and nothing was sent.</returns>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken = default);

    /// <summary>Sends a ping.</summary>
    /// <param name="payload">At most 125 bytes, which the peer sends back.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>False when the conversation has been closed and nothing was sent.</returns>
    ValueTask<bool> PingAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default);

    /// <summary>Sends a close frame; nothing can be sent after it, and the peer answers with its own, until which messages may still come.</summary>
    /// <param name="code">The code, one that may travel (RFC 6455 7.4), or 1005 for none.</param>
    /// <param name="reason">The reason, at most 123 bytes of UTF-8; what is longer is cut.</param>
    ValueTask CloseAsync(int code, string reason = "");
}
