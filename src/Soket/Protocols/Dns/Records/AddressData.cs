using System.Net;
using System.Net.Sockets;

namespace Soket.Protocols.Dns.Records;

/// <summary>An IPv4 address: A (RFC 1035 3.4.1).</summary>
/// <param name="Address">The address.</param>
public sealed record AddressData(IPAddress Address) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.A;

    internal static DnsData Read(ref DnsCursor cursor) => new AddressData(cursor.Address(4, "a.address"));

    internal static DnsData Parse(DnsText text) => new AddressData(text.Address(AddressFamily.InterNetwork));

    internal override void Write(DnsWriter writer) => writer.Address(Address);

    internal override string Present() => Address.ToString();
}
