using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Capture;
using Soket.Capture.Bpf;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Linux.Capture;

/// <summary>
/// Captures from a packet(7) socket with a memory-mapped ring and the filter in the kernel. Needs CAP_NET_RAW in the user namespace that the network
/// belongs to.
/// </summary>
/// <remarks>
/// One interface gives its own link headers where they are Ethernet's or none; other kinds, and all interfaces at once, are captured without them, as
/// <see cref="LinkType.LinuxCooked2"/>. On the loopback device, where a packet goes out and comes in, it is given once. A VLAN tag that the card took off is put
/// back. One thread at a time takes packets.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class LinuxPacketCapture : IPacketCapture
{
    private const int EthernetKind = 1, LoopbackKind = 772, NoHeaderKind = 0xFFFE, RawIpKind = 519; // ARPHRD_...
    private const int Outgoing = 4;                                                               // PACKET_OUTGOING
    private const uint ChecksumPending = 1 << 3, VlanThere = 1 << 4, VlanTypeThere = 1 << 6, JoinedTcp = 1 << 8; // TP_STATUS_...
    private const int EthernetAddresses = 12;
    private const int EthernetHeader = 14;
    private const int VlanTag = 4;
    private const int CookedHeader = 20;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(3 * PacketRing.RetireMilliseconds);

    // On the loopback device a packet goes out and comes in: the first is left out before it takes room. The kernel answers loads from -4096 on with what it
    // knows of a packet (linux/filter.h): the kind of its device at 28, which way it goes at 4.
    private static readonly BpfInstruction[] OncePerPacket =
    [
        new(0x28, 0, 0, unchecked((uint)(-0x1000 + 28))), // ldh
        new(0x15, 0, 3, LoopbackKind),                    // jeq
        new(0x20, 0, 0, unchecked((uint)(-0x1000 + 4))),  // ld
        new(0x15, 0, 1, Outgoing),
        new(0x06, 0, 0, 0),                               // ret
    ];

    private readonly PacketSocket _socket;
    private readonly PacketRing _ring;
    private readonly LinkType _link;
    private readonly int _snap;
    private readonly Lock _gate = new();           // ring and counts: taken for as long as one packet is copied
    private readonly List<CaptureInterface> _interfaces = [];
    private readonly Dictionary<int, (int Number, int Mtu)> _numbers = [];
    private byte[] _packet = new byte[64 * 1024];
    private CaptureCounts _counts;
    private bool _disposed;

    private LinuxPacketCapture(string? interfaceName, CaptureFilter filter, int snapLength)
    {
        _snap = snapLength;
        _socket = OpenSocket(interfaceName, out int index, out _link);
        try
        {
            bool cooked = _link == LinkType.LinuxCooked2;
            _socket.Attach([.. OncePerPacket, .. filter.Compile(cooked ? LinkType.RawIp : _link, snapLength)]); // a cooked socket begins where IP does
            bool offload = !cooked && _socket.TrySet(LibC.PacketLevel, LibC.VirtualHeader, BitConverter.GetBytes(1), out _);
            _ring = new PacketRing(_socket, offload);
            if (index != 0)
                Number(index);
            _socket.Bind(index);
        }
        catch
        {
            _ring?.Dispose();
            _socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    /// <inheritdoc/>
    public CaptureCounts Counts
    {
        get
        {
            lock (_gate)
            {
                if (!_disposed)
                    ReadCounts();
                return _counts;
            }
        }
    }

    /// <summary>Begins to capture: what passes an interface from now on is kept until it is taken, 8 MiB at most.</summary>
    /// <param name="interfaceName">The interface; null for all of them.</param>
    /// <param name="filter">What is wanted; null for everything.</param>
    /// <param name="snapLength">How many bytes of a packet are kept at most.</param>
    /// <exception cref="SocketFailure">Capturing is not permitted, there is no such interface, or the system has no memory for the ring.</exception>
    public static LinuxPacketCapture Open(string? interfaceName, CaptureFilter? filter = null, int snapLength = CaptureFilter.WholePacket) =>
        new(interfaceName, filter ?? CaptureFilter.Everything, snapLength);

    /// <summary>The one interface that packets between this machine and each of some addresses pass (<see cref="InterfaceTowards(IPAddress)"/>).</summary>
    /// <returns>Its name; null where there are several, or none.</returns>
    public static string? InterfaceTowards(IEnumerable<IPAddress> addresses) => addresses.Select(InterfaceTowards).Distinct().Take(2).ToArray() is [var only] ? only : null;

    /// <summary>The interface that packets between this machine and an address pass: the loopback device for its own addresses. Nothing is sent.</summary>
    /// <returns>Its name; null where there is no way, or the interface cannot be told.</returns>
    public static string? InterfaceTowards(IPAddress address)
    {
        if (new LinuxSystemFacts().RouteTo(address)?.Source is not { } source)
            return null;
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        // Packets between addresses of this machine never leave it, whatever interface has them.
        if (IPAddress.IsLoopback(source) || source.Equals(address))
            return all.FirstOrDefault(static one => one.NetworkInterfaceType == NetworkInterfaceType.Loopback)?.Name;
        return all.FirstOrDefault(one => one.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(source)))?.Name;
    }

    /// <inheritdoc/>
    public bool TryNext(out CapturedPacket packet, CancellationToken cancellation)
    {
        while (true)
        {
            // A packet may lie in a block that the kernel still fills: it hands it over soon.
            bool last = cancellation.IsCancellationRequested;
            if (TryTake(out packet))
                return true;
            if (_disposed)
                return false;
            _socket.Wait(last ? Settling : Slice);
            if (last)
                return TryTake(out packet);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            ReadCounts();
            _disposed = true;
            _ring.Dispose();
            _socket.Dispose();
        }
    }

    private static PacketSocket OpenSocket(string? name, out int index, out LinkType link)
    {
        index = 0;
        link = LinkType.LinuxCooked2;
        PacketSocket socket = PacketSocket.Open(name, cooked: name is null);
        if (name is null)
            return socket;
        int kind;
        try
        {
            index = socket.Index(name);
            kind = socket.Kind(name) ?? 0;
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        if (kind is EthernetKind or LoopbackKind or NoHeaderKind or RawIpKind)
        {
            link = kind is EthernetKind or LoopbackKind ? LinkType.Ethernet : LinkType.RawIp;
            return socket;
        }

        socket.Dispose();
        return PacketSocket.Open(name, cooked: true);
    }

    private bool TryTake(out CapturedPacket packet)
    {
        packet = default;
        lock (_gate)
        {
            if (_disposed || !_ring.TryTake(out RingFrame frame))
                return false;
            packet = Packet(frame);
            return true;
        }
    }

    private CapturedPacket Packet(RingFrame frame)
    {
        // struct sockaddr_ll: protocol at 2, interface at 4, its kind at 8, which way at 10, the sender's address behind.
        bool loopback = MemoryMarshal.Read<ushort>(frame.Address[8..]) == LoopbackKind, outgoing = frame.Address[10] == Outgoing;
        (int number, int mtu) = Number(MemoryMarshal.Read<int>(frame.Address[4..]));
        int added = Copy(frame);
        int joined = frame.Offload.Length > 0 && frame.Offload[1] != 0 ? MemoryMarshal.Read<ushort>(frame.Offload[4..]) : 0; // gso_type, gso_size
        return new()
        {
            Nanoseconds = frame.Nanoseconds,
            Link = _link,
            Bytes = _packet.AsMemory(0, frame.Bytes.Length + added),
            OriginalLength = frame.Length + added,
            Interface = number,
            Direction = loopback ? PacketDirection.Unknown : outgoing ? PacketDirection.Outbound : PacketDirection.Inbound,
            Coalesced = joined > 0 || (frame.Status & JoinedTcp) != 0 || frame.Length - (_link == LinkType.Ethernet ? EthernetHeader : 0) > mtu,
            SegmentSize = joined,
            ChecksumPending = (frame.Status & ChecksumPending) != 0,
        };
    }

    // Into a place of its own: the ring's memory is the kernel's again with the next packet. Says how many bytes more it has there.
    private int Copy(RingFrame frame)
    {
        bool tagged = (frame.Status & VlanThere) != 0;
        ushort tag = (frame.Status & VlanTypeThere) != 0 ? frame.Vlan.Type : (ushort)0x8100;
        int cooked = _link == LinkType.LinuxCooked2 ? CookedHeader : 0;
        int kept = _link == LinkType.Ethernet ? Math.Min(EthernetAddresses, frame.Bytes.Length) : 0; // what stands before a tag
        int room = frame.Bytes.Length + CookedHeader + VlanTag;
        if (_packet.Length < room)
            _packet = new byte[Math.Max(room, _packet.Length * 2)];

        Span<byte> packet = _packet;
        if (cooked > 0)
            WriteCooked(packet, frame.Address, tagged ? tag : null);
        packet = packet[cooked..];
        frame.Bytes[..kept].CopyTo(packet);
        packet = packet[kept..];
        if (!tagged)
        {
            frame.Bytes[kept..].CopyTo(packet);
            return cooked;
        }

        if (cooked > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet, frame.Vlan.Control);
            frame.Address.Slice(2, 2).CopyTo(packet[2..]); // what the tag announces
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet, tag);
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], frame.Vlan.Control);
        }

        frame.Bytes[kept..].CopyTo(packet[VlanTag..]);
        return cooked + VlanTag;
    }

    // LINKTYPE_LINUX_SLL2: protocol, two bytes unused, interface, its kind, which way, the sender's address with its length.
    private static void WriteCooked(Span<byte> header, ReadOnlySpan<byte> address, ushort? tag)
    {
        header[..CookedHeader].Clear();
        if (tag is { } type)
            BinaryPrimitives.WriteUInt16BigEndian(header, type);
        else
            address.Slice(2, 2).CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], MemoryMarshal.Read<int>(address[4..]));
        BinaryPrimitives.WriteUInt16BigEndian(header[8..], MemoryMarshal.Read<ushort>(address[8..]));
        header[10] = address[10];
        header[11] = address[11];
        address.Slice(12, 8).CopyTo(header[12..]);
    }

    private (int Number, int Mtu) Number(int index)
    {
        if (_numbers.TryGetValue(index, out (int, int) known))
            return known;
        string? name = PacketSocket.Name(index);
        int mtu = name is null ? int.MaxValue : _socket.Mtu(name) ?? int.MaxValue;
        _interfaces.Add(new() { Link = _link, Name = name, SnapLength = _snap });
        return _numbers[index] = (_interfaces.Count - 1, mtu);
    }

    // struct tpacket_stats_v3: packets, drops, freezes. Reading sets them back.
    private void ReadCounts()
    {
        Span<uint> counts = stackalloc uint[3];
        counts.Clear();
        uint length = 12;
        if (LibC.GetSocketOption(_socket.Handle, LibC.PacketLevel, LibC.PacketStatistics, MemoryMarshal.AsBytes(counts), ref length) == 0)
            _counts = new(_counts.Seen + counts[0], _counts.Dropped + counts[1]);
    }
}
