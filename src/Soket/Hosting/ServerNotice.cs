using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Hosting;

/// <summary>Something to know about a server that goes on all the same.</summary>
/// <param name="Key">
/// What, as a stable key: <c>family-missing</c>, <c>accept-paused</c> (out of descriptors or memory: connections wait in the backlog),
/// <c>accept-resumed</c>, <c>service-restarted</c> (a service for datagrams failed).
/// </param>
/// <param name="Endpoint">Where.</param>
/// <param name="Failure">What the system said; null when nothing failed.</param>
public sealed record ServerNotice(string Key, SocketUri Endpoint, SocketFailure? Failure);
