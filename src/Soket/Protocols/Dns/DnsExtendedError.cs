using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>What went wrong, as a server tells it beside the response code (RFC 8914).</summary>
/// <param name="Code">The number.</param>
/// <param name="Text">What it adds, in its own words; empty where it adds nothing.</param>
public readonly record struct DnsExtendedError(ushort Code, string Text)
{
    private static readonly string[] Names =
    [
        "Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired",
        "Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored", "Filtered", "Prohibited",
        "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported", "No Reachable Authority", "Network Error", "Invalid Data",
    ];

    /// <summary>Its name in the registry, else its number.</summary>
    public string Name => Code < Names.Length ? Names[Code] : Code.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name, and the server's words behind it.</summary>
    public override string ToString() => Text.Length == 0 ? Name : $"{Name}: {Text}";
}
