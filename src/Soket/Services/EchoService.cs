using System.Buffers;

namespace Soket.Services;

/// <summary>Sends back what it received (RFC 862).</summary>
public sealed class EchoService : IMessageService
{
    /// <inheritdoc/>
    public bool AnswersAtOnce => true;

    /// <inheritdoc/>
    public bool Echoes => true;

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        foreach (ReadOnlyMemory<byte> part in message)
            reply.Write(part.Span);
        return true;
    }
}
