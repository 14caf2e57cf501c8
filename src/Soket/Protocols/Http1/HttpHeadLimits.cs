namespace Soket.Protocols.Http1;

/// <summary>How large a head may be.</summary>
/// <param name="MaxBytes">The most bytes, the empty line included.</param>
/// <param name="MaxFields">The most fields.</param>
public readonly record struct HttpHeadLimits(int MaxBytes, int MaxFields)
{
    /// <summary>16 KiB and 100 fields: as much as the common servers take.</summary>
    public static HttpHeadLimits Default { get; } = new(16 * 1024, 100);
}

/// <summary>How reading a head ended.</summary>
public enum HttpHeadResult
{
    /// <summary>It is not complete yet.</summary>
    NeedMore,

    /// <summary>It is there.</summary>
    Head,

    /// <summary>It is wrong.</summary>
    Invalid,
}
