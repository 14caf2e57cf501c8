using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Soket.Bench;

/// <summary>What a reply has to be. Safe for any thread.</summary>
public abstract class ReplyVerifier
{
    private protected ReplyVerifier(string name) => Name = name;

    /// <summary>The reply is what was sent, every byte.</summary>
    public static ReplyVerifier Echo { get; } = new EchoVerifier();

    /// <summary>Any reply will do; it is as long as what was sent where nothing marks its end.</summary>
    public static ReplyVerifier None { get; } = new AnyVerifier();

    /// <summary>How it is written on the command line: <c>echo</c>, <c>length:64</c>, <c>text:OK</c>, <c>regex:^2</c>, <c>none</c>.</summary>
    public string Name { get; }

    /// <summary>Whether it looks at what was sent; else that need not be made again.</summary>
    public virtual bool NeedsSent => false;

    /// <summary>How long the reply to a message is, bytes; -1 where only its framing, or the receive that brings it, can tell.</summary>
    /// <param name="sent">The message's length, bytes.</param>
    public virtual int ReplyLength(int sent) => -1;

    /// <summary>Whether a reply is right.</summary>
    /// <param name="sent">What was sent; empty unless <see cref="NeedsSent"/>.</param>
    /// <param name="reply">The reply, without its framing.</param>
    public abstract bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply);

    /// <summary>What the reply has to be, byte for byte; empty where no bytes say that.</summary>
    /// <param name="sent">What was sent; empty unless <see cref="NeedsSent"/>.</param>
    public virtual ReadOnlySpan<byte> Expected(ReadOnlySpan<byte> sent) => default;

    /// <summary>The reply has this length.</summary>
    /// <param name="bytes">0 or more.</param>
    public static ReplyVerifier OfLength(int bytes) => new LengthVerifier(bytes);

    /// <summary>The reply is this text in UTF-8.</summary>
    public static ReplyVerifier OfText(string text) => new TextVerifier(text);

    /// <summary>The reply, read as UTF-8, matches. The pattern is one that cannot backtrack (<see cref="RegexOptions.NonBacktracking"/>).</summary>
    /// <exception cref="ArgumentException">It is no regular expression, or one that needs backtracking.</exception>
    public static ReplyVerifier OfRegex(string pattern) => new RegexVerifier(pattern);

    private sealed class EchoVerifier() : ReplyVerifier("echo")
    {
        public override bool NeedsSent => true;

        public override int ReplyLength(int sent) => sent;

        public override bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply) => Same(sent, reply);

        public override ReadOnlySpan<byte> Expected(ReadOnlySpan<byte> sent) => sent;
    }

    private sealed class AnyVerifier() : ReplyVerifier("none")
    {
        public override int ReplyLength(int sent) => sent;

        public override bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply) => true;
    }

    private sealed class LengthVerifier(int bytes) : ReplyVerifier(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"length:{bytes}"))
    {
        public override int ReplyLength(int sent) => bytes;

        public override bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply) => reply.Length == bytes;
    }

    private sealed class TextVerifier(string text) : ReplyVerifier("text:" + text)
    {
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

        public override int ReplyLength(int sent) => _bytes.Length;

        public override bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply) => Same(_bytes, reply);

        public override ReadOnlySpan<byte> Expected(ReadOnlySpan<byte> sent) => _bytes;
    }

    private sealed class RegexVerifier(string pattern) : ReplyVerifier("regex:" + pattern)
    {
        private readonly Regex _regex = new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

        public override bool IsRight(ReadOnlySpan<byte> sent, in ReadOnlySequence<byte> reply) => _regex.IsMatch(Encoding.UTF8.GetString(reply));
    }

    private static bool Same(ReadOnlySpan<byte> wanted, in ReadOnlySequence<byte> reply)
    {
        if (reply.Length != wanted.Length)
            return false;
        foreach (ReadOnlyMemory<byte> part in reply)
        {
            if (!wanted[..part.Length].SequenceEqual(part.Span))
                return false;
            wanted = wanted[part.Length..];
        }

        return true;
    }
}
