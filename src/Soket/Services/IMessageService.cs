using System.Buffers;
using System.Net;

namespace Soket.Services;

/// <summary>What is known of a message besides its bytes.</summary>
/// <param name="Local">The service's own address.</param>
/// <param name="Remote">The sender; null when it has no name.</param>
public readonly record struct MessageContext(EndPoint? Local, EndPoint? Remote)
{
    /// <summary>Whether it came as text (a WebSocket text message); streams and datagrams do not tell, and say true.</summary>
    public bool IsText { get; init; } = true;

    /// <summary>Whether it was longer than what was taken of it.</summary>
    public bool Truncated { get; init; }

    /// <summary>Its number on this connection, or from this socket, from 1.</summary>
    public long Number { get; init; }
}

/// <summary>Answers one message with at most one message.</summary>
public interface IMessageService
{
    /// <summary>Whether only text makes sense to it, so that a TLS handshake on a plain stream is a mistake to be told and ended.</summary>
    bool ExpectsText => false;

    /// <summary>Answers a message. Called from many connections at once.</summary>
    /// <param name="message">The message, lent for the time of the call.</param>
    /// <param name="reply">Where the reply goes.</param>
    /// <param name="context">What is known of the message.</param>
    /// <returns>False: no reply. True with nothing written: an empty one.</returns>
    bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context);
}
