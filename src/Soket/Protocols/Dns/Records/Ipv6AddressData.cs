using System.Net;
using System.Net.Sockets;

namespace Soket.Protocols.Dns.Records;

/// <summary>An IPv6 address: AAAA (RFC 3596).</summary>
/// <param name="Address">The address.</param>
public sealed record Ipv6AddressData(IPAddress Address) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Aaaa;

    internal static DnsData Read(ref DnsCursor cursor) => new Ipv6AddressData(cursor.Address(16, "aaaa.address"));

    internal static DnsData Parse(DnsText text) => new Ipv6AddressData(text.Address(AddressFamily.InterNetworkV6));

    internal override void Write(DnsWriter writer) => writer.Address(Address);

    internal override string Present() => Address.ToString();
}
