using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The signature of the records of one type of a name (RFC 4034 3).</summary>
/// <param name="Covered">That type.</param>
/// <param name="Algorithm">The key's algorithm.</param>
/// <param name="Labels">How many labels the name had when it was signed.</param>
/// <param name="OriginalTtl">Their time to live then, seconds.</param>
/// <param name="Expiration">Until when it holds, seconds since 1970.</param>
/// <param name="Inception">From when.</param>
/// <param name="KeyTag">The key's tag.</param>
/// <param name="Signer">The zone whose key it is.</param>
/// <param name="Signature">The signature.</param>
public sealed record RrsigData(DnsType Covered, byte Algorithm, byte Labels, uint OriginalTtl, uint Expiration, uint Inception, ushort KeyTag, DnsName Signer, DnsBytes Signature) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Rrsig;

    internal static DnsData Read(ref DnsCursor cursor) => new RrsigData(
        cursor.Type("rrsig.covered"), cursor.U8("rrsig.algorithm"), cursor.U8("rrsig.labels"), cursor.U32("rrsig.ttl"), cursor.Time("rrsig.expiration"), cursor.Time("rrsig.inception"),
        cursor.U16("rrsig.key-tag"), cursor.Name("rrsig.signer"), cursor.Rest("rrsig.signature"));

    internal static DnsData Parse(DnsText text) =>
        new RrsigData(text.Type(), text.U8(), text.U8(), text.Ttl(), text.Time(), text.Time(), text.U16(), text.Name(), text.Base64Rest());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Covered.Code);
        writer.U8(Algorithm);
        writer.U8(Labels);
        writer.U32(OriginalTtl);
        writer.U32(Expiration);
        writer.U32(Inception);
        writer.U16(KeyTag);
        writer.WholeName(Signer);
        writer.Bytes(Signature.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture,
        $"{Covered} {Algorithm} {Labels} {OriginalTtl} {DnsTime.Write(Expiration)} {DnsTime.Write(Inception)} {KeyTag} {Signer} {Convert.ToBase64String(Signature.Span)}");
}
