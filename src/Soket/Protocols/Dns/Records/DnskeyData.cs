using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>A key that signs the zone (RFC 4034 2).</summary>
/// <param name="Bits">256 for a zone's key, 257 for one that signs keys.</param>
/// <param name="Protocol">Always 3.</param>
/// <param name="Algorithm">The algorithm: 13 is ECDSA P-256 with SHA-256.</param>
/// <param name="Key">The public key.</param>
public sealed record DnskeyData(ushort Bits, byte Protocol, byte Algorithm, DnsBytes Key) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(48);

    internal static DnsData Read(ref DnsCursor cursor) => new DnskeyData(cursor.U16("dnskey.flags"), cursor.U8("dnskey.protocol"), cursor.U8("dnskey.algorithm"), cursor.Rest("dnskey.key"));

    internal static DnsData Parse(DnsText text) => new DnskeyData(text.U16(), text.U8(), text.U8(), text.Base64Rest());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Bits);
        writer.U8(Protocol);
        writer.U8(Algorithm);
        writer.Bytes(Key.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Bits} {Protocol} {Algorithm} {Convert.ToBase64String(Key.Span)}");
}
