using System.Buffers;
using System.Net;

namespace Soket.Services;

/// <summary>What is known of a message besides its bytes.</summary>
/// <param name="Local">The service's own address.</param>
/// <param name="Remote">The sender; null when it has no name.</param>
public readonly record struct MessageContext(EndPoint? Local, EndPoint? Remote)
{
    /// <summary>The service's own address.</summary>
    public EndPoint? Local { get => field ?? Stream?.LocalEndPoint; init; } = Local;

    /// <summary>The sender; null when it has no name.</summary>
    public EndPoint? Remote { get => field ?? Stream?.RemoteEndPoint; init; } = Remote;

    /// <summary>Whether it came as text (a WebSocket text message); streams and datagrams do not tell, and say true.</summary>
    public bool IsText { get; init; } = true;

    /// <summary>Whether it was longer than what was taken of it.</summary>
    public bool Truncated { get; init; }

    /// <summary>Its number on this connection, or from this socket, from 1.</summary>
    public long Number { get; init; }

    /// <summary>Who is asked for the addresses when a service looks at them, which most never do; null when they stand here.</summary>
    internal IMessageStream? Stream { get; init; }
}

/// <summary>Answers one message with at most one message.</summary>
public interface IMessageService
{
    /// <summary>Whether only text makes sense to it, so that a TLS handshake on a plain stream is a mistake to be told and ended.</summary>
    bool ExpectsText => false;

    /// <summary>Whether its reply is always the message itself, so that a host may send back what it received without asking.</summary>
    bool Echoes => false;

    /// <summary>
    /// Whether it answers at once: it never blocks (a lock that others hold, a file, <c>Task.Wait</c>) and computes little. A transport that can then answers on the
    /// thread that carries the connections, where a service that takes its time would keep all of them waiting; one that does not say so runs on the thread pool.
    /// </summary>
    bool AnswersAtOnce => false;

    /// <summary>Answers a message. Called from many connections at once.</summary>
    /// <param name="message">The message, lent for the time of the call.</param>
    /// <param name="reply">Where the reply goes.</param>
    /// <param name="context">What is known of the message.</param>
    /// <returns>False: no reply. True with nothing written: an empty one.</returns>
    bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context);
}
