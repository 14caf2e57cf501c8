using Soket.Events;
using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>Puts packets and calls in one order, and says where a state changes.</summary>
internal static class DiagramRows
{
    public static List<DiagramRow> Build(Conversation conversation, CallPlaces places, DatagramFate[] fates)
    {
        IReadOnlyList<TracedPacket> packets = conversation.Packets;
        var rows = new List<DiagramRow>(packets.Count + places.Between.Count);
        List<(int Before, long Nanoseconds, bool OfInitiator, DiagramCall Call)> between = [.. places.Between.OrderBy(one => one.Before).ThenBy(one => one.Nanoseconds).ThenBy(one => one.Call.Event.Sequence)];
        int next = 0;
        SocketState initiator = SocketState.None, responder = SocketState.None;
        for (int i = 0; i < packets.Count; i++)
        {
            for (; next < between.Count && between[next].Before <= i; next++)
                rows.Add(Call(between[next]));
            TracedPacket packet = packets[i];
            rows.Add(new DiagramRow
            {
                Kind = DiagramRowKind.Packet,
                Packet = packet,
                Since = packet.Nanoseconds,
                InitiatorCalls = places.Beside(i, ofInitiator: true),
                ResponderCalls = places.Beside(i, ofInitiator: false),
                InitiatorState = packet.InitiatorState == initiator ? SocketState.None : packet.InitiatorState,
                ResponderState = packet.ResponderState == responder ? SocketState.None : packet.ResponderState,
                Fate = fates[i],
            });
            (initiator, responder) = (packet.InitiatorState, packet.ResponderState);
        }

        if (conversation.Dropped > 0)
            rows.Add(new DiagramRow { Kind = DiagramRowKind.Dropped, Dropped = conversation.Dropped });
        else if (NothingCame(conversation) || places.AtSilence.Count > 0)
            rows.Add(Silence(places));
        for (; next < between.Count; next++)
            rows.Add(Call(between[next]));
        return rows;
    }

    /// <summary>The rows with their times counted from the first.</summary>
    public static IReadOnlyList<DiagramRow> Timed(List<DiagramRow> rows)
    {
        long start = rows.Where(static row => row.Since >= 0).Select(static row => row.Since).DefaultIfEmpty(0).Min(), last = start;
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Since < 0)
                continue;
            // A capture is in the order of capturing, which is not always the order of its times: nothing comes before what it follows.
            long at = Math.Max(rows[i].Since, last);
            rows[i] = rows[i] with { Since = at - start, Delay = at - last };
            last = rows[i].Fold is { } fold ? Math.Max(at, fold.Packets[^1].Nanoseconds) : at;
        }

        return rows;
    }

    // Whom it was for is a single address that could have answered, and did not, as far as was captured.
    private static bool NothingCame(Conversation conversation) => conversation.Packets.Count > 0
        && conversation.Packets.All(static packet => packet.FromInitiator && packet.Icmp is null)
        && (conversation.Kind == ConversationKind.Tcp ? conversation.Packets.All(static packet => packet.Flags.HasFlag(TcpFlags.Syn)) : IsOne(conversation.Responder.Address));

    private static bool IsOne(System.Net.IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return !address.IsIPv6Multicast && (bytes.Length != 4 || bytes[0] is < 224); // 224.0.0.0/4 and 255.255.255.255
    }

    private static DiagramRow Silence(CallPlaces places)
    {
        List<DiagramCall> initiator = [.. places.AtSilence.Where(static one => one.OfInitiator).Select(static one => one.Call)];
        List<DiagramCall> responder = [.. places.AtSilence.Where(static one => !one.OfInitiator).Select(static one => one.Call)];
        List<DiagramCall> all = [.. initiator, .. responder];
        return new()
        {
            Kind = DiagramRowKind.Silence,
            Since = all.Count == 0 ? -1 : all.Max(static call => Participants.Ended(call.Event)),
            InitiatorCalls = initiator,
            ResponderCalls = responder,
            InitiatorState = initiator.Count > 0 ? initiator[^1].Event.State : SocketState.None,
            ResponderState = responder.Count > 0 ? responder[^1].Event.State : SocketState.None,
        };
    }

    private static DiagramRow Call((int Before, long Nanoseconds, bool OfInitiator, DiagramCall Call) one)
    {
        // Before and after the packets a state is told by the calls alone: bound, listening.
        SocketState state = one.Call.Event.State is SocketState.Bound or SocketState.Listen ? one.Call.Event.State : SocketState.None;
        return new()
        {
            Kind = DiagramRowKind.Call,
            Since = one.Nanoseconds,
            InitiatorCalls = one.OfInitiator ? [one.Call] : [],
            ResponderCalls = one.OfInitiator ? [] : [one.Call],
            InitiatorState = one.OfInitiator ? state : SocketState.None,
            ResponderState = one.OfInitiator ? SocketState.None : state,
        };
    }
}
