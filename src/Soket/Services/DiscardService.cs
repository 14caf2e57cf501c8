using System.Buffers;

namespace Soket.Services;

/// <summary>Throws away what it received and says nothing (RFC 863).</summary>
public sealed class DiscardService : IMessageService
{
    /// <inheritdoc/>
    public bool AnswersAtOnce => true;

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context) => false;
}
