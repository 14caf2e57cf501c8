using System.Buffers.Binary;

namespace Soket.Protocols.Tls;

/// <summary>The five bytes before what a TLS record carries (RFC 8446 5.1).</summary>
/// <param name="Type">What it carries.</param>
/// <param name="Version">A version, of little meaning: TLS 1.3 writes that of 1.2.</param>
/// <param name="Length">How many bytes follow.</param>
public readonly record struct TlsRecordHeader(TlsContentType Type, TlsVersion Version, int Length)
{
    /// <summary>Its length, bytes.</summary>
    public const int Size = 5;

    /// <summary>The most bytes a record carries: what TLS 1.2 allows encryption to add included (RFC 5246 6.2.3).</summary>
    public const int MaxLength = (1 << 14) + 2048;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">A record from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <returns>Whether it is one: a type and a length that there are, and a version from SSL 3.0 to TLS 1.3.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TlsRecordHeader header)
    {
        header = default;
        if (bytes.Length < Size)
            return false;
        header = new((TlsContentType)bytes[0], new(BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])), BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]));
        return header.Type is >= TlsContentType.ChangeCipherSpec and <= TlsContentType.Heartbeat && header.Version.IsKnown && header.Length <= MaxLength;
    }
}
