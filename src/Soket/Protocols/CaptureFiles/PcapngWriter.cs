using System.Buffers.Binary;
using System.Text;
using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>
/// Writes pcapng (draft-ietf-opsawg-pcapng), little-endian, in nanoseconds: one section, an interface as its first packet comes, comments and directions
/// beside the packets. A packet that was never captured says so in its comment.
/// </summary>
public sealed class PcapngWriter : CaptureWriter
{
    private const int LongestText = ushort.MaxValue - 3; // an option's length has 16 bits
    private const int PacketHeader = 28;

    private readonly IReadOnlyList<CaptureInterface> _interfaces;
    private readonly Dictionary<(int Interface, LinkType Link), int> _written = [];
    private bool _begun;

    /// <summary>Creates a writer.</summary>
    /// <param name="stream">Where the file is written to.</param>
    /// <param name="interfaces">What <see cref="CapturedPacket.Interface"/> counts; one that is not in it is written without a name. It may grow.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed.</param>
    public PcapngWriter(Stream stream, IReadOnlyList<CaptureInterface>? interfaces = null, bool leaveOpen = false)
        : base(stream, leaveOpen) => _interfaces = interfaces ?? [];

    /// <inheritdoc/>
    public override void Write(in CapturedPacket packet)
    {
        int length = Check(packet);
        int from = Interface(packet.Interface, packet.Link);
        byte[]? comment = Comment(packet);
        uint direction = packet.Direction switch { PacketDirection.Inbound => 1, PacketDirection.Outbound => 2, _ => 0 };
        int options = (comment is null ? 0 : Option(comment.Length)) + (direction == 0 ? 0 : Option(4));
        int total = PacketHeader + Padded(length) + (options == 0 ? 0 : options + 4) + 4;

        Span<byte> header = Reserve(PacketHeader);
        ulong time = (ulong)Math.Max(packet.Nanoseconds, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapngBlock.Packet);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], total);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], from);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)(time >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)time);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], Math.Max(length, packet.OriginalLength));
        Append(packet.Bytes.Span, padded: true);
        if (comment is not null)
            Write(PcapngBlock.Comment, comment);
        if (direction != 0)
        {
            Span<byte> flags = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(flags, direction);
            Write(PcapngBlock.PacketFlags, flags);
        }

        End(options != 0, total);
    }

    /// <summary>Writes what an interface counted: the last thing in a file.</summary>
    /// <param name="about">The interface, as packets count them.</param>
    /// <param name="link">The link type of its packets.</param>
    /// <param name="received">How many packets there were.</param>
    /// <param name="dropped">How many of them the system lost for want of room.</param>
    /// <param name="nanoseconds">When it was counted, since 1970.</param>
    public void WriteCounts(int about, LinkType link, long received, long dropped, long nanoseconds)
    {
        int number = Interface(about, link);
        int total = 20 + (2 * Option(8)) + 4 + 4;
        Span<byte> header = Reserve(20);
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapngBlock.Statistics);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], total);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)((ulong)nanoseconds >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)nanoseconds);
        Span<byte> count = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, received);
        Write(PcapngBlock.StatisticsReceived, count);
        BinaryPrimitives.WriteInt64LittleEndian(count, dropped);
        Write(PcapngBlock.StatisticsDropped, count);
        End(options: true, total);
    }

    private protected override void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        byte[] application = Encoding.UTF8.GetBytes(PcapngBlock.Soket);
        int total = 24 + Option(application.Length) + 4 + 4;
        Span<byte> header = Reserve(24);
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapngBlock.Section);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], total);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], PcapngBlock.ByteOrder);
        BinaryPrimitives.WriteUInt16LittleEndian(header[12..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header[14..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], -1); // how long the section is: not known while it is written
        Write(PcapngBlock.SectionApplication, application);
        End(options: true, total);
    }

    // What comes of Soket's own making is told by its comment, and only in files that say they are Soket's.
    private static byte[]? Comment(in CapturedPacket packet)
    {
        string? text = packet.Comment;
        if (packet.Inferred && (text is null || !text.StartsWith(PcapngBlock.Inferred, StringComparison.Ordinal)))
            text = PcapngBlock.Inferred + text;
        return text is null ? null : Text(text);
    }

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= LongestText)
            return bytes;
        int end = LongestText;
        while ((bytes[end] & 0xC0) == 0x80) // not in the middle of a character
            end--;
        return bytes[..end];
    }

    private int Interface(int number, LinkType link)
    {
        Begin();
        if (_written.TryGetValue((number, link), out int known))
            return known;
        CaptureInterface? told = number >= 0 && number < _interfaces.Count && _interfaces[number].Link == link ? _interfaces[number] : null;
        byte[]? name = told?.Name is { } text ? Text(text) : null, description = told?.Description is { } words ? Text(words) : null;
        int total = 16 + (name is null ? 0 : Option(name.Length)) + (description is null ? 0 : Option(description.Length)) + Option(1) + 4 + 4;
        Span<byte> header = Reserve(16);
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapngBlock.Interface);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], total);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], (ushort)link);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], told?.SnapLength ?? 0);
        if (name is not null)
            Write(PcapngBlock.InterfaceName, name);
        if (description is not null)
            Write(PcapngBlock.InterfaceDescription, description);
        Write(PcapngBlock.InterfaceResolution, [9]);
        End(options: true, total);
        _written.Add((number, link), _written.Count);
        return _written.Count - 1;
    }

    private void Write(ushort code, ReadOnlySpan<byte> value)
    {
        Span<byte> header = Reserve(4);
        BinaryPrimitives.WriteUInt16LittleEndian(header, code);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)value.Length);
        Append(value, padded: true);
    }

    private void End(bool options, int total)
    {
        if (options)
            Reserve(4).Clear(); // opt_endofopt
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), total);
    }

    private static int Option(int length) => 4 + Padded(length);

    private static int Padded(int length) => (length + 3) & ~3;
}
