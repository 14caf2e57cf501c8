using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Middleware.WebSocket;
using Soket.Transports;

namespace Soket.Chat.Internal;

/// <summary>Makes the link that an endpoint needs.</summary>
internal static class ChatLinks
{
    // The server's lines are longer than a client's: a room's names are one line.
    public const int MaxLine = 256 * 1024;

    public static async Task<IChatLink> OpenAsync(SocketUri endpoint, ChatClientOptions options, ChatManner manner, CancellationToken cancellationToken)
    {
        if (endpoint.IsDatagram)
        {
            IDatagramSocket socket = await SocketClient.ConnectDatagramAsync(endpoint, options.Connection, cancellationToken).ConfigureAwait(false);
            bool numbered = manner == ChatManner.Rooms || (manner == ChatManner.Found && options.Name.Length > 0);
            return numbered ? new ChatNumberedLink(socket, endpoint) : new ChatPlainDatagrams(socket);
        }

        ConnectionContext connection = await SocketClient.ConnectAsync(endpoint, options.Connection, cancellationToken).ConfigureAwait(false);
        try
        {
            IChatLines lines = connection.Features.Get<IWebSocketFeature>() is { } socket
                ? new ChatWebSocketLines(socket, MaxLine)
                : new ChatStreamLines(connection, MaxLine, TimeSpan.Zero, TimeProvider.System);
            if (manner == ChatManner.Rooms)
                return new ChatLinesLink(connection, lines);
            // The mark is the first thing a server of ours says; anything else, or nothing, is a plain program.
            if (manner == ChatManner.Found && await lines.HasAsync(options.Greeting, cancellationToken).ConfigureAwait(false) && lines.StartsWith(MarkBytes))
                return new ChatLinesLink(connection, lines);
            return new ChatPlainStream(connection, lines);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static readonly byte[] MarkBytes = System.Text.Encoding.ASCII.GetBytes(ChatService.Mark);
}
