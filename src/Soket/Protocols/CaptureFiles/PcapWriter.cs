using System.Buffers.Binary;
using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>Writes pcap (draft-ietf-opsawg-pcap), little-endian. Comments, directions and interfaces have no place in it.</summary>
public sealed class PcapWriter : CaptureWriter
{
    private const int FileHeader = 24;
    private const int PacketHeader = 16;
    private const int SnapLength = 262_144; // what tcpdump writes for "all of it"

    private readonly bool _nanoseconds;
    private LinkType? _link;
    private bool _begun;

    /// <summary>Creates a writer.</summary>
    /// <param name="stream">Where the file is written to.</param>
    /// <param name="link">The link type of its packets; null for that of the first one.</param>
    /// <param name="nanoseconds">Whether times keep their nanoseconds; programs of before 2013 read microseconds only.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed.</param>
    public PcapWriter(Stream stream, LinkType? link = null, bool nanoseconds = true, bool leaveOpen = false)
        : base(stream, leaveOpen)
    {
        _link = link;
        _nanoseconds = nanoseconds;
    }

    /// <inheritdoc/>
    public override bool Takes(LinkType link) => _link is null || _link == link;

    /// <inheritdoc/>
    public override void Write(in CapturedPacket packet)
    {
        if (!Takes(packet.Link))
            throw new ArgumentException($"A pcap file has one link type: {_link}, and not {packet.Link} too.", nameof(packet));
        int length = Check(packet);
        _link = packet.Link;
        Begin();
        Span<byte> header = Reserve(PacketHeader);
        (long seconds, long fraction) = Math.DivRem(Math.Max(packet.Nanoseconds, 0), 1_000_000_000);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)seconds); // 32 bits: until 2106
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(_nanoseconds ? fraction : fraction / 1_000));
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Math.Max(length, packet.OriginalLength));
        Append(packet.Bytes.Span, padded: false);
    }

    private protected override void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        Span<byte> header = Reserve(FileHeader);
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, _nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], SnapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)(_link ??= LinkType.Ethernet));
    }
}
