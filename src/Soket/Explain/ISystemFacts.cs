using System.Net;

namespace Soket.Explain;

/// <summary>A process as far as it could be told: its number always, the rest when permission allows.</summary>
/// <param name="Id">The process id.</param>
/// <param name="Command">Its command line or program name, control characters removed; null when it may not be read.</param>
/// <param name="User">The user it runs as; null when unknown.</param>
public sealed record ProcessFact(int Id, string? Command, string? User);

/// <summary>A socket of this machine that is bound to a port or a path.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>unix</c>.</param>
/// <param name="Local">Where it is bound.</param>
/// <param name="State">The state as the system names it: <c>LISTEN</c>, <c>TIME_WAIT</c> ...</param>
/// <param name="Holder">The process that holds it; null when none does (TIME_WAIT) or permission is lacking.</param>
public sealed record SocketFact(string Protocol, EndPoint Local, string State, ProcessFact? Holder);

/// <summary>
/// What an explanation may look at before it speaks. Supplied from above, since only a platform knows; looking is bounded in time and
/// sends nothing to anybody.
/// </summary>
public interface ISystemFacts
{
    /// <summary>The sockets of this machine bound to a local port.</summary>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    /// <param name="port">The port.</param>
    /// <returns>The sockets; null when this platform cannot tell (an empty list says that there are none).</returns>
    IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port);

    /// <summary>The sockets of this machine bound to a Unix path (<c>@name</c> for an abstract one); null when it cannot be told.</summary>
    IReadOnlyList<SocketFact>? SocketsOnPath(string path);

    /// <summary>The first port a user without privilege may bind; null when this platform has no such rule or it cannot be told.</summary>
    int? FirstUnprivilegedPort { get; }
}

/// <summary>For a platform about which nothing can be told.</summary>
public sealed class NoSystemFacts : ISystemFacts
{
    /// <inheritdoc/>
    public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => null;

    /// <inheritdoc/>
    public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => null;

    /// <inheritdoc/>
    public int? FirstUnprivilegedPort => null;
}
