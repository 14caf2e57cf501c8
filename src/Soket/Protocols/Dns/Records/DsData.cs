using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The digest of the key that signs the zone below (RFC 4034 5).</summary>
/// <param name="KeyTag">The key's tag.</param>
/// <param name="Algorithm">The key's algorithm.</param>
/// <param name="DigestType">How the digest is made: 2 is SHA-256.</param>
/// <param name="Digest">The digest.</param>
public sealed record DsData(ushort KeyTag, byte Algorithm, byte DigestType, DnsBytes Digest) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(43);

    internal static DnsData Read(ref DnsCursor cursor) => new DsData(cursor.U16("ds.key-tag"), cursor.U8("ds.algorithm"), cursor.U8("ds.digest-type"), cursor.Rest("ds.digest"));

    internal static DnsData Parse(DnsText text) => new DsData(text.U16(), text.U8(), text.U8(), text.HexRest());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(KeyTag);
        writer.U8(Algorithm);
        writer.U8(DigestType);
        writer.Bytes(Digest.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{KeyTag} {Algorithm} {DigestType} {Digest}");
}
