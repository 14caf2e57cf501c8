using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>How a server says the question went: four bits of the header, twelve with EDNS (RFC 6895 2.3).</summary>
/// <param name="Code">The number.</param>
public readonly record struct DnsRcode(ushort Code)
{
    private static readonly string?[] Names =
        ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", null, null, null, null, null, "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE"];

    /// <summary>No error.</summary>
    public static DnsRcode NoError { get; } = new(0);

    /// <summary>The server could not make sense of the query.</summary>
    public static DnsRcode FormErr { get; } = new(1);

    /// <summary>The server failed.</summary>
    public static DnsRcode ServFail { get; } = new(2);

    /// <summary>The name does not exist.</summary>
    public static DnsRcode NxDomain { get; } = new(3);

    /// <summary>The server does not do this.</summary>
    public static DnsRcode NotImp { get; } = new(4);

    /// <summary>The server does not want to.</summary>
    public static DnsRcode Refused { get; } = new(5);

    /// <summary>The server does not know the EDNS version.</summary>
    public static DnsRcode BadVers { get; } = new(16);

    /// <summary>Its name; <c>RCODE11</c> where it has none.</summary>
    public override string ToString() => Code < Names.Length && Names[Code] is { } name ? name : string.Create(CultureInfo.InvariantCulture, $"RCODE{Code}");
}
