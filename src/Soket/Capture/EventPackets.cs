using System.Diagnostics;
using System.Net;
using Soket.Capture.Synthesis;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Capture;

/// <summary>
/// Concludes from what sockets did which packets a capture would have shown: handshakes from connect and accept, segments from send and receive, FIN
/// from shutdown and close, RST from an abort, datagrams one for one. Every one of them is <see cref="CapturedPacket.Inferred"/> and its comment names the call
/// that it was concluded from.
/// </summary>
/// <remarks>
/// <para>
/// Where both ends tell their events, each packet is written once. What no call shows is not there: segments sent twice, acknowledgements on their own
/// that the peer's system sent, other options than MSS and window scale. A datagram that got lost is there, sent by whoever sent it.
/// </para>
/// <para>
/// Numbers of segments are true as far as they are relative: the first one is made up. A socket without packets (a Unix socket) gives none and is
/// counted. Not safe for use by several threads at once.
/// </para>
/// </remarks>
public sealed class EventPackets
{
    private readonly InferredStreams _streams;
    private readonly InferredStreams? _plainText;
    private readonly InferredDatagrams _datagrams;
    private readonly HashSet<long> _packetless = [];
    private readonly bool _carriers;
    private long _epoch; // the first event's wall clock, in nanoseconds since 1970
    private long _first; // its monotonic time; 0 before it

    /// <summary>Begins.</summary>
    /// <param name="write">Gets each packet; its bytes are its own.</param>
    /// <param name="options">Which packets.</param>
    public EventPackets(Action<CapturedPacket> write, EventPacketsOptions? options = null)
    {
        options ??= new();
        var writer = new InferredPacketWriter(write);
        _carriers = options.Carriers;
        _streams = new InferredStreams(writer, options, plainText: false);
        _plainText = options.PlainText ? new InferredStreams(writer, options, plainText: true) : null;
        _datagrams = new InferredDatagrams(writer, options);
    }

    /// <summary>How many sockets moved bytes for which there are no packets: Unix sockets.</summary>
    public int WithoutPackets => _packetless.Count;

    /// <summary>The packets of a recording, in the order of their times.</summary>
    /// <param name="events">The events, in any order.</param>
    /// <param name="options">Which packets.</param>
    public static IReadOnlyList<CapturedPacket> Of(IEnumerable<RecordedEvent> events, EventPacketsOptions? options = null)
    {
        var packets = new List<CapturedPacket>();
        var made = new EventPackets(packets.Add, options);
        foreach (RecordedEvent recorded in events.OrderBy(recorded => recorded.Event.Sequence))
            made.Add(in recorded);
        made.End();
        return [.. packets.OrderBy(packet => packet.Nanoseconds)]; // which keeps the order of those with the same time
    }

    /// <summary>Takes the next event of a stream.</summary>
    /// <param name="recorded">The event with its bytes, or the first of them: packets that were longer are written as cut off.</param>
    public void Add(in RecordedEvent recorded)
    {
        SocketEvent e = recorded.Event;
        if (_first == 0)
        {
            _first = e.Timestamp;
            _epoch = (e.Utc - DateTime.UnixEpoch).Ticks * 100;
        }

        // One clock for all: the wall clock may be set while this runs.
        long ended = _epoch + (long)((Int128)(e.Timestamp - _first) * 1_000_000_000 / Stopwatch.Frequency);
        var step = new InferredStep(e, recorded.Bytes, ended - (e.Duration.Ticks * 100), ended);
        switch (e.Transport)
        {
            case "tcp" when _carriers && e.Role != SocketRole.Listener:
                _streams.Add(in step);
                break;
            case "udp" when _carriers:
                _datagrams.Add(in step);
                break;
            case "unix" or "unixgram" when e.Moved > 0 && _packetless.Count < 10_000:
                _packetless.Add(e.Connection);
                break;
            case "tls":
                _plainText?.Add(in step);
                break;
        }

        if (e is { Transport: "tcp", Call: SocketCall.Abort } or { Transport: "tcp", Failure.IsReset: true })
            _plainText?.CarrierReset(in step);
    }

    /// <summary>Writes what was held back because the other end might have told more of it.</summary>
    public void End()
    {
        _streams.End();
        _plainText?.End();
    }

    /// <summary>An address as it stands in a packet: without the name of an interface, and IPv4 as IPv4.</summary>
    internal static IPEndPoint Plain(IPEndPoint address) => address.Address switch
    {
        { IsIPv4MappedToIPv6: true } mapped => new(mapped.MapToIPv4(), address.Port),
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, ScopeId: not 0 } scoped => new(new IPAddress(scoped.GetAddressBytes()), address.Port),
        _ => address,
    };

    /// <summary>A socket's own address towards a peer, made whole as far as that is possible.</summary>
    internal static IPEndPoint Own(EndPoint? local, IPEndPoint peer, EventPacketsOptions options)
    {
        IPEndPoint? told = local is IPEndPoint own ? Plain(own) : null;
        if (told is not null && !told.Address.Equals(IPAddress.Any) && !told.Address.Equals(IPAddress.IPv6Any))
            return told;
        bool v4 = peer.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        IPAddress address = options.SourceFor?.Invoke(peer.Address) is { } source && source.AddressFamily == peer.AddressFamily ? source
            : !IPAddress.IsLoopback(peer.Address) ? (v4 ? IPAddress.Any : IPAddress.IPv6Any)
            : v4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        return new(address, told?.Port ?? 0);
    }
}
