namespace Soket.Protocols.Dns.Records;

/// <summary>The name of an address (RFC 1035 3.3.12).</summary>
/// <param name="Target">The name.</param>
public sealed record PtrData(DnsName Target) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Ptr;

    internal static DnsData Read(ref DnsCursor cursor) => new PtrData(cursor.Name("ptr.name"));

    internal static DnsData Parse(DnsText text) => new PtrData(text.Name());

    internal override void Write(DnsWriter writer) => writer.Name(Target);

    internal override string Present() => Target.ToString();
}
