using System.Buffers;
using Soket.Protocols.Framing;

namespace Soket.Bench.Internal;

/// <summary>What a worker's connections say, and what they must be answered: the plan's payload, framing and verifier at work.</summary>
internal sealed class MessageScript
{
    private readonly BenchPlan _plan;
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly ArrayBufferWriter<byte> _framed = new();

    /// <summary>Creates a script.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="keepsMessages">Whether the connections keep messages by themselves.</param>
    public MessageScript(BenchPlan plan, bool keepsMessages)
    {
        _plan = plan;
        Framing = keepsMessages ? null : plan.Framing;
        Tape = RequestTape.TryCreate(plan.Payload, Framing);
        ComparesTape = Tape is not null && !keepsMessages && plan.Verifier == ReplyVerifier.Echo;
    }

    /// <summary>How messages are cut; null where they come cut.</summary>
    public Framing? Framing { get; }

    /// <summary>The messages ready to be sent; null where each has to be made.</summary>
    public RequestTape? Tape { get; }

    /// <summary>Whether right replies are the tape again, byte for byte.</summary>
    public bool ComparesTape { get; }

    /// <summary>A message as it is sent, lent until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Framed(int connection, long number)
    {
        ReadOnlyMemory<byte> message = Message(connection, number);
        if (Framing is null)
            return message.Span;
        _framed.ResetWrittenCount();
        Framing.Write(new ReadOnlySequence<byte>(message), _framed);
        return _framed.WrittenSpan;
    }

    /// <summary>How long the reply to a message is where nothing else marks its end; -1 where whatever comes is the reply.</summary>
    public int ReplyLength(int connection, long number) => _plan.Verifier.ReplyLength(Message(connection, number).Length);

    /// <summary>Whether a reply, without its framing, is right.</summary>
    public bool IsRight(int connection, long number, in ReadOnlySequence<byte> reply) =>
        _plan.Verifier.IsRight(_plan.Verifier.NeedsSent ? Message(connection, number).Span : default, reply);

    /// <summary>What the reply to a message has to be; empty where no bytes say that. Lent as <see cref="Framed"/> is.</summary>
    public ReadOnlySpan<byte> Expected(int connection, long number) => _plan.Verifier.Expected(_plan.Verifier.NeedsSent ? Message(connection, number).Span : default);

    private ReadOnlyMemory<byte> Message(int connection, long number)
    {
        // A tape's messages come round again, and are those of connection 0.
        if (Tape is { } tape && _plan.Payload.TryGet(0, number % tape.Messages, out ReadOnlyMemory<byte> message))
            return message;
        _message.ResetWrittenCount();
        _plan.Payload.Write(connection, number, _message);
        return _message.WrittenMemory;
    }
}
