using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>Which certificate a TLS server has (DANE, RFC 6698).</summary>
/// <param name="Usage">What it vouches for: 3 is this very certificate.</param>
/// <param name="Selector">What of it: 0 all, 1 its public key.</param>
/// <param name="Matching">As what: 0 as it is, 1 SHA-256, 2 SHA-512.</param>
/// <param name="Certificate">The bytes.</param>
public sealed record TlsaData(byte Usage, byte Selector, byte Matching, DnsBytes Certificate) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(52);

    internal static DnsData Read(ref DnsCursor cursor) => new TlsaData(cursor.U8("tlsa.usage"), cursor.U8("tlsa.selector"), cursor.U8("tlsa.matching"), cursor.Rest("tlsa.certificate"));

    internal static DnsData Parse(DnsText text) => new TlsaData(text.U8(), text.U8(), text.U8(), text.HexRest());

    internal override void Write(DnsWriter writer)
    {
        writer.U8(Usage);
        writer.U8(Selector);
        writer.U8(Matching);
        writer.Bytes(Certificate.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Usage} {Selector} {Matching} {Certificate}");
}
