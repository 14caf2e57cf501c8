using System.Buffers;

namespace Soket.Bench;

/// <summary>A reply that was not what it had to be: the part of it where the difference begins.</summary>
public sealed record WrongReply
{
    /// <summary>How many bytes are kept, at most.</summary>
    public const int Most = 64;

    // Bytes before the first wrong one that are kept as well, where not all from the beginning fit.
    private const int Before = 16;

    /// <summary>Bytes of the reply that stand before those kept.</summary>
    public long Offset { get; init; }

    /// <summary>Some bytes of the reply, <see cref="Most"/> at most.</summary>
    public ReadOnlyMemory<byte> Came { get; init; }

    /// <summary>How long the reply was, bytes; of a stream, what came at once.</summary>
    public long Length { get; init; }

    /// <summary>What had to stand there, as much of it; empty where no bytes say that.</summary>
    public ReadOnlyMemory<byte> Expected { get; init; }

    /// <summary>How long the reply had to be, bytes; null where no bytes say that.</summary>
    public long? ExpectedLength { get; init; }

    /// <summary>Keeps what shows how a reply differs from what it had to be.</summary>
    /// <param name="expected">What it had to be; empty where no bytes say that.</param>
    /// <param name="reply">What came.</param>
    public static WrongReply Of(ReadOnlySpan<byte> expected, in ReadOnlySequence<byte> reply)
    {
        long same = 0;
        foreach (ReadOnlyMemory<byte> part in reply)
        {
            int common = expected[(int)same..].CommonPrefixLength(part.Span);
            same += common;
            if (common < part.Length)
                break;
        }

        long offset = same < Most ? 0 : same - Before;
        ReadOnlySpan<byte> wanted = expected[(int)offset..];
        return new WrongReply
        {
            Offset = offset,
            Came = reply.Slice(offset, Math.Min(Most, reply.Length - offset)).ToArray(),
            Length = reply.Length,
            Expected = wanted[..Math.Min(Most, wanted.Length)].ToArray(),
            ExpectedLength = expected.IsEmpty ? null : expected.Length,
        };
    }
}
