using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>Which conversation the fragments of a datagram belong to: only the first one names the ports. Bounded, the oldest is forgotten.</summary>
internal sealed class FragmentTrail
{
    private const int Most = 256;

    private readonly OrderedDictionary<Datagram, FlowKey> _trail = new();

    /// <summary>The conversation of the datagram that a fragment belongs to; null where the first fragment was not captured before it.</summary>
    public FlowKey? Find(Packet fragment) => _trail.TryGetValue(Of(fragment), out FlowKey key) ? key : null;

    public void Note(Packet fragment, FlowKey key)
    {
        Datagram datagram = Of(fragment);
        if (_trail.TryAdd(datagram, key))
        {
            if (_trail.Count > Most)
                _trail.RemoveAt(0);
        }
        else
        {
            _trail[datagram] = key; // numbers come around
        }
    }

    private static Datagram Of(Packet packet) => packet.Ipv4 is { } ipv4
        ? new(ipv4.SourceValue, ipv4.DestinationValue, ipv4.Id, ipv4.Protocol)
        : packet.Ipv6 is { Fragment: { } fragment } ipv6 ? new(ipv6.SourceValue, ipv6.DestinationValue, fragment.Id, null) : default;

    private readonly record struct Datagram(UInt128 Source, UInt128 Destination, uint Id, IpProtocol? Protocol);
}
