using System.Buffers;
using System.Text.Unicode;
using Microsoft.AspNetCore.Connections;
using Soket.Middleware.WebSocket;
using Soket.Transports.Internal;

namespace Soket.Services;

/// <summary>Runs a message service on WebSockets: each message is answered by one of its own kind, text by text and binary by binary, in order.</summary>
/// <remarks>
/// A reply to text that is not UTF-8 goes as binary, since text may not hold it. One instance serves any number of connections; one that waits holds no
/// buffer of this class.
/// </remarks>
/// <param name="service">Answers the messages.</param>
/// <param name="meter">Counts them.</param>
public sealed class WebSocketMessageLoop(IMessageService service, IMessageMeter? meter = null) : ConnectionHandler
{
    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There is no WebSocket on the connection.</exception>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        IWebSocketFeature socket = connection.Features.Get<IWebSocketFeature>() ?? throw new InvalidOperationException("There is no WebSocket on the connection.");
        var context = new MessageContext(connection.LocalEndPoint, connection.RemoteEndPoint);
        var reply = new PooledBuffer();
        try
        {
            while (await socket.ReceiveAsync().ConfigureAwait(false) is { } message)
            {
                context = context with { IsText = message.IsText, Number = context.Number + 1 };
                bool answers = service.Answer(new ReadOnlySequence<byte>(message.Bytes), reply, context);
                bool open = !answers || await socket.SendAsync(reply.Written, message.IsText && Utf8.IsValid(reply.Written.Span)).ConfigureAwait(false);
                meter?.Message(message.Bytes.Length, answers && open ? reply.Written.Length : 0);
                reply.Release();
                if (!open)
                    break;
            }
        }
        finally
        {
            reply.Release();
        }
    }
}
