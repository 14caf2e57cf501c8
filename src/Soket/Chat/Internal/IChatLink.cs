namespace Soket.Chat.Internal;

/// <summary>A client's way to a server: lines each way, whatever carries them.</summary>
internal interface IChatLink : IAsyncDisposable
{
    /// <summary>How the other end is spoken to.</summary>
    ChatManner Manner { get; }

    /// <summary>What comes next; null at the end.</summary>
    Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Sends a line.</summary>
    Task SendAsync(byte[] line, CancellationToken cancellationToken);
}
