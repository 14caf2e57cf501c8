using System.Net;
using Soket.Endpoints;

namespace Soket.Explain.Internal;

/// <summary>What a server on this machine says in its command line that it serves: <c>soket serve echo ws://localhost:8080/chat</c>.</summary>
internal static class Served
{
    /// <summary>This client's endpoint with the scheme and path of the one that listens there; null where the command line does not tell, or tells what was spoken.</summary>
    public static string? Otherwise(Inquiry q)
    {
        if (q.IsServer || q.Targets.Count == 0 || !q.IsOwn(q.Targets[0].Address))
            return null;
        IPAddress[] there = [q.Targets[0].Address, IPAddress.Any, IPAddress.IPv6Any];
        return Otherwise(q, q.Machine.SocketsOnPort("tcp", q.Targets[0].Port)?.FirstOrDefault(socket => socket.State == "LISTEN" && socket.Local is IPEndPoint at && there.Contains(at.Address))?.Holder);
    }

    /// <inheritdoc cref="Otherwise(Inquiry)"/>
    /// <param name="q">The failure.</param>
    /// <param name="holder">The server.</param>
    public static string? Otherwise(Inquiry q, ProcessFact? holder)
    {
        if (q.IsServer || holder?.Command is not { } command || !SocketUri.TryParse(q.Endpoint, out SocketUri spoken, out _) || !IsStream(spoken))
            return null;
        SocketUri? other = null;
        foreach (string word in command.Split(' '))
        {
            if (!SocketUri.TryParse(word, out SocketUri served, out _) || !IsStream(served) || (served.Port != spoken.Port && served.Port != 0))
                continue;
            bool isNamed = word.Contains("://", StringComparison.Ordinal); // host:port alone does not tell what is spoken there
            if (IsSame(served, spoken) || (isNamed && other is { } before && !IsSame(served, before)))
                return null;
            if (isNamed)
                other = served;
        }

        return other is { } found ? SocketUri.Create(found.Scheme, spoken.Host, spoken.Port).WithPathOf(found).ToString() : null;
    }

    private static bool IsSame(SocketUri one, SocketUri other) => one.Scheme == other.Scheme && one.Path == other.Path;

    private static bool IsStream(SocketUri uri) => !uri.IsUnix && !uri.IsDatagram;
}
