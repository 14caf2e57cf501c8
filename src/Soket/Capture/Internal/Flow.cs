using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>What is remembered of an open conversation, beside what it tells.</summary>
internal abstract class Flow
{
    private const int PreviewLength = 64;

    protected Flow(Conversation conversation, FlowKey key, FlowEnd initiator)
    {
        (Conversation, Key, Initiator) = (conversation, key, initiator);
        Node = new(this);
    }

    public Conversation Conversation { get; }

    public FlowKey Key { get; }

    public FlowEnd Initiator { get; }

    /// <summary>Its place among the others, the one that spoke last at the end.</summary>
    public LinkedListNode<Flow> Node { get; }

    /// <summary>Bytes of its streams that it holds.</summary>
    public virtual long Held => 0;

    /// <summary>What <see cref="Held"/> was when it was counted.</summary>
    public long HeldCounted { get; set; }

    public bool IsInitiator(FlowEnd end) => end == Initiator;

    /// <summary>Tells what a packet is in this conversation, and takes note of it.</summary>
    /// <param name="number">Its place in the capture.</param>
    /// <param name="packet">The packet, put together from its fragments where it came in several.</param>
    /// <param name="last">The last of those fragments; null mostly.</param>
    /// <param name="fromInitiator">Who sent it.</param>
    public abstract TracedPacket Add(long number, Packet packet, Packet? last, bool fromInitiator);

    /// <summary>Holds no bytes any longer: the messages that end after this are not found.</summary>
    public virtual void Release()
    {
    }

    /// <summary>What is the same for every packet, whatever carries it.</summary>
    protected TracedPacket Begin(long number, Packet packet, bool fromInitiator) => new()
    {
        Number = number,
        Nanoseconds = packet.Captured.Nanoseconds,
        FromInitiator = fromInitiator,
        Length = Math.Max(0, packet.PayloadLength),
        InitiatorState = Conversation.InitiatorState,
        ResponderState = Conversation.ResponderState,
        Preview = packet.Payload.IsEmpty ? default : packet.Payload[..Math.Min(PreviewLength, packet.Payload.Length)].ToArray(),
        Inferred = packet.Captured.Inferred,
        Comment = packet.Captured.Comment,
    };

    /// <summary>A fragment of a datagram that is not whole yet. What a segment of TCP says is told by its last fragment.</summary>
    public TracedPacket AddFragment(long number, Packet packet, bool fromInitiator)
    {
        Count(fromInitiator, Key.Protocol == IpProtocol.Udp ? packet.PayloadLength : 0);
        return Begin(number, packet, fromInitiator) with { Fragment = true };
    }

    /// <summary>An ICMP error about a packet of this conversation.</summary>
    public TracedPacket AddIcmp(long number, Packet packet, IcmpMessage icmp, bool fromInitiator)
    {
        Conversation.IcmpErrors++;
        string code = icmp.CodeName;
        return Begin(number, packet, fromInitiator) with { Icmp = code.Length > 0 ? code : icmp.TypeName, Length = 0, Preview = default };
    }

    protected void Count(bool fromInitiator, int bytes)
    {
        if (fromInitiator)
        {
            Conversation.InitiatorPackets++;
            Conversation.InitiatorBytes += bytes;
        }
        else
        {
            Conversation.ResponderPackets++;
            Conversation.ResponderBytes += bytes;
        }
    }
}
