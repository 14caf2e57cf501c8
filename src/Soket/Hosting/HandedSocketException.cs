namespace Soket.Hosting;

/// <summary>What this process was handed cannot be served.</summary>
/// <param name="key">
/// Why, as a stable key: <c>none</c> (no <c>LISTEN_FDS</c>), <c>other-process</c> (meant for another one), <c>count</c>, <c>not-a-socket</c>, <c>kind</c>,
/// <c>connected</c> (an accepted connection, systemd's <c>Accept=yes</c>).
/// </param>
/// <param name="descriptor">Which one; 0 when none is at fault.</param>
/// <param name="detail">What was found.</param>
/// <param name="inner">What the system said.</param>
public sealed class HandedSocketException(string key, int descriptor, string detail, Exception? inner = null)
    : IOException($"{key}: descriptor {descriptor}: {detail}", inner)
{
    /// <summary>Why, as a stable key.</summary>
    public string Key => key;

    /// <summary>Which descriptor; 0 when none is at fault.</summary>
    public int Descriptor => descriptor;

    /// <summary>What was found.</summary>
    public string Detail => detail;
}
