namespace Soket.Protocols.Dns.Records;

/// <summary>The next name of a signed zone, and the types this one has: what is not there, proven (RFC 4034 4).</summary>
/// <param name="Next">The next name.</param>
/// <param name="Types">The types.</param>
public sealed record NsecData(DnsName Next, DnsList<DnsType> Types) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(47);

    internal static DnsData Read(ref DnsCursor cursor) => new NsecData(cursor.Name("nsec.next"), TypeBitmap.Read(ref cursor, "nsec.types"));

    internal static DnsData Parse(DnsText text) => new NsecData(text.Name(), TypeBitmap.Parse(text));

    internal override void Write(DnsWriter writer)
    {
        writer.WholeName(Next);
        TypeBitmap.Write(writer, Types);
    }

    internal override string Present() => Next + TypeBitmap.Present(Types);
}
