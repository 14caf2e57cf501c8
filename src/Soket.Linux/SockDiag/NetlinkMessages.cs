namespace Soket.Linux.SockDiag;

/// <summary>Cuts netlink(7) messages and rtnetlink(3) attributes out of what the kernel sent. Pure; in the machine's byte order, as the kernel writes.</summary>
internal static class NetlinkMessages
{
    /// <summary>struct nlmsghdr.</summary>
    public const int HeaderLength = 16;

    /// <summary>Cuts the next message off.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> rest, out ushort type, out uint sequence, out ReadOnlySpan<byte> body)
    {
        type = 0;
        sequence = 0;
        body = default;
        if (rest.Length < HeaderLength || BitConverter.ToUInt32(rest) is var length && (length < HeaderLength || length > rest.Length))
            return false;
        type = BitConverter.ToUInt16(rest[4..]);
        sequence = BitConverter.ToUInt32(rest[8..]);
        body = rest[HeaderLength..(int)length];
        rest = rest[Math.Min(rest.Length, Align((int)length))..];
        return true;
    }

    /// <summary>Cuts the next attribute off (struct rtattr).</summary>
    public static bool TryNextAttribute(ref ReadOnlySpan<byte> rest, out int type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.Length < 4 || BitConverter.ToUInt16(rest) is var length && (length < 4 || length > rest.Length))
            return false;
        type = BitConverter.ToUInt16(rest[2..]) & 0x3FFF; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
        value = rest[4..length];
        rest = rest[Math.Min(rest.Length, Align(length))..];
        return true;
    }

    private static int Align(int length) => (length + 3) & ~3;
}
