using Soket.Transports;

namespace Soket.Chat.Internal;

/// <summary>Text in datagrams, each a message, as they come or do not.</summary>
internal sealed class ChatPlainDatagrams(IDatagramSocket socket) : IChatLink
{
    private readonly byte[] _room = new byte[65_535];

    public ChatManner Manner => ChatManner.Plain;

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReceivedDatagram datagram = await socket.ReceiveAsync(_room, cancellationToken).ConfigureAwait(false);
        return _room.AsSpan(0, datagram.Length).ToArray();
    }

    public async Task SendAsync(byte[] line, CancellationToken cancellationToken) => await socket.SendAsync(line, null, cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => socket.DisposeAsync();
}
