using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Soket.Protocols.WebSocket;

/// <summary>
/// Masks and unmasks a payload, which is the same (RFC 6455 5.3). Masking keeps no secret: it keeps a page from putting bytes of its own choice on
/// the wire, where an old proxy might take them for a request.
/// </summary>
public static class FrameMask
{
    /// <summary>Masks bytes in place.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="key">The key, its first byte the highest.</param>
    /// <param name="offset">Where in the payload they stand.</param>
    public static void Apply(Span<byte> bytes, uint key, long offset = 0)
    {
        uint turned = BitOperations.RotateLeft(key, (int)(offset & 3) * 8);
        uint word = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(turned) : turned;
        Span<Vector<uint>> wide = MemoryMarshal.Cast<byte, Vector<uint>>(bytes);
        var pattern = new Vector<uint>(word);
        for (int i = 0; i < wide.Length; i++)
            wide[i] ^= pattern;
        Span<byte> rest = bytes[(wide.Length * Vector<byte>.Count)..];
        for (int i = 0; i < rest.Length; i++)
            rest[i] ^= (byte)(turned >> (24 - (8 * (i & 3))));
    }
}
