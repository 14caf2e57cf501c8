using System.Net;

namespace Soket.Explain.Internal;

/// <summary>
/// Facts that never fail: looking around must not replace the failure being explained by one of its own (no descriptor left to open a table
/// with, a table this system does not have). What cannot be looked at is unknown.
/// </summary>
internal sealed class GuardedFacts(ISystemFacts inner) : ISystemFacts
{
    public int? FirstUnprivilegedPort => Try(inner, static facts => facts.FirstUnprivilegedPort);

    public IReadOnlyList<IPAddress>? OwnAddresses => Try(inner, static facts => facts.OwnAddresses);

    public IReadOnlyList<string>? CongestionControls => Try(inner, static facts => facts.CongestionControls);

    public IReadOnlyList<string>? Interfaces => Try(inner, static facts => facts.Interfaces);

    public long? OpenFileLimit => Try(inner, static facts => facts.OpenFileLimit);

    public IReadOnlyList<IPAddress>? NameServers => Try(inner, static facts => facts.NameServers);

    public IReadOnlyList<string>? LocalNames => Try(inner, static facts => facts.LocalNames);

    public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => Try(inner, facts => facts.SocketsOnPort(protocol, port));

    public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => Try(inner, facts => facts.SocketsOnPath(path));

    public IReadOnlyList<SocketFact>? Listeners(string protocol) => Try(inner, facts => facts.Listeners(protocol));

    public bool? IsFree(string protocol, IPEndPoint address) => address.Port is < 1 or > 65535 ? null : Try(inner, facts => facts.IsFree(protocol, address));

    public RouteFact? RouteTo(IPAddress address) => Try(inner, facts => facts.RouteTo(address));

    public PathFact? PathAt(string path, bool bind) => Try(inner, facts => facts.PathAt(path, bind));

    public bool? IsSocketHeld(string path) => Try(inner, facts => facts.IsSocketHeld(path));

    private static T? Try<T>(ISystemFacts facts, Func<ISystemFacts, T?> look)
    {
        try
        {
            return look(facts);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return default;
        }
    }
}
