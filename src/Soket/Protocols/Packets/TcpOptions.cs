using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>An option of TCP that <see cref="TcpOptions"/> has no property for.</summary>
/// <param name="Kind">Its kind (IANA's TCP option kinds): 19 an MD5 signature, 28 a user timeout, 30 Multipath TCP.</param>
/// <param name="Data">What it says, without its kind and length.</param>
public readonly record struct TcpOption(byte Kind, ReadOnlyMemory<byte> Data);

/// <summary>The options of a TCP header (RFC 9293 3.1, RFC 7323, RFC 2018, RFC 7413). Two are equal when their bytes are.</summary>
public sealed partial class TcpOptions : IEquatable<TcpOptions>
{
    /// <summary>The most bytes they take.</summary>
    public const int MaxLength = 40;

    /// <summary>None at all.</summary>
    public static TcpOptions None { get; } = new([], cut: false);

    /// <summary>The options as they stand in the header, with those that only fill.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The most data a segment to the sender may carry, bytes; said in a SYN.</summary>
    public ushort? MaximumSegmentSize { get; }

    /// <summary>By how many bits the sender's windows are to be shifted left, 0 to 14 (255 in the octet at most); said in a SYN, which itself is not scaled.</summary>
    public byte? WindowScale { get; }

    /// <summary>Whether the sender understands selective acknowledgments; said in a SYN.</summary>
    public bool SackPermitted { get; }

    /// <summary>What arrived beyond the acknowledgment number: from the first byte to the one after the last.</summary>
    public IReadOnlyList<(uint Left, uint Right)> SackBlocks { get; } = [];

    /// <summary>The sender's clock, and the peer's that it saw last.</summary>
    public (uint Value, uint Echo)? Timestamp { get; }

    /// <summary>The cookie of TCP Fast Open; empty where one is asked for.</summary>
    public ReadOnlyMemory<byte>? FastOpenCookie { get; }

    /// <summary>Those without a property here, in their order.</summary>
    public IReadOnlyList<TcpOption> Others { get; } = [];

    /// <summary>Whether one of them has a length that it cannot have; what could be read is told all the same.</summary>
    public bool Malformed { get; }

    private TcpOptions(byte[] bytes, bool cut)
    {
        Bytes = bytes;
        List<(uint, uint)>? blocks = null;
        List<TcpOption>? others = null;
        for (int offset = 0; offset < bytes.Length && bytes[offset] != (byte)Kind.End;)
        {
            var kind = (Kind)bytes[offset];
            if (kind == Kind.Nothing)
            {
                offset++;
                continue;
            }

            int length = offset + 1 < bytes.Length ? bytes[offset + 1] : 0;
            if (length < 2 || offset + length > bytes.Length)
            {
                // Where the capture ends, an option may end too.
                Malformed = !cut || (length < 2 && offset + 1 < bytes.Length);
                break;
            }

            ReadOnlyMemory<byte> data = bytes.AsMemory(offset + 2, length - 2);
            ReadOnlySpan<byte> span = data.Span;
            offset += length;
            switch (kind)
            {
                case Kind.MaximumSegmentSize when span.Length == 2:
                    MaximumSegmentSize = ReadUInt16BigEndian(span);
                    break;
                case Kind.WindowScale when span.Length == 1:
                    WindowScale = span[0];
                    break;
                case Kind.SackPermitted when span.Length == 0:
                    SackPermitted = true;
                    break;
                case Kind.Sack when span.Length > 0 && span.Length % 8 == 0:
                    blocks ??= [];
                    for (; !span.IsEmpty; span = span[8..])
                        blocks.Add((ReadUInt32BigEndian(span), ReadUInt32BigEndian(span[4..])));
                    break;
                case Kind.Timestamp when span.Length == 8:
                    Timestamp = (ReadUInt32BigEndian(span), ReadUInt32BigEndian(span[4..]));
                    break;
                case Kind.FastOpen when span.Length is 0 or (>= 4 and <= 16):
                    FastOpenCookie = data;
                    break;
                default:
                    (others ??= []).Add(new((byte)kind, data));
                    Malformed |= kind is Kind.MaximumSegmentSize or Kind.WindowScale or Kind.SackPermitted or Kind.Sack or Kind.Timestamp or Kind.FastOpen;
                    break;
            }
        }

        if (blocks is not null)
            SackBlocks = blocks;
        if (others is not null)
            Others = others;
    }

    /// <summary>Reads them. Never fails: what is wrong with them is in <see cref="Malformed"/>.</summary>
    /// <param name="bytes">From the end of the header's fixed part to the end of the header.</param>
    /// <param name="cut">Whether the capture ended before the header did: then an option that ends in the middle is not malformed, and not told.</param>
    public static TcpOptions Parse(ReadOnlySpan<byte> bytes, bool cut = false) => bytes.IsEmpty ? None : new(bytes.ToArray(), cut);

    /// <inheritdoc/>
    public bool Equals(TcpOptions? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TcpOptions);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    // IANA's TCP option kinds.
    private enum Kind : byte
    {
        End = 0,
        Nothing = 1,
        MaximumSegmentSize = 2,
        WindowScale = 3,
        SackPermitted = 4,
        Sack = 5,
        Timestamp = 8,
        FastOpen = 34,
    }
}
