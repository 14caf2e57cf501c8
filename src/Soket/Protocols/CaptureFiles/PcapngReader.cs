using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>
/// Reads pcapng (draft-ietf-opsawg-pcapng): sections in either byte order, interfaces with clocks of their own, comments, directions, counts. Blocks of
/// other kinds (names, secrets, those of other programs) are passed over.
/// </summary>
public sealed class PcapngReader : CaptureReader
{
    // As many as a file with a section for each interface of a large machine would need; what a hostile one can make grow.
    private const int InterfaceLimit = 4096;

    // Bytes of a text that is kept, and of all comments of a packet together: what a person writes beside a packet is shorter.
    private const int TextLimit = 4096;

    private readonly List<CaptureInterface> _interfaces = [];
    private readonly List<PcapngClock> _clocks = [];
    private int _section;          // where the interfaces of this section begin
    private bool _little;
    private bool _ours;

    internal PcapngReader(CaptureInput input, bool leaveOpen)
        : base(input, leaveOpen)
    {
        ReadOnlySpan<byte> block = Block(out _, out int length);
        ReadSection(block);
        Input.Skip(length);
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcapng;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    /// <inheritdoc/>
    public override string? Application => _application;

    private string? _application;

    /// <inheritdoc/>
    public override bool TryRead(out CapturedPacket packet)
    {
        while (Input.TryFill(1))
        {
            ReadOnlySpan<byte> body = Block(out uint type, out int length);
            bool found = false;
            packet = default;
            switch (type)
            {
                case PcapngBlock.Packet:
                    packet = ReadPacket(body, obsolete: false);
                    found = true;
                    break;
                case PcapngBlock.SimplePacket:
                    packet = ReadSimple(body);
                    found = true;
                    break;
                case PcapngBlock.ObsoletePacket:
                    packet = ReadPacket(body, obsolete: true);
                    found = true;
                    break;
                case PcapngBlock.Section:
                    ReadSection(body);
                    break;
                case PcapngBlock.Interface:
                    ReadInterface(body);
                    break;
                case PcapngBlock.Statistics:
                    ReadStatistics(body);
                    break;
            }

            Input.Skip(length);
            if (found)
                return true;
        }

        packet = default;
        return false;
    }

    // The block at this place, without the frame around it; it stays where it is.
    private ReadOnlySpan<byte> Block(out uint type, out int length)
    {
        if (!Input.TryFill(PcapngBlock.Frame))
            Fail(CaptureFileProblem.CutShort);
        ReadOnlySpan<byte> head = Input.Peek(PcapngBlock.Frame);
        if (BinaryPrimitives.ReadUInt32BigEndian(head) == PcapngBlock.Section)
        {
            uint order = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
            if (order != PcapngBlock.ByteOrder && BinaryPrimitives.ReverseEndianness(order) != PcapngBlock.ByteOrder)
                Fail(CaptureFileProblem.ByteOrder);
            _little = order == PcapngBlock.ByteOrder;
        }

        type = U32(head);
        uint told = U32(head[4..]);
        if (told % 4 != 0)
            Fail(CaptureFileProblem.Length);
        if (told > LengthLimit)
            Fail(CaptureFileProblem.TooLong);
        if (told < PcapngBlock.Frame)
            Fail(CaptureFileProblem.TooShort);
        length = (int)told;
        if (!Input.TryFill(length))
            Fail(CaptureFileProblem.CutShort);
        ReadOnlySpan<byte> block = Input.Peek(length);
        if (U32(block[^4..]) != told)
            Fail(CaptureFileProblem.Length);
        return block[8..^4];
    }

    private void ReadSection(ReadOnlySpan<byte> body)
    {
        Need(body, 16);
        if (U16(body[4..]) != 1)
            Fail(CaptureFileProblem.Version);
        _section = _interfaces.Count;
        _application = null;
        ReadOnlySpan<byte> options = body[16..];
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == PcapngBlock.SectionApplication)
                _application = Encoding.UTF8.GetString(value);
        }

        _ours = _application is not null && (_application == PcapngBlock.Soket || _application.StartsWith(PcapngBlock.Soket + " ", StringComparison.Ordinal));
    }

    private void ReadInterface(ReadOnlySpan<byte> body)
    {
        Need(body, 8);
        if (_interfaces.Count == InterfaceLimit)
            Fail(CaptureFileProblem.TooManyInterfaces);
        uint snap = U32(body[4..]);
        string? name = null, description = null;
        byte resolution = 6;
        long offset = 0;
        ReadOnlySpan<byte> options = body[8..];
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            switch (code)
            {
                case PcapngBlock.InterfaceName:
                    name = Text(value, TextLimit);
                    break;
                case PcapngBlock.InterfaceDescription:
                    description = Text(value, TextLimit);
                    break;
                case PcapngBlock.InterfaceResolution when value.Length == 1:
                    resolution = value[0];
                    break;
                case PcapngBlock.InterfaceOffset when value.Length == 8:
                    offset = (long)U64(value);
                    break;
            }
        }

        _interfaces.Add(new()
        {
            Link = (LinkType)U16(body),
            Name = name,
            Description = description,
            SnapLength = snap > int.MaxValue ? 0 : (int)snap,
        });
        _clocks.Add(resolution == 6 && offset == 0 ? PcapngClock.Microseconds : new(resolution, offset));
    }

    private void ReadStatistics(ReadOnlySpan<byte> body)
    {
        Need(body, 12);
        int about = Interface(U32(body));
        ReadOnlySpan<byte> options = body[12..];
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            if (value.Length != 8)
                continue;
            long count = (long)Math.Min(U64(value), long.MaxValue);
            if (code == PcapngBlock.StatisticsReceived)
                _interfaces[about] = _interfaces[about] with { Received = count };
            else if (code == PcapngBlock.StatisticsDropped)
                _interfaces[about] = _interfaces[about] with { Dropped = count };
        }
    }

    // The obsolete block differs in its first word: the interface in 16 bits, and a count of losses behind it.
    private CapturedPacket ReadPacket(ReadOnlySpan<byte> body, bool obsolete)
    {
        const int header = 20;
        Need(body, header);
        int from = Interface(obsolete ? U16(body) : U32(body));
        ulong ticks = ((ulong)U32(body[4..]) << 32) | U32(body[8..]);
        uint kept = U32(body[12..]), length = U32(body[16..]);
        if (kept > body.Length - header)
            Fail(CaptureFileProblem.TooShort);
        StringBuilder? comments = null;
        int room = TextLimit;
        var direction = PacketDirection.Unknown;
        ReadOnlySpan<byte> options = body[Math.Min(body.Length, header + (((int)kept + 3) & ~3))..];
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == PcapngBlock.Comment)
                AddComment(ref comments, ref room, value);
            else if (code == PcapngBlock.PacketFlags && value.Length == 4)
                direction = (U32(value) & PcapngBlock.Direction) switch { 1 => PacketDirection.Inbound, 2 => PacketDirection.Outbound, _ => PacketDirection.Unknown };
        }

        string? comment = comments?.ToString();
        return new()
        {
            Nanoseconds = _clocks[from].Nanoseconds(ticks),
            Link = _interfaces[from].Link,
            Bytes = Input.Lend(8 + header, (int)kept),
            OriginalLength = (int)Math.Clamp(length, kept, int.MaxValue),
            Interface = from,
            Direction = direction,
            Comment = comment,
            Inferred = _ours && comment is not null && comment.StartsWith(PcapngBlock.Inferred, StringComparison.Ordinal),
        };
    }

    // One below the other, as far as there is room, each a byte more than it has: a block has place for millions of empty ones. Room is negative behind the cut.
    private static void AddComment(ref StringBuilder? comments, ref int room, ReadOnlySpan<byte> value)
    {
        if (room < 0)
            return;
        bool full = room == 0;
        comments = comments is null ? new StringBuilder() : comments.Append('\n');
        comments.Append(full ? "…" : Text(value, room));
        room = full || value.Length > room ? -1 : Math.Max(0, room - value.Length - 1);
    }

    // Cut between characters, and the cut shown.
    private static string Text(ReadOnlySpan<byte> value, int most)
    {
        if (value.Length <= most)
            return Encoding.UTF8.GetString(value);
        int end = most;
        while (end > 0 && (value[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(value[..end]) + "…";
    }

    // No time and no interface: it is the section's first one.
    private CapturedPacket ReadSimple(ReadOnlySpan<byte> body)
    {
        const int header = 4;
        Need(body, header);
        int from = Interface(0);
        uint length = U32(body), kept = Math.Min(length, (uint)(body.Length - header));
        if (_interfaces[from].SnapLength is > 0 and int snap)
            kept = Math.Min(kept, (uint)snap);
        return new()
        {
            Nanoseconds = 0,
            Link = _interfaces[from].Link,
            Bytes = Input.Lend(8 + header, (int)kept),
            OriginalLength = (int)Math.Min(length, int.MaxValue),
            Interface = from,
        };
    }

    private int Interface(uint number)
    {
        if (number >= (uint)(_interfaces.Count - _section))
            Fail(CaptureFileProblem.UnknownInterface);
        return _section + (int)number;
    }

    private bool NextOption(ref ReadOnlySpan<byte> options, out ushort code, out ReadOnlySpan<byte> value)
    {
        code = PcapngBlock.End;
        value = default;
        if (options.Length < 4)
            return false;
        code = U16(options);
        if (code == PcapngBlock.End)
            return false;
        int length = U16(options[2..]), padded = (length + 3) & ~3;
        if (padded > options.Length - 4)
            Fail(CaptureFileProblem.Option);
        value = options.Slice(4, length);
        options = options[(4 + padded)..];
        return true;
    }

    private void Need(ReadOnlySpan<byte> body, int count)
    {
        if (body.Length < count)
            Fail(CaptureFileProblem.TooShort);
    }

    [DoesNotReturn]
    private void Fail(CaptureFileProblem problem) => throw new CaptureFileException(problem, Offset);

    private ushort U16(ReadOnlySpan<byte> bytes) => _little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private uint U32(ReadOnlySpan<byte> bytes) => _little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private ulong U64(ReadOnlySpan<byte> bytes) => _little ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
}
