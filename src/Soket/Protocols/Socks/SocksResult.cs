namespace Soket.Protocols.Socks;

/// <summary>How reading a reply ended.</summary>
public enum SocksResult
{
    /// <summary>It is not complete yet.</summary>
    NeedMore,

    /// <summary>It is there.</summary>
    Reply,

    /// <summary>It is none: the version, or the kind of an address, is not SOCKS's.</summary>
    Invalid,
}
