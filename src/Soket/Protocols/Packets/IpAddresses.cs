using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

// Headers keep addresses as numbers: a number needs no memory of its own, and a capture has millions of them.
internal static class IpAddresses
{
    public static IPAddress From(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        WriteUInt32BigEndian(bytes, value);
        return new(bytes);
    }

    public static IPAddress From(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteUInt128BigEndian(bytes, value);
        return new(bytes);
    }
}
