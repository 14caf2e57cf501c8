namespace Soket.Endpoints;

/// <summary>Why a text is not an endpoint: what is wrong, as a stable key, and a right one to show.</summary>
/// <param name="Key">The kind of mistake: <c>port-range</c>, <c>scheme-unknown</c> ... also the key of its text in both languages.</param>
/// <param name="Part">The part of the text that is wrong.</param>
/// <param name="Example">A right endpoint, as near to what was meant as can be told.</param>
public sealed record SocketUriError(string Key, string Part, string Example)
{
    /// <summary>Every key there is.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "empty", "control-character", "scheme-unknown", "scheme-separator", "host-missing", "host-invalid", "port-missing", "port-invalid",
        "port-range", "ipv6-brackets", "ipv6-invalid", "path-missing", "path-unexpected", "path-too-long", "user-info",
    ];
}
