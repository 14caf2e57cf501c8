namespace Soket.Protocols.Dns.Records;

/// <summary>The name this one stands for (RFC 1035 3.3.1).</summary>
/// <param name="Target">The name.</param>
public sealed record CnameData(DnsName Target) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Cname;

    internal static DnsData Read(ref DnsCursor cursor) => new CnameData(cursor.Name("cname.target"));

    internal static DnsData Parse(DnsText text) => new CnameData(text.Name());

    internal override void Write(DnsWriter writer) => writer.Name(Target);

    internal override string Present() => Target.ToString();
}
