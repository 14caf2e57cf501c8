namespace Soket.Protocols.Dns;

/// <summary>An option of EDNS (RFC 6891 6.1.2).</summary>
/// <param name="Code">Its number.</param>
/// <param name="Data">Its data.</param>
public readonly record struct EdnsOption(ushort Code, DnsBytes Data)
{
    /// <summary>The server's name for itself (RFC 5001).</summary>
    public const ushort Nsid = 3;

    /// <summary>Part of the client's address (RFC 7871).</summary>
    public const ushort ClientSubnet = 8;

    /// <summary>A cookie, against forged answers (RFC 7873).</summary>
    public const ushort Cookie = 10;

    /// <summary>How long a connection may stand (RFC 7828).</summary>
    public const ushort Keepalive = 11;

    /// <summary>Nothing, to hide the length (RFC 7830).</summary>
    public const ushort Padding = 12;

    /// <summary>What went wrong, in more words (RFC 8914).</summary>
    public const ushort ExtendedError = 15;

    internal static string FieldName(ushort code) => code switch
    {
        Nsid => "opt.nsid",
        ClientSubnet => "opt.subnet",
        Cookie => "opt.cookie",
        Keepalive => "opt.keepalive",
        Padding => "opt.padding",
        ExtendedError => "opt.extended-error",
        _ => "opt.data",
    };
}
