using System.Buffers;
using Soket.Protocols.Framing;

namespace Soket.Bench.Internal;

/// <summary>
/// Messages of one length, framed and laid end to end, over and over: as many as are wanted go by one call without being made or copied, and an echo is compared
/// where it stands. Any thread.
/// </summary>
internal sealed class RequestTape
{
    // What fits a core's own cache beside everything else, and holds enough different messages that one out of its place is seen.
    private const int UsualLength = 64 * 1024;
    private const int LeastMessages = 4;
    private const int Longest = 16 * 1024 * 1024;

    private readonly byte[] _bytes;

    private RequestTape(byte[] once, int messages)
    {
        Messages = messages;
        MessageLength = once.Length / messages;
        Length = once.Length;

        // Its beginning again behind its end: from any place on, so many bytes lie in one piece.
        _bytes = new byte[once.Length + UsualLength];
        once.CopyTo(_bytes, 0);
        for (int at = once.Length; at < _bytes.Length; at++)
            _bytes[at] = _bytes[at - once.Length];
    }

    /// <summary>How many messages come before it begins again.</summary>
    public int Messages { get; }

    /// <summary>The length of each, framing included; more than 0.</summary>
    public int MessageLength { get; }

    /// <summary>Bytes before it begins again.</summary>
    public int Length { get; }

    /// <summary>Makes a tape, where messages lie ready and are all of one length; else gives null.</summary>
    /// <param name="payload">What they are made of.</param>
    /// <param name="framing">How they are cut; null for what keeps messages by itself.</param>
    public static RequestTape? TryCreate(BenchPayload payload, Framing? framing)
    {
        if (!payload.TryGet(0, 0, out ReadOnlyMemory<byte> first) || first.Length > Longest / 2)
            return null;
        int messages = payload.IsSame ? 1 : Math.Max(Math.Min(LeastMessages, Longest / Math.Max(1, first.Length)), UsualLength / Math.Max(1, first.Length));
        var once = new ArrayBufferWriter<byte>(messages * (first.Length + 8));
        int length = 0;
        for (int number = 0; number < messages; number++)
        {
            if (!payload.TryGet(0, number, out ReadOnlyMemory<byte> message))
                return null;
            if (framing is null)
                once.Write(message.Span);
            else
                framing.Write(new ReadOnlySequence<byte>(message), once);
            length = number == 0 ? once.WrittenCount : length;
            if (once.WrittenCount != (number + 1) * length)
                return null;
        }

        return length == 0 ? null : new(once.WrittenSpan.ToArray(), messages);
    }

    /// <summary>The bytes from a place on, 0 to <see cref="Length"/> - 1, as far as they lie in one piece: at least the rest of the message there.</summary>
    public ReadOnlySpan<byte> From(int place) => _bytes.AsSpan(place);
}
