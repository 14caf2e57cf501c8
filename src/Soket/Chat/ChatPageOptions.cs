namespace Soket.Chat;

/// <summary>How a chat's page is served.</summary>
public sealed record ChatPageOptions
{
    /// <summary>
    /// Names that a browser may call this server by, beside addresses, localhost and the endpoint's own. Another site can have its name lead to this machine (DNS
    /// rebinding); a page that was asked for under such a name is refused.
    /// </summary>
    public IReadOnlyCollection<string> Hosts { get; init; } = [];
}
