namespace Soket.Protocols.Dns.Records;

/// <summary>A name server of the zone (RFC 1035 3.3.11).</summary>
/// <param name="Target">The name.</param>
public sealed record NsData(DnsName Target) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Ns;

    internal static DnsData Read(ref DnsCursor cursor) => new NsData(cursor.Name("ns.host"));

    internal static DnsData Parse(DnsText text) => new NsData(text.Name());

    internal override void Write(DnsWriter writer) => writer.Name(Target);

    internal override string Present() => Target.ToString();
}
