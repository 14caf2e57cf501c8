using System.Buffers;
using System.Globalization;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Transports.Internal;

namespace Soket.Services;

/// <summary>
/// Cuts what a stream brought into messages and answers them: all of serving messages that neither waits nor reads nor sends, so that it is the same
/// whoever does that. One instance serves any number of streams at once.
/// </summary>
internal sealed class StreamMessages(IMessageService service, Framing framing, IMessageMeter? meter)
{
    /// <summary>More than this is not left waiting for the end of a batch: a peer that asks much and reads nothing stops being read itself.</summary>
    public const int FlushAt = 64 * 1024;

    /// <summary>What a connection may hold without asking: one read and one batch of replies.</summary>
    public const int FreeShare = 2 * FlushAt;

    private readonly bool _direct = framing is ChunkFraming; // its message is its frame: a reply needs no room of its own

    /// <summary>Cuts the messages.</summary>
    public Framing Framing => framing;

    /// <summary>Counts what is answered.</summary>
    public IMessageMeter? Meter => meter;

    /// <summary>Whether all that comes goes back as it came, so that it can be sent without being looked at; <see cref="CountEcho"/> counts it then.</summary>
    public bool EchoesBytes { get; } = framing is ChunkFraming && service.Echoes;

    /// <summary>Answers until the buffer holds no further message, or enough waits to be sent.</summary>
    /// <param name="stream">Whose messages.</param>
    /// <param name="buffer">What has been received and not been answered; what was is taken off its front.</param>
    /// <param name="ended">Whether nothing more will come.</param>
    /// <param name="output">Where the replies go.</param>
    /// <param name="room">Where a reply is put before it is framed, when that is needed; made here when there is none, and the caller's from then on.</param>
    /// <param name="number">How many messages there were; counted on.</param>
    /// <returns>Whether there may be more to answer now, and whether the stream can be read on.</returns>
    public (bool More, bool Open) AnswerBatch<TOutput>(IMessageStream stream, ref ReadOnlySequence<byte> buffer, bool ended, TOutput output, ref PooledBuffer? room, ref long number)
        where TOutput : class, IPendingOutput
    {
        while (output.Pending < FlushAt)
        {
            long started = stream.Scope is null ? 0 : SocketScope.Now;
            switch (framing.TryRead(ref buffer, ended, out ReadOnlySequence<byte> message))
            {
                case FramingResult.Message:
                    if (!Answer(stream, message, output, ref room, ++number, started))
                        return (false, false);
                    break;
                case FramingResult.NeedMore:
                    return (false, true);
                case FramingResult.Incomplete:
                    stream.Scope?.Note("message-incomplete", message.Length.ToString(CultureInfo.InvariantCulture));
                    return (false, true);
                default:
                    Fail(stream, started, "SOKET_MESSAGE_TOO_LARGE", $"The message is longer than {framing.MaxMessage} bytes", "limit", framing.MaxMessage.ToString(CultureInfo.InvariantCulture));
                    buffer = buffer.Slice(buffer.End);
                    return (false, false);
            }
        }

        return (true, true);
    }

    /// <summary>Counts the messages of what was sent back unseen.</summary>
    /// <param name="received">How much one receive brought.</param>
    /// <param name="number">How many messages there were; counted on.</param>
    /// <returns>How many messages it was.</returns>
    public int CountEcho(int received, ref long number)
    {
        int messages = (int)(((long)received + framing.MaxMessage - 1) / framing.MaxMessage);
        number += messages;
        return messages;
    }

    /// <summary>Asks whether a stream may hold what it would; told every time that changes, and with 0 at its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="held">Bytes beyond the free share that it holds as the meter was told.</param>
    /// <param name="bytes">Bytes it holds now: unanswered ones and unsent ones.</param>
    /// <returns>Whether it may; when not, that has been told, and the connection is to be reset.</returns>
    public bool TryHold(IMessageStream stream, ref long held, long bytes)
    {
        long wanted = Math.Max(0, bytes - FreeShare);
        if (wanted == held)
            return true;
        if (meter is not null && !meter.TryHold(wanted - held))
        {
            Fail(stream, stream.Scope is null ? 0 : SocketScope.Now, "SOKET_LIMIT", "The connections hold as much as they may", "limit", "max-buffered");
            return false;
        }

        held = wanted;
        return true;
    }

    /// <summary>
    /// Whether a stream's first bytes are a TLS record (RFC 8446 5.1) that carries a ClientHello, at a plain endpoint: handshake(22), legacy version 3.x,
    /// length, client_hello(1).
    /// </summary>
    /// <param name="first">The first bytes; 6 are enough.</param>
    public static bool IsTls(ReadOnlySpan<byte> first) =>
        first[..Math.Min(first.Length, 6)] is [0x16, 0x03, <= 4] or [0x16, 0x03, <= 4, _] or [0x16, 0x03, <= 4, _, _] or [0x16, 0x03, <= 4, _, _, 0x01];

    /// <summary>
    /// A person pointed TLS at a plain endpoint. Bytes are bytes to a service that takes any, and its answer ends the handshake soon enough; one
    /// that waits for text would let the peer wait until it gives up.
    /// </summary>
    /// <returns>Whether the stream is to be ended.</returns>
    public bool TellTls(IMessageStream stream)
    {
        bool ends = service.ExpectsText || framing is LineFraming;
        Fail(stream, stream.Scope is null ? 0 : SocketScope.Now, "TLS_TO_PLAIN", "A TLS handshake came to an endpoint that speaks plain", "served", ends ? "no" : "yes");
        return ends;
    }

    private bool Answer<TOutput>(IMessageStream stream, in ReadOnlySequence<byte> message, TOutput output, ref PooledBuffer? room, long number, long started)
        where TOutput : class, IPendingOutput
    {
        long sent;
        var context = new MessageContext(null, null) { Stream = stream, Number = number };
        if (_direct)
        {
            long before = output.Pending;
            service.Answer(message, output, context);
            sent = output.Pending - before;
        }
        else
        {
            room ??= new PooledBuffer();
            room.Clear();
            bool answers = service.Answer(message, room, context);
            if (answers && !TryFrame(stream, room.Written, output, started))
                return false;
            sent = answers ? room.Written.Length : 0;
        }

        meter?.Message(message.Length, sent);
        return true;
    }

    private bool TryFrame<TOutput>(IMessageStream stream, ReadOnlyMemory<byte> reply, TOutput output, long started)
        where TOutput : class, IPendingOutput
    {
        try
        {
            framing.Write(new ReadOnlySequence<byte>(reply), output);
            return true;
        }
        catch (ArgumentException e)
        {
            Fail(stream, started, "SOKET_REPLY_NOT_FRAMEABLE", e.Message, "length", reply.Length.ToString(CultureInfo.InvariantCulture));
            return false;
        }
    }

    private void Fail(IMessageStream stream, long started, string code, string words, string fact, string value)
    {
        if (stream.Scope is not { } scope)
            return;
        var context = new FailureContext
        {
            Local = stream.LocalEndPoint,
            Remote = stream.RemoteEndPoint,
            Transport = scope.Transport,
            Sent = scope.Sent,
            Received = scope.Received,
            Facts = new Dictionary<string, string> { [fact] = value, ["framing"] = framing.Name },
        };
        scope.Failed(SocketCall.Message, started, new SocketFailure(SocketCall.Message, SystemError.Own(code, words), context), code == "SOKET_LIMIT" ? value : null);
    }
}
