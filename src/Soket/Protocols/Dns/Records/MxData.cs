using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>Where mail for the name goes (RFC 1035 3.3.9).</summary>
/// <param name="Preference">The lowest is tried first.</param>
/// <param name="Exchange">The host; the root says that there is no mail (RFC 7505).</param>
public sealed record MxData(ushort Preference, DnsName Exchange) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Mx;

    internal static DnsData Read(ref DnsCursor cursor) => new MxData(cursor.U16("mx.preference"), cursor.Name("mx.exchange"));

    internal static DnsData Parse(DnsText text) => new MxData(text.U16(), text.Name());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Preference);
        writer.Name(Exchange);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Preference} {Exchange}");
}
