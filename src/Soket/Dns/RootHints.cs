using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>Where the tree of names begins: the root servers (RFC 8109), as IANA lists them.</summary>
public static class RootHints
{
    private static readonly (char Letter, string IPv4, string IPv6)[] Servers =
    [
        ('a', "198.41.0.4", "2001:503:ba3e::2:30"), ('b', "170.247.170.2", "2801:1b8:10::b"), ('c', "192.33.4.12", "2001:500:2::c"), ('d', "199.7.91.13", "2001:500:2d::d"),
        ('e', "192.203.230.10", "2001:500:a8::e"), ('f', "192.5.5.241", "2001:500:2f::f"), ('g', "192.112.36.4", "2001:500:12::d0d"), ('h', "198.97.190.53", "2001:500:1::53"),
        ('i', "192.36.148.17", "2001:7fe::53"), ('j', "192.58.128.30", "2001:503:c27::2:30"), ('k', "193.0.14.129", "2001:7fd::1"), ('l', "199.7.83.42", "2001:500:9f::42"), ('m', "202.12.27.33", "2001:dc3::35"),
    ];

    /// <summary>The root's name servers and their addresses.</summary>
    public static IReadOnlyList<DnsRecord> Records { get; } = Build();

    private static DnsRecord[] Build()
    {
        string text = string.Concat(Servers.Select(server =>
            $". 3600000 NS {server.Letter}.root-servers.net.\n{server.Letter}.root-servers.net. 3600000 A {server.IPv4}\n{server.Letter}.root-servers.net. 3600000 AAAA {server.IPv6}\n"));
        return ZoneFile.TryParse(text, DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error) ? [.. records] : throw new InvalidOperationException(error.ToString());
    }
}
