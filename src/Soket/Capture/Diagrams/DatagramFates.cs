namespace Soket.Capture.Diagrams;

/// <summary>
/// Which datagrams were never answered. UDP itself does not say what answers what: a datagram that comes back is taken for the answer to the latest one
/// that still waits, and of what is left over only that is said which the packets show: that nothing came back before the next was sent, or at all.
/// </summary>
internal static class DatagramFates
{
    public static void Unanswered(Conversation conversation, DatagramFate[] fates)
    {
        IReadOnlyList<TracedPacket> packets = conversation.Packets;
        // Who only ever listens answers nobody (a multicast group, a log): that is said once, at the end, and not of each.
        if (!packets.Any(static packet => !packet.FromInitiator) || !packets.Any(static packet => packet.FromInitiator))
            return;
        Stack<int> ofInitiator = [], ofResponder = [];
        for (int i = 0; i < packets.Count; i++)
        {
            TracedPacket packet = packets[i];
            if (packet.Fragment && i > 0 && packets[i - 1].Fragment && packets[i - 1].FromInitiator == packet.FromInitiator)
                continue; // of the same datagram
            Stack<int> own = packet.FromInitiator ? ofInitiator : ofResponder, others = packet.FromInitiator ? ofResponder : ofInitiator;
            if (others.Count > 0)
                others.Pop();
            else if (packet.Icmp is null)
                own.Push(i);
        }

        foreach (int i in ofInitiator.Concat(ofResponder))
            fates[i] = Fate(packets, i);
    }

    private static DatagramFate Fate(IReadOnlyList<TracedPacket> packets, int index)
    {
        bool sentAgain = false;
        for (int i = index + 1; i < packets.Count; i++)
        {
            if (packets[i].FromInitiator == packets[index].FromInitiator)
                sentAgain |= !packets[i].Fragment;
            else
                return sentAgain ? DatagramFate.NoAnswerBeforeNext : DatagramFate.None; // Something did come: whether it was the answer is not known.
        }

        return DatagramFate.NoAnswer;
    }
}
