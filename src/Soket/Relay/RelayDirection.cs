namespace Soket.Relay;

/// <summary>Which way bytes go through a relay.</summary>
public enum RelayDirection
{
    /// <summary>From the client that came to the target that was connected to.</summary>
    ToTarget,

    /// <summary>From the target back to the client.</summary>
    ToClient,
}
