using Soket.Events;

namespace Soket.Capture.Diagrams;

/// <summary>Where calls stand: beside a packet, between two, or at the end of what was never answered.</summary>
internal sealed class CallPlaces(IReadOnlyList<TracedPacket> packets)
{
    // What happens this long after the packet it belongs to is drawn where it happened.
    private const long Late = 100_000_000;

    private readonly List<DiagramCall>?[] _initiator = new List<DiagramCall>?[packets.Count];
    private readonly List<DiagramCall>?[] _responder = new List<DiagramCall>?[packets.Count];

    /// <summary>Calls between packets, each before the packet of this index, in order.</summary>
    public List<(int Before, long Nanoseconds, bool OfInitiator, DiagramCall Call)> Between { get; } = [];

    /// <summary>The results of calls that were never answered.</summary>
    public List<(bool OfInitiator, DiagramCall Call)> AtSilence { get; } = [];

    public IReadOnlyList<DiagramCall> Beside(int index, bool ofInitiator) => (ofInitiator ? _initiator : _responder)[index] ?? [];

    public void Attach(int index, bool ofInitiator, DiagramCall call) => ((ofInitiator ? _initiator : _responder)[index] ??= []).Add(call);

    /// <summary>Beside the packet that it waited for; where it came back long after, and other packets went meanwhile, in its own time.</summary>
    public void AttachTaking(int index, bool ofInitiator, DiagramCall call)
    {
        long ended = Participants.Ended(call.Event);
        if (ended - packets[index].Nanoseconds >= Late && After(ended) > index + 1)
            Leave(ofInitiator, call, index + 1);
        else
            Attach(index, ofInitiator, call);
    }

    /// <summary>In its own time, and not before <paramref name="earliest"/>.</summary>
    public void Leave(bool ofInitiator, DiagramCall call, int earliest = 0)
    {
        long ended = Participants.Ended(call.Event);
        Between.Add((Math.Max(After(ended), earliest), ended, ofInitiator, call));
    }

    /// <summary>The first packet after a time.</summary>
    public int After(long nanoseconds)
    {
        int low = 0, high = packets.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (packets[middle].Nanoseconds <= nanoseconds)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
