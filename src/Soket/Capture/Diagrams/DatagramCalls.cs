using Soket.Events;
using Soket.Explain;

namespace Soket.Capture.Diagrams;

/// <summary>Puts the calls on datagram sockets beside their datagrams: the same length, in the same order, a receive not before its packet.</summary>
internal static class DatagramCalls
{
    private const long Tolerance = 1_000_000;

    public static void Place(Conversation conversation, Participants ends, CallPlaces places, DatagramFate[] fates)
    {
        bool[] received = new bool[conversation.Packets.Count];
        foreach (bool ofInitiator in (ReadOnlySpan<bool>)[true, false])
            Place(conversation.Packets, ofInitiator ? ends.Initiator : ends.Responder, ofInitiator, places, received);
        // Only a socket that was there and is seen to live on could have taken it.
        (long From, long Until) initiator = Watched(ends.Initiator), responder = Watched(ends.Responder);
        for (int i = 0; i < received.Length; i++)
        {
            TracedPacket packet = conversation.Packets[i];
            (long from, long until) = packet.FromInitiator ? responder : initiator;
            if (!received[i] && packet is { Icmp: null, Fragment: false } && packet.Nanoseconds >= from && packet.Nanoseconds <= until)
                fates[i] = DatagramFate.NotReceived;
        }
    }

    private static (long From, long Until) Watched(IReadOnlyList<SocketEvent> calls) =>
        calls.Count == 0 ? (long.MaxValue, long.MinValue) : (calls.Min(static e => Participants.Began(in e)), calls.Max(static e => Participants.Ended(in e)));

    private static void Place(IReadOnlyList<TracedPacket> packets, IReadOnlyList<SocketEvent> calls, bool ofInitiator, CallPlaces places, bool[] received)
    {
        int sent = 0, taken = 0, refused = 0, earliest = 0;
        foreach (SocketEvent e in calls)
        {
            var call = new DiagramCall(e, DiagramCallPart.Whole);
            long began = Participants.Began(in e) - Tolerance, ended = Participants.Ended(in e) + Tolerance;
            int place = -1;
            switch (e.Call)
            {
                case SocketCall.Send or SocketCall.SendTo when e is { Failure: null, Moved: >= 0 }:
                    place = Find(packets, sent, packet => packet.FromInitiator == ofInitiator && packet.Icmp is null && packet.Nanoseconds >= began && (packet.Fragment || packet.Length == e.Moved));
                    sent = Next(packets, place, sent);
                    break;
                case SocketCall.Receive or SocketCall.ReceiveFrom when e is { Failure: null, Moved: >= 0 }:
                    place = Find(packets, taken, packet => packet.FromInitiator != ofInitiator && packet.Icmp is null && packet.Nanoseconds <= ended
                        && (packet.Fragment || packet.Length == e.Moved || (e.Reason == "truncated" && packet.Length > e.Moved)));
                    taken = Next(packets, place, taken);
                    if (place >= 0)
                        received[place] = true;
                    break;
                case SocketCall.Send or SocketCall.SendTo or SocketCall.Receive or SocketCall.ReceiveFrom when e.Failure is not null:
                    place = Find(packets, refused, packet => packet.FromInitiator != ofInitiator && packet.Icmp is not null && packet.Nanoseconds <= ended);
                    refused = Math.Max(refused, place + 1);
                    break;
                case SocketCall.Socket or SocketCall.Bind or SocketCall.Connect or SocketCall.Shutdown or SocketCall.Close or SocketCall.Send or SocketCall.SendTo:
                    break;
                default:
                    continue;
            }

            if (place < 0)
                places.Leave(ofInitiator, call, earliest);
            else if (packets[place].FromInitiator == ofInitiator)
                places.Attach(place, ofInitiator, call);
            else
                places.AttachTaking(place, ofInitiator, call);
            earliest = Math.Max(earliest, place + 1);
        }
    }

    // A datagram in fragments is one call's: its other fragments belong to it.
    private static int Next(IReadOnlyList<TracedPacket> packets, int place, int from)
    {
        if (place < 0)
            return from;
        int next = place + 1;
        while (packets[place].Fragment && next < packets.Count && packets[next].Fragment && packets[next].FromInitiator == packets[place].FromInitiator)
            next++;
        return next;
    }

    private static int Find(IReadOnlyList<TracedPacket> packets, int from, Func<TracedPacket, bool> condition)
    {
        for (int i = from; i < packets.Count; i++)
        {
            if (condition(packets[i]))
                return i;
        }

        return -1;
    }
}
