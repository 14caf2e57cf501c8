using Microsoft.AspNetCore.Connections;

namespace Soket.Chat.Internal;

/// <summary>Lines of JSON on a stream or a WebSocket; what comes before the first is a greeting for people.</summary>
internal sealed class ChatLinesLink(ConnectionContext connection, IChatLines lines) : IChatLink
{
    public ChatManner Manner => ChatManner.Rooms;

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line is [(byte)'{', ..])
                return line;
        }

        return null;
    }

    public Task SendAsync(byte[] line, CancellationToken cancellationToken) => lines.WriteAsync([line], cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
