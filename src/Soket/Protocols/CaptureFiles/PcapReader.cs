using System.Buffers.Binary;
using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>Reads pcap (draft-ietf-opsawg-pcap): micro- and nanoseconds, in either byte order, and what older programs wrote.</summary>
public sealed class PcapReader : CaptureReader
{
    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const uint Patched = 0xA1B2CD34; // Kuznetsov's, of old Red Hat systems: eight more bytes before each packet
    private const int FileHeader = 24;
    private const int PacketHeader = 16;
    private const int PatchedHeader = 24;

    private readonly bool _little;
    private readonly int _header;
    private readonly long _unit;   // nanoseconds
    private readonly bool _swapped; // the two lengths stand the other way round
    private readonly bool _maybeSwapped;
    private readonly LinkType _link;

    internal PcapReader(CaptureInput input, bool leaveOpen)
        : base(input, leaveOpen)
    {
        if (!input.TryFill(FileHeader))
            throw new CaptureFileException(CaptureFileProblem.CutShort, 0);
        ReadOnlySpan<byte> header = input.Peek(FileHeader);
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        _little = magic is not (Microseconds or Nanoseconds or Patched);
        if (_little)
            magic = BinaryPrimitives.ReverseEndianness(magic);
        _unit = magic == Nanoseconds ? 1 : 1_000;
        _header = magic == Patched ? PatchedHeader : PacketHeader;
        int major = U16(header[4..]), minor = U16(header[6..]);
        if (major != 2)
            throw new CaptureFileException(CaptureFileProblem.Version, 0);
        // Before 2.3 the length on the wire came first, at 2.3 sometimes; DG/UX called its own kind 2.543.
        _swapped = minor is < 3 or 543;
        _maybeSwapped = minor == 3;
        uint snap = U32(header[16..]);
        // The upper half tells of a frame check sequence. 12 and 14 are what some systems called raw IP before it had a number of its own.
        _link = (LinkType)(U32(header[20..]) & 0xFFFF) is var link && (int)link is 12 or 14 ? LinkType.RawIp : link;
        Interfaces = [new CaptureInterface { Link = _link, SnapLength = snap is 0 or > int.MaxValue ? 0 : (int)snap }];
        input.Skip(FileHeader);
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcap;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <inheritdoc/>
    public override bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        if (!Input.TryFill(_header))
            return Input.Available == 0 ? false : throw new CaptureFileException(CaptureFileProblem.CutShort, Offset);
        ReadOnlySpan<byte> header = Input.Peek(_header);
        uint seconds = U32(header), fraction = U32(header[4..]), kept = U32(header[8..]), length = U32(header[12..]);
        if (_swapped || (_maybeSwapped && kept > length))
            (kept, length) = (length, kept);
        if (kept > LengthLimit)
            throw new CaptureFileException(CaptureFileProblem.TooLong, Offset);
        if (!Input.TryFill(_header + (int)kept))
            throw new CaptureFileException(CaptureFileProblem.CutShort, Offset);

        packet = new CapturedPacket
        {
            Nanoseconds = (seconds * 1_000_000_000L) + (fraction * _unit),
            Link = _link,
            Bytes = Input.Lend(_header, (int)kept),
            OriginalLength = (int)Math.Clamp(length, kept, int.MaxValue),
        };
        Input.Skip(_header + (int)kept);
        return true;
    }

    internal static bool Understands(uint magic) =>
        magic is Microseconds or Nanoseconds or Patched || BinaryPrimitives.ReverseEndianness(magic) is Microseconds or Nanoseconds or Patched;

    private ushort U16(ReadOnlySpan<byte> bytes) => _little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private uint U32(ReadOnlySpan<byte> bytes) => _little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
