using System.Buffers;

namespace Soket.Transports.Internal;

/// <summary>Where bytes are written before they are sent together.</summary>
internal interface IPendingOutput : IBufferWriter<byte>
{
    /// <summary>Bytes that were written and have not been handed on yet.</summary>
    long Pending { get; }
}
