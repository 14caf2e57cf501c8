using System.Buffers;
using System.Buffers.Binary;

namespace Soket.Services;

/// <summary>Tells the time to machines: the seconds since 1 January 1900 00:00 UTC as 32 bits in network byte order (RFC 868).</summary>
/// <remarks>The number starts again from 0 on 7 February 2036; the RFC says nothing of it, and its readers count on from there.</remarks>
/// <param name="time">The clock.</param>
public sealed class TimeService(TimeProvider time) : StreamSpeaker, IReplyRecognizer
{
    private const long From1900To1970 = 2_208_988_800;
    private const uint Day = 86_400;

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message)
    {
        if (message.Length != sizeof(uint))
            return false;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        message.CopyTo(bytes);
        return unchecked(BinaryPrimitives.ReadUInt32BigEndian(bytes) - Now() + Day) <= 2 * Day; // another machine's clock may differ from this one
    }

    /// <inheritdoc/>
    protected override void Speak(IBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(sizeof(uint)), Now());
        output.Advance(sizeof(uint));
    }

    private uint Now() => unchecked((uint)(time.GetUtcNow().ToUnixTimeSeconds() + From1900To1970));
}
