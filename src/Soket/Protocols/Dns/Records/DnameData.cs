namespace Soket.Protocols.Dns.Records;

/// <summary>The name all below this one stand under (RFC 6672).</summary>
/// <param name="Target">The name.</param>
public sealed record DnameData(DnsName Target) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Dname;

    internal static DnsData Read(ref DnsCursor cursor) => new DnameData(cursor.Name("dname.target"));

    internal static DnsData Parse(DnsText text) => new DnameData(text.Name());

    internal override void Write(DnsWriter writer) => writer.WholeName(Target);

    internal override string Present() => Target.ToString();
}
