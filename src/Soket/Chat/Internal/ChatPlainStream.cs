using Microsoft.AspNetCore.Connections;

namespace Soket.Chat.Internal;

/// <summary>Text as it comes, on a stream. What is sent has no line's end until the peer has ended a line itself: its program compares what it receives.</summary>
internal sealed class ChatPlainStream(ConnectionContext connection, IChatLines lines) : IChatLink
{
    private bool _endsLines;

    public ChatManner Manner => ChatManner.Plain;

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        byte[]? some = await lines.ReadSomeAsync(cancellationToken).ConfigureAwait(false);
        _endsLines |= some is [.., (byte)'\n'];
        return some;
    }

    public Task SendAsync(byte[] line, CancellationToken cancellationToken) => lines.WriteSomeAsync(_endsLines ? [.. line, (byte)'\n'] : line, cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
