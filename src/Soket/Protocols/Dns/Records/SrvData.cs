using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>Where a service is offered (RFC 2782).</summary>
/// <param name="Priority">The lowest is tried first.</param>
/// <param name="Weight">How often among those of one priority.</param>
/// <param name="Port">Its port.</param>
/// <param name="Target">The host; the root says that the service is not offered.</param>
public sealed record SrvData(ushort Priority, ushort Weight, ushort Port, DnsName Target) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(33);

    internal static DnsData Read(ref DnsCursor cursor) => new SrvData(cursor.U16("srv.priority"), cursor.U16("srv.weight"), cursor.U16("srv.port"), cursor.Name("srv.target"));

    internal static DnsData Parse(DnsText text) => new SrvData(text.U16(), text.U16(), text.U16(), text.Name());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Priority);
        writer.U16(Weight);
        writer.U16(Port);
        writer.WholeName(Target);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Priority} {Weight} {Port} {Target}");
}
