using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>The type of a record, or of a question: the registry's number (RFC 6895 3.1).</summary>
/// <param name="Code">The number.</param>
public readonly record struct DnsType(ushort Code)
{
    // Those whose data is read here and those that only name a question come first; the rest is named and its data is RFC 3597's.
    private static readonly Dictionary<ushort, string> Names = new()
    {
        [1] = "A", [2] = "NS", [5] = "CNAME", [6] = "SOA", [12] = "PTR", [13] = "HINFO", [15] = "MX", [16] = "TXT", [17] = "RP", [18] = "AFSDB", [24] = "SIG", [25] = "KEY",
        [28] = "AAAA", [29] = "LOC", [33] = "SRV", [35] = "NAPTR", [36] = "KX", [37] = "CERT", [39] = "DNAME", [41] = "OPT", [42] = "APL", [43] = "DS", [44] = "SSHFP",
        [45] = "IPSECKEY", [46] = "RRSIG", [47] = "NSEC", [48] = "DNSKEY", [49] = "DHCID", [50] = "NSEC3", [51] = "NSEC3PARAM", [52] = "TLSA", [53] = "SMIMEA", [55] = "HIP",
        [59] = "CDS", [60] = "CDNSKEY", [61] = "OPENPGPKEY", [62] = "CSYNC", [63] = "ZONEMD", [64] = "SVCB", [65] = "HTTPS", [99] = "SPF", [108] = "EUI48", [109] = "EUI64",
        [249] = "TKEY", [250] = "TSIG", [251] = "IXFR", [252] = "AXFR", [255] = "ANY", [256] = "URI", [257] = "CAA",
    };

    private static readonly Dictionary<string, ushort> Codes = Names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>An IPv4 address.</summary>
    public static DnsType A { get; } = new(1);

    /// <summary>A name server.</summary>
    public static DnsType Ns { get; } = new(2);

    /// <summary>Another name for this one.</summary>
    public static DnsType Cname { get; } = new(5);

    /// <summary>The start of a zone.</summary>
    public static DnsType Soa { get; } = new(6);

    /// <summary>A name for an address.</summary>
    public static DnsType Ptr { get; } = new(12);

    /// <summary>Mail.</summary>
    public static DnsType Mx { get; } = new(15);

    /// <summary>Text.</summary>
    public static DnsType Txt { get; } = new(16);

    /// <summary>An IPv6 address.</summary>
    public static DnsType Aaaa { get; } = new(28);

    /// <summary>A whole subtree under another name (RFC 6672).</summary>
    public static DnsType Dname { get; } = new(39);

    /// <summary>EDNS (RFC 6891).</summary>
    public static DnsType Opt { get; } = new(41);

    /// <summary>The digest of a key of the zone below.</summary>
    public static DnsType Ds { get; } = new(43);

    /// <summary>A signature (RFC 4034).</summary>
    public static DnsType Rrsig { get; } = new(46);

    /// <summary>A whole zone, over TCP (RFC 5936).</summary>
    public static DnsType Axfr { get; } = new(252);

    /// <summary>What has changed in a zone (RFC 1995).</summary>
    public static DnsType Ixfr { get; } = new(251);

    /// <summary>Any type there is.</summary>
    public static DnsType Any { get; } = new(255);

    /// <summary>The types with a name of their own, by name.</summary>
    public static IEnumerable<string> KnownNames => Codes.Keys;

    /// <summary>Reads a type: <c>MX</c> in any case, or <c>TYPE65280</c> (RFC 3597 5).</summary>
    /// <param name="text">The text.</param>
    /// <param name="type">The type.</param>
    public static bool TryParse(string text, out DnsType type)
    {
        if (Codes.TryGetValue(text, out ushort code)
            || (text.StartsWith("TYPE", StringComparison.OrdinalIgnoreCase) && ushort.TryParse(text.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out code)))
        {
            type = new(code);
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>Its name; <c>TYPE65280</c> where it has none.</summary>
    public override string ToString() => Names.TryGetValue(Code, out string? name) ? name : string.Create(CultureInfo.InvariantCulture, $"TYPE{Code}");
}
