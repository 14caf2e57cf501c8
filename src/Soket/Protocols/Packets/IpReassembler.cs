using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>Puts the fragments of IP datagrams together again (RFC 791 3.2, RFC 8200 4.5). Bounded in datagrams, bytes and time; for one thread at a time.</summary>
/// <remarks>Fragments that overlap are let go with their datagram, as Linux does and RFC 5722 asks: a fragment that came twice is none of them.</remarks>
public sealed class IpReassembler
{
    /// <summary>How many datagrams may be incomplete at once; then the oldest is let go.</summary>
    public const int MaxDatagrams = 256;

    /// <summary>How many bytes of memory incomplete datagrams take, about; then the oldest is let go.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>How long after its first fragment a datagram is waited for, by the clock of the capture (RFC 8200 4.5).</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    // In the order in which they began.
    private readonly OrderedDictionary<Key, FragmentedDatagram> _pending = new();
    private long _bytes;

    /// <summary>How many datagrams were let go: too late, too many, overlapping, too long.</summary>
    public long Abandoned { get; private set; }

    /// <summary>How many are incomplete now.</summary>
    public int Pending => _pending.Count;

    /// <summary>The packet itself where it is no fragment; the whole datagram where this was the last of its fragments to come; null while others are missing.</summary>
    /// <param name="packet">The packet, in the order of the capture. Fragments are copied: what is lent may be taken back.</param>
    public Packet? Add(Packet packet)
    {
        if (!packet.IsFragment)
            return packet;
        LetGo(packet.Captured.Nanoseconds);

        // What the capture has cut off makes the datagram no more.
        (Key key, int offset, bool more, int data) = Place(packet);
        if (packet.Ip.Length < packet.IpLength || packet.Ip.Length < data)
            return null;

        if (!_pending.TryGetValue(key, out FragmentedDatagram? datagram))
            _pending.Add(key, datagram = new(packet.Captured.Nanoseconds));
        if (datagram.Refused)
            return null;
        _bytes -= datagram.Bytes;
        if (offset == 0)
            datagram.Begin(Header(packet));
        datagram.Add(offset, more, packet.Ip.Span[data..]);
        _bytes += datagram.Bytes;
        if (datagram.Refused)
            Abandoned++;
        else if (datagram.IsComplete)
            return Finish(key, datagram, packet);
        while ((_pending.Count > MaxDatagrams || _bytes > MaxBytes) && _pending.Count > 0)
            Abandon(0);
        return null;
    }

    private Packet? Finish(Key key, FragmentedDatagram datagram, Packet last)
    {
        _pending.Remove(key);
        _bytes -= datagram.Bytes;
        byte[] whole = datagram.ToArray();
        int payload = whole.Length - (last.Ipv6 is null ? 0 : Ipv6Header.FixedLength);
        if (payload > ushort.MaxValue)
        {
            Abandoned++;
            return null;
        }

        if (last.Ipv6 is null)
        {
            Span<byte> header = whole.AsSpan(0, (whole[0] & 0xf) * 4);
            WriteUInt16BigEndian(header[2..], (ushort)payload);
            WriteUInt16BigEndian(header[6..], (ushort)(ReadUInt16BigEndian(header[6..]) & 0xc000));
            WriteUInt16BigEndian(header[10..], 0);
            WriteUInt16BigEndian(header[10..], InternetChecksum.Finish(InternetChecksum.Add(header)));
        }
        else
        {
            WriteUInt16BigEndian(whole.AsSpan(4), (ushort)payload);
        }

        CapturedPacket captured = last.Captured with { Link = LinkType.RawIp, Bytes = whole, OriginalLength = whole.Length };
        return Packet.DecodeWhole(captured, last, datagram.Count);
    }

    private void LetGo(long now)
    {
        while (_pending.Count > 0 && now - _pending.GetAt(0).Value.Began > Patience.Ticks * TimeSpan.NanosecondsPerTick)
            Abandon(0);
    }

    private void Abandon(int index)
    {
        FragmentedDatagram datagram = _pending.GetAt(index).Value;
        _pending.RemoveAt(index);
        _bytes -= datagram.Bytes;
        if (!datagram.Refused)
            Abandoned++;
    }

    // Which datagram, where in it, and where in the packet the fragment's data begins.
    private static (Key Key, int Offset, bool More, int Data) Place(Packet packet)
    {
        if (packet.Ipv4 is { } ipv4)
            return (new(ipv4.SourceValue, ipv4.DestinationValue, ipv4.Id, ipv4.Protocol), ipv4.FragmentOffset, ipv4.MoreFragments, ipv4.HeaderLength);
        Ipv6Header ipv6 = packet.Ipv6!.Value;
        Ipv6Fragment fragment = ipv6.Fragment!.Value;

        // No protocol here: only the first fragment's counts (RFC 8200 4.5).
        return (new(ipv6.SourceValue, ipv6.DestinationValue, fragment.Id, null), fragment.Offset, fragment.More, Extension(ipv6).Offset + Extension(ipv6).Length);
    }

    // What stands before the data in the whole datagram: the first fragment's header, without IPv6's fragment header.
    private static byte[] Header(Packet packet)
    {
        if (packet.Ipv4 is { } ipv4)
            return packet.Ip[..ipv4.HeaderLength].ToArray();
        Ipv6Header ipv6 = packet.Ipv6!.Value;
        Ipv6Extension fragment = Extension(ipv6);
        byte[] header = packet.Ip[..fragment.Offset].ToArray();
        int before = Ipv6NextHeader;
        foreach (Ipv6Extension extension in ipv6.Extensions)
        {
            if (extension == fragment)
                break;
            before = extension.Offset;
        }

        header[before] = (byte)fragment.Next;
        return header;
    }

    private const int Ipv6NextHeader = 6;

    private static Ipv6Extension Extension(Ipv6Header header) => header.Extensions.First(extension => extension.Kind == IpProtocol.Fragment);

    private readonly record struct Key(UInt128 Source, UInt128 Destination, uint Id, IpProtocol? Protocol);
}
