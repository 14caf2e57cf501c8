using Soket.Capture.Internal;
using Soket.Protocols.Packets;

namespace Soket.Capture;

/// <summary>
/// Sorts packets into conversations and tells of each what it is. Bounded: what was silent the longest is let go when there is too much of it. A
/// conversation is between two addresses and two ports, over whichever interface and VLAN. Not for several threads.
/// </summary>
/// <remarks>
/// What is told of a segment is what shows where it was captured: a segment that is lost after that passes for received. Only what an end must
/// acknowledge, a SYN or a FIN, is taken as received no sooner than it has acknowledged it.
/// </remarks>
public sealed partial class ConversationTracker
{
    /// <summary>How many packets a conversation keeps.</summary>
    public const int PacketLimit = 10_000;

    // How long a stream may grow before it is put in order, for one direction of one conversation.
    private const int StreamLimit = TcpStream.DefaultLimit;

    private readonly TrackerLimits _limits;
    private readonly Dictionary<FlowKey, Flow> _flows = [];
    private readonly LinkedList<Flow> _order = new(); // the one that spoke last at the end
    private readonly SortedDictionary<int, Conversation> _conversations = [];
    private readonly IpReassembler _reassembler = new();
    private readonly FragmentTrail _fragments = new();
    private long _kept;
    private long _held;

    /// <summary>Begins with no conversation.</summary>
    /// <param name="limits">How much is kept; <see cref="TrackerLimits.Default"/> where null.</param>
    public ConversationTracker(TrackerLimits? limits = null)
    {
        _limits = limits ?? TrackerLimits.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.Conversations, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegative(_limits.Packets, nameof(limits));
    }

    /// <summary>The conversations that were not let go, in the order in which they began. Another one on the same ports comes as another one.</summary>
    public IReadOnlyCollection<Conversation> Conversations => _conversations.Values;

    /// <summary>How many packets there were, those of no conversation included.</summary>
    public long Packets { get; private set; }

    /// <summary>How many conversations there were, those let go included.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of their streams that all conversations hold.</summary>
    public long Held => _held;

    /// <summary>How many conversations were let go.</summary>
    public int LetGo { get; private set; }

    /// <summary>Told of each conversation that is let go, before it is forgotten; it is complete as far as it was captured.</summary>
    public Action<Conversation>? OnLetGo { get; set; }

    /// <summary>The conversation that the last packet belongs to; null where it belongs to none.</summary>
    public Conversation? Current { get; private set; }

    /// <summary>Takes note of the next packet.</summary>
    /// <param name="packet">The packet. What it lends is copied where it is kept.</param>
    /// <returns>What it is in its conversation; null where it belongs to none: what is neither TCP, nor UDP, nor an error of ICMP about them, and a
    /// fragment whose first one was not captured before it.</returns>
    public TracedPacket? Add(Packet packet)
    {
        Packets++;
        Current = null;
        Flow? flow = Find(packet, out Packet? whole, out bool fromInitiator);
        if (flow is null)
            return null;
        TracedPacket traced = packet.Icmp is { } icmp && packet.Tcp is null && packet.Udp is null && whole == packet
            ? flow.AddIcmp(Packets, packet, icmp, fromInitiator)
            : whole is null
                ? flow.AddFragment(Packets, packet, fromInitiator)
                : flow.Add(Packets, whole, whole == packet ? null : packet, fromInitiator);
        Keep(flow, traced);
        return traced;
    }

    private Flow? Find(Packet packet, out Packet? whole, out bool fromInitiator)
    {
        fromInitiator = false;
        whole = packet;
        if (packet.IsFragment)
        {
            whole = _reassembler.Add(packet);
            Packet told = whole ?? packet;
            Flow? fragmented = told.Tcp is null && told.Udp is null ? Known(_fragments.Find(packet), out fromInitiator, packet) : Of(told, out fromInitiator);
            if (fragmented is not null)
                _fragments.Note(packet, fragmented.Key);
            // A datagram of something else in several pieces.
            return fragmented;
        }

        if (packet.Tcp is not null || packet.Udp is not null)
            return Of(packet, out fromInitiator);
        if (packet.Icmp is not { IsError: true, Quote: { SourcePort: { } source, DestinationPort: { } destination } quote })
            return null;
        FlowEnd sender = new(Number(quote.Ipv4?.SourceValue, quote.Ipv6?.SourceValue), source);
        FlowEnd target = new(Number(quote.Ipv4?.DestinationValue, quote.Ipv6?.DestinationValue), destination);
        if (!_flows.TryGetValue(FlowKey.Between(sender, target, quote.Protocol, quote.Ipv6 is not null), out Flow? flow))
            return null;
        // It comes to the one whose packet it quotes, from the other end or from a router before it.
        fromInitiator = !flow.IsInitiator(sender);
        return flow;
    }

    private Flow? Known(FlowKey? key, out bool fromInitiator, Packet packet)
    {
        fromInitiator = false;
        if (key is not { } known || !_flows.TryGetValue(known, out Flow? flow))
            return null;
        fromInitiator = flow.Initiator.Address == Source(packet);
        return flow;
    }

    private Flow? Of(Packet packet, out bool fromInitiator)
    {
        bool tcp = packet.Tcp is not null;
        FlowEnd from = new(Source(packet), packet.Tcp?.SourcePort ?? packet.Udp!.Value.SourcePort);
        FlowEnd to = new(Number(packet.Ipv4?.DestinationValue, packet.Ipv6?.DestinationValue), packet.Tcp?.DestinationPort ?? packet.Udp!.Value.DestinationPort);
        var key = FlowKey.Between(from, to, tcp ? IpProtocol.Tcp : IpProtocol.Udp, packet.Ipv6 is not null);
        if (_flows.TryGetValue(key, out Flow? flow) && flow is TcpFlow known && known.IsAnother(packet.Tcp!.Value, flow.IsInitiator(from)))
        {
            Close(flow);
            flow = null;
        }

        flow ??= Begin(packet, key, from, to);
        // An end that speaks to itself, from a port to the same one, is told from its peer by nothing: both directions are one.
        fromInitiator = flow.IsInitiator(from);
        return flow;
    }

    private Flow Begin(Packet packet, FlowKey key, FlowEnd from, FlowEnd to)
    {
        // The SYN says who began, and so does its answer; in the middle of a connection the higher port is the client's, mostly.
        bool sender = packet.Tcp is not { } tcp
            || ((tcp.Flags & TcpFlags.Syn) != 0 ? (tcp.Flags & TcpFlags.Ack) == 0 : tcp.SourcePort >= tcp.DestinationPort);
        (FlowEnd initiator, FlowEnd responder) = sender ? (from, to) : (to, from);
        var conversation = new Conversation
        {
            Number = ++Count,
            Kind = packet.Tcp is null ? ConversationKind.Udp : ConversationKind.Tcp,
            Initiator = initiator.ToEndPoint(key.Version6),
            Responder = responder.ToEndPoint(key.Version6),
            SawBeginning = packet.Tcp is null,
            FirstNanoseconds = packet.Captured.Nanoseconds,
            LastNanoseconds = packet.Captured.Nanoseconds,
        };
        Flow flow = packet.Tcp is null ? new UdpFlow(conversation, key, initiator) : new TcpFlow(conversation, key, initiator, StreamLimit);
        while (_order.Count >= _limits.Conversations)
            Forget(_order.First!.Value);
        _flows.Add(key, flow);
        _order.AddLast(flow.Node);
        _conversations.Add(conversation.Number, conversation);
        return flow;
    }

    private void Keep(Flow flow, TracedPacket traced)
    {
        Conversation conversation = Current = flow.Conversation;
        conversation.FirstNanoseconds = Math.Min(conversation.FirstNanoseconds, traced.Nanoseconds);
        conversation.LastNanoseconds = Math.Max(conversation.LastNanoseconds, traced.Nanoseconds);
        if (conversation.Packets.Count < _limits.Packets)
        {
            conversation._packets.Add(traced);
            _kept += Weight(traced);
        }
        else
        {
            conversation.Dropped++;
        }

        if (_order.Last != flow.Node)
        {
            _order.Remove(flow.Node);
            _order.AddLast(flow.Node);
        }

        _held += flow.Held - flow.HeldCounted;
        flow.HeldCounted = flow.Held;
        while (_kept > _limits.PacketsInAll && _order.First!.Value != flow)
            Forget(_order.First.Value);
        for (LinkedListNode<Flow>? oldest = _order.First; _held > _limits.StreamBytes && oldest is not null; oldest = oldest.Next)
            Release(oldest.Value);
    }

    // Its ends are used again: it stays to be told, and no packet comes to it any more.
    private void Close(Flow flow)
    {
        Release(flow);
        _flows.Remove(flow.Key);
    }

    private void Forget(Flow flow)
    {
        OnLetGo?.Invoke(flow.Conversation);
        LetGo++;
        Release(flow);
        if (_flows.TryGetValue(flow.Key, out Flow? current) && current == flow)
            _flows.Remove(flow.Key);
        _order.Remove(flow.Node);
        _conversations.Remove(flow.Conversation.Number);
        _kept -= flow.Conversation.Packets.Sum(static packet => Weight(packet));
    }

    private void Release(Flow flow)
    {
        flow.Release();
        _held += flow.Held - flow.HeldCounted;
        flow.HeldCounted = flow.Held;
    }

    // A packet that keeps much, messages of a line each and a comment of some kilobytes, counts for several.
    private static long Weight(TracedPacket packet) => 1 + (packet.Messages.Count / 8) + ((packet.Comment?.Length ?? 0) / 1024);

    private static UInt128 Source(Packet packet) => Number(packet.Ipv4?.SourceValue, packet.Ipv6?.SourceValue);

    private static UInt128 Number(uint? version4, UInt128? version6) => version6 ?? version4 ?? 0;
}
