using System.Text;

namespace Soket.Protocols.Dns;

/// <summary>Bytes in a record, compared by what they are.</summary>
/// <param name="bytes">The bytes; not to be changed any more.</param>
public readonly struct DnsBytes(byte[] bytes) : IEquatable<DnsBytes>
{
    private readonly byte[]? _bytes = bytes;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>How many.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>The bytes of a text in UTF-8.</summary>
    /// <param name="text">The text.</param>
    public static DnsBytes Of(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc/>
    public bool Equals(DnsBytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DnsBytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>In hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexString(Span);

    /// <summary>Whether they are the same.</summary>
    public static bool operator ==(DnsBytes left, DnsBytes right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(DnsBytes left, DnsBytes right) => !left.Equals(right);
}
