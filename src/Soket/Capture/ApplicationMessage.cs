namespace Soket.Capture;

/// <summary>A message of an application's protocol found in a conversation.</summary>
/// <param name="Protocol">The protocol as people write it: <c>DNS</c>, <c>HTTP</c>, <c>TLS</c>, <c>WebSocket</c>.</param>
/// <param name="Summary">One line of what it says, in the protocol's own words. May carry a peer's bytes as text: not for a terminal as it is.</param>
/// <param name="Length">Its bytes on the wire.</param>
public sealed record ApplicationMessage(string Protocol, string Summary, long Length);
