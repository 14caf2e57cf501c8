namespace Soket.Protocols.WebSocket;

/// <summary>Whether frames may follow one another as they do (RFC 6455 5.1, 5.4; RFC 7692 6). One direction of one connection.</summary>
/// <param name="fromClient">Whether they come from a client, which masks; a server must not.</param>
/// <param name="compression">Whether permessage-deflate was agreed on, which gives the first reserved bit a meaning.</param>
public sealed class FrameOrder(bool fromClient, bool compression)
{
    private bool _open; // a message was begun and has not ended

    /// <summary>Takes note of the next frame.</summary>
    /// <param name="header">Its header.</param>
    /// <returns>What is wrong with it there.</returns>
    public FrameError Next(in FrameHeader header)
    {
        if (header.Rsv2 || header.Rsv3 || (header.Rsv1 && (!compression || header.Opcode is not (WebSocketOpcode.Text or WebSocketOpcode.Binary))))
            return FrameError.ReservedBits;
        if (fromClient != header.Mask.HasValue)
            return fromClient ? FrameError.NotMasked : FrameError.Masked;
        if (header.IsControl)
            return FrameError.None;
        bool continues = header.Opcode == WebSocketOpcode.Continuation;
        if (continues != _open)
            return continues ? FrameError.NothingToContinue : FrameError.MessageInMessage;
        _open = !header.Final;
        return FrameError.None;
    }
}
