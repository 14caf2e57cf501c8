using Soket.Protocols.Dns;

namespace Soket.Dns.Zones;

/// <summary>Why records make no zone.</summary>
/// <param name="Key">
/// What, as a stable key: <c>no-soa</c>, <c>several-soa</c>, <c>outside</c> the zone, <c>class</c> other than IN, <c>meta</c> types that stand in no zone,
/// <c>cname-alone</c> (RFC 2181 10.1).
/// </param>
/// <param name="Name">Whose record it is about.</param>
public sealed record DnsZoneError(string Key, DnsName Name);
