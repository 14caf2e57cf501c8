using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Soket.Bench;

/// <summary>
/// What messages are made of. The same connection and number always give the same bytes, so that who checks an echo need not keep what was sent. Safe for
/// any thread.
/// </summary>
public abstract class BenchPayload
{
    /// <summary>The longest payload: 1 GiB - 1, but files and templates are held to 16 MiB.</summary>
    public const int Longest = (1024 * 1024 * 1024) - 1;

    private protected BenchPayload(string name, int maxLength)
    {
        Name = name;
        MaxLength = maxLength;
    }

    /// <summary>What it is, in a few words for a report: <c>64 B</c>, <c>random 16-1024 B</c>.</summary>
    public string Name { get; }

    /// <summary>The longest message there will be, bytes.</summary>
    public int MaxLength { get; }

    /// <summary>Whether every message is the same bytes, so that it need be framed only once.</summary>
    public virtual bool IsSame => false;

    /// <summary>A message that lies ready in memory, which nobody changes: nothing is copied.</summary>
    /// <param name="connection">The connection's number, from 0.</param>
    /// <param name="number">The message's number on it, from 0.</param>
    /// <param name="message">The message.</param>
    /// <returns>False: it has to be written, with <see cref="Write"/>.</returns>
    public virtual bool TryGet(int connection, long number, out ReadOnlyMemory<byte> message)
    {
        message = default;
        return false;
    }

    /// <summary>Writes a message.</summary>
    /// <param name="connection">The connection's number, from 0.</param>
    /// <param name="number">The message's number on it, from 0.</param>
    /// <param name="output">Where to.</param>
    public virtual void Write(int connection, long number, IBufferWriter<byte> output)
    {
        if (!TryGet(connection, number, out ReadOnlyMemory<byte> message))
            throw new NotSupportedException();
        output.Write(message.Span);
    }

    /// <summary>
    /// Messages of one size, cut from a long printable pattern that goes on from message to message: a reply that is late by one, or has lost a byte, is
    /// seen. No line break and no NUL in it, so that framings take it.
    /// </summary>
    /// <param name="size">Bytes, 0 or more.</param>
    public static BenchPayload OfSize(int size) => new PatternPayload(size);

    /// <summary>The same bytes every time: a text, a file.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="message">The bytes; not to be changed any more.</param>
    public static BenchPayload Fixed(string name, ReadOnlyMemory<byte> message) => new FixedPayload(name, message);

    /// <summary>Random bytes, and with two sizes of random length.</summary>
    /// <param name="least">The shortest, bytes, 0 or more.</param>
    /// <param name="most">The longest, bytes.</param>
    /// <param name="seed">The same seed gives the same bytes.</param>
    public static BenchPayload Random(int least, int most, long seed) => new RandomPayload(least, most, seed);

    /// <summary>
    /// A text with numbers in it: <c>{counter}</c> (the message's on its connection, from 0), <c>{connection}</c> (from 0), <c>{random}</c> (0 to 999,999);
    /// <c>{{</c> and <c>}}</c> stand for the braces themselves.
    /// </summary>
    /// <param name="text">The template.</param>
    /// <param name="seed">The same seed gives the same random numbers.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="wrong">The part that makes it none, where it is none.</param>
    public static bool TryTemplate(string text, long seed, [NotNullWhen(true)] out BenchPayload? payload, [NotNullWhen(false)] out string? wrong)
    {
        payload = TemplatePayload.Read(text, seed, out wrong);
        return payload is not null;
    }
}
