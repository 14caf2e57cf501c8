namespace Soket.Protocols.Dns;

/// <summary>A name where it stands in a message, its compression pointers followed as it is read; nothing is allocated.</summary>
public readonly ref struct DnsNameView
{
    // A name has at most 127 labels, and a pointer that is not followed by a label leads nowhere.
    private const int MostPointers = 127;
    private readonly ReadOnlySpan<byte> _message;

    internal DnsNameView(ReadOnlySpan<byte> message, int offset)
    {
        _message = message;
        Offset = offset;
    }

    /// <summary>Where it begins in the message.</summary>
    public int Offset { get; }

    /// <summary>Checks the name at a place, and says where it ends there.</summary>
    /// <param name="message">The message from its first byte.</param>
    /// <param name="offset">Where the name begins.</param>
    /// <param name="end">Behind its last byte there: a pointer ends it.</param>
    /// <param name="name">The name.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, int offset, out int end, out DnsNameView name, out DnsError error)
    {
        name = new(message, offset);
        end = -1;
        int at = offset, segment = offset, length = 1, pointers = 0;
        while (true)
        {
            if (at >= message.Length)
                return Wrong(DnsFault.Truncated, at, out error);
            byte first = message[at];
            switch (first >> 6)
            {
                case 0 when first == 0:
                    if (end < 0)
                        end = at + 1;
                    error = default;
                    return true;
                case 0:
                    if (first >= message.Length - at)
                        return Wrong(DnsFault.Truncated, at, out error);
                    length += 1 + first;
                    if (length > DnsName.MaxLength)
                        return Wrong(DnsFault.NameTooLong, at, out error);
                    at += 1 + first;
                    break;
                case 3:
                    if (at + 1 >= message.Length)
                        return Wrong(DnsFault.Truncated, at, out error);
                    int target = (first & 0x3F) << 8 | message[at + 1];
                    if (end < 0)
                        end = at + 2;
                    // Each pointer leads before the piece it ends, so that the way through a name is one way down.
                    if (target < DnsHeader.Length || target > at)
                        return Wrong(DnsFault.PointerForward, at, out error);
                    if (target >= segment)
                        return Wrong(DnsFault.PointerLoop, at, out error);
                    if (++pointers > MostPointers)
                        return Wrong(DnsFault.TooManyPointers, at, out error);
                    at = segment = target;
                    break;
                default:
                    return Wrong(DnsFault.LabelKind, at, out error);
            }
        }

        static bool Wrong(DnsFault fault, int place, out DnsError error)
        {
            error = new(fault, place);
            return false;
        }
    }

    /// <summary>Whether it is a name, in any case of its letters (RFC 4343).</summary>
    /// <param name="name">The name.</param>
    public bool Is(DnsName name)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        int length = CopyTo(wire);
        return DnsName.Same(wire[..length], name.Wire);
    }

    /// <summary>Writes it without compression.</summary>
    /// <param name="wire">Room for 255 bytes.</param>
    /// <returns>How many bytes it has.</returns>
    public int CopyTo(Span<byte> wire)
    {
        int at = Offset, length = 0;
        while (true)
        {
            byte first = _message[at];
            if (first >> 6 == 3)
            {
                at = (first & 0x3F) << 8 | _message[at + 1];
                continue;
            }

            _message.Slice(at, 1 + first).CopyTo(wire[length..]);
            length += 1 + first;
            at += 1 + first;
            if (first == 0)
                return length;
        }
    }

    /// <summary>The name on its own.</summary>
    public DnsName ToName()
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        return DnsName.FromWire(wire[..CopyTo(wire)]);
    }
}
