using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The data of a type that is not read here: bytes, and written so (RFC 3597).</summary>
/// <param name="OfType">The type.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record UnknownData(DnsType OfType, DnsBytes Bytes) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => OfType;

    internal static DnsData Read(DnsType type, ref DnsCursor cursor) => new UnknownData(type, cursor.Rest("data"));

    internal override void Write(DnsWriter writer) => writer.Bytes(Bytes.Span);

    internal override string Present() => Bytes.Length == 0 ? "\\# 0" : string.Create(CultureInfo.InvariantCulture, $"\\# {Bytes.Length} {Bytes}");
}
