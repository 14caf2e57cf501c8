using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Services;

/// <summary>Answers every message with a fixed text, in which placeholders are filled.</summary>
/// <remarks>What comes from the peer is put in as it is and never read for placeholders.</remarks>
/// <param name="template">The text.</param>
/// <param name="time">The clock; its local time is told.</param>
/// <param name="random">Where {random} comes from.</param>
public sealed class ReplyService(ReplyTemplate template, TimeProvider time, Random? random = null) : IMessageService, IReplyRecognizer
{
    private readonly ReplyTemplate.Part[] _parts = [.. template.Parts];
    private readonly Random _random = random ?? Random.Shared;
    private readonly byte[]? _constant = template.Parts.All(part => part.Kind == ReplyTemplate.Kind.Literal)
        ? Encoding.UTF8.GetBytes(string.Concat(template.Parts.Select(part => part.Text)))
        : null;
    private long _counter; // any thread, interlocked

    /// <inheritdoc/>
    public bool AnswersAtOnce => true;

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        if (_constant is not null)
        {
            reply.Write(_constant);
            return true;
        }

        long counter = Interlocked.Increment(ref _counter);
        foreach (ReplyTemplate.Part part in _parts)
        {
            switch (part.Kind)
            {
                case ReplyTemplate.Kind.Message:
                    foreach (ReadOnlyMemory<byte> piece in MessageText.WithoutLineBreak(message))
                        reply.Write(piece.Span);
                    break;
                case ReplyTemplate.Kind.Literal:
                    Encoding.UTF8.GetBytes(part.Text, reply);
                    break;
                case ReplyTemplate.Kind.Time:
                    Encoding.UTF8.GetBytes(time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), reply);
                    break;
                case ReplyTemplate.Kind.Counter:
                    Encoding.UTF8.GetBytes(counter.ToString(CultureInfo.InvariantCulture), reply);
                    break;
                case ReplyTemplate.Kind.Random:
                    Encoding.UTF8.GetBytes(_random.Next(1_000_000).ToString(CultureInfo.InvariantCulture), reply);
                    break;
                case ReplyTemplate.Kind.Peer:
                    Encoding.UTF8.GetBytes(Name(context.Remote), reply);
                    break;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message) =>
        // With placeholders in it every reply is another; only a constant one can be told for certain.
        _constant is { Length: > 0 } && message.Length == _constant.Length && new SequenceReader<byte>(message).IsNext(_constant);

    private static string Name(EndPoint? peer) => peer switch
    {
        IPEndPoint ip => ip.ToString(),
        UnixDomainSocketEndPoint unix when unix.ToString() is { Length: > 0 } path => path,
        _ => "-", // most clients of Unix sockets have no name
    };
}
