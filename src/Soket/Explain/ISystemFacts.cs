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
public sealed record SocketFact(string Protocol, EndPoint Local, string State, ProcessFact? Holder)
{
    /// <summary>The peer's address, for a connection; null for a listener, and where the system does not say.</summary>
    public EndPoint? Remote { get; init; }

    /// <summary>Bytes the program has not read yet; for a listener the connections not yet accepted. Null where the system does not say.</summary>
    public long? ReceiveQueue { get; init; }

    /// <summary>Bytes the peer's system has not acknowledged yet. Null where the system does not say.</summary>
    public long? SendQueue { get; init; }
}

/// <summary>What stands at a path.</summary>
public enum PathKind
{
    /// <summary>Something, but this platform does not say what.</summary>
    Unknown,

    /// <summary>Nothing, though the directory is there.</summary>
    Missing,

    /// <summary>Nothing, and the directory is missing as well.</summary>
    DirectoryMissing,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A file, or anything else that is no socket.</summary>
    File,
}

/// <summary>A path as far as it could be told.</summary>
/// <param name="Path">The path.</param>
/// <param name="Kind">What stands there.</param>
/// <param name="Mode">The permissions as ls(1) writes them, <c>srw-rw----</c>; null when they cannot be read.</param>
/// <param name="Owner">The owner's name or number; null when unknown.</param>
/// <param name="Barrier">The first path on the way that this process may not use, the path itself included; null when there is none or it cannot be told.</param>
public sealed record PathFact(string Path, PathKind Kind, string? Mode = null, string? Owner = null, string? Barrier = null);

/// <summary>How this machine would send to an address.</summary>
/// <param name="Source">The local address it would send from; null when there is no way.</param>
/// <param name="Error">What the system says instead: <c>ENETUNREACH</c> ...; null when there is a way.</param>
public sealed record RouteFact(IPAddress? Source, string? Error)
{
    /// <summary>Whether the address lies in a network this machine is attached to, so that no router is in between; null when it cannot be told.</summary>
    public bool? IsOnLink { get; init; }
}

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

    /// <summary>The sockets that wait for connections (<c>tcp</c>) or datagrams (<c>udp</c>) on any port, without their holders; null when it cannot be told.</summary>
    IReadOnlyList<SocketFact>? Listeners(string protocol) => null;

    /// <summary>The addresses of this machine; null when they cannot be told.</summary>
    IReadOnlyList<IPAddress>? OwnAddresses => null;

    /// <summary>Whether an address and port could be bound now, found by binding; null when it cannot be told (a port that needs privilege).</summary>
    bool? IsFree(string protocol, IPEndPoint address) => null;

    /// <summary>How this machine would send to an address. Asks the routing table only; nothing is sent. Null when it cannot be told.</summary>
    RouteFact? RouteTo(IPAddress address) => null;

    /// <summary>How many files and sockets this process may hold open; null when it cannot be told.</summary>
    long? OpenFileLimit => null;

    /// <summary>The kinds of congestion control the kernel has loaded; null when they cannot be told.</summary>
    IReadOnlyList<string>? CongestionControls => null;

    /// <summary>The names of this machine's network interfaces; null when they cannot be told.</summary>
    IReadOnlyList<string>? Interfaces => null;

    /// <summary>What stands at a path; null when it cannot be told.</summary>
    /// <param name="path">The path of a Unix socket.</param>
    /// <param name="bind">Whether it was to be made there (bind) rather than used (connect): the two need other permissions.</param>
    PathFact? PathAt(string path, bool bind) => null;

    /// <summary>
    /// Whether a live socket stands behind the file at a path, under whatever name it was bound and in whatever container. Nothing is sent. Null when it
    /// cannot be told.
    /// </summary>
    bool? IsSocketHeld(string path) => null;

    /// <summary>The name servers this machine asks; null when they cannot be told.</summary>
    IReadOnlyList<IPAddress>? NameServers => null;

    /// <summary>The names this machine knows without asking anybody (its hosts file); null when they cannot be told.</summary>
    IReadOnlyList<string>? LocalNames => null;
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
