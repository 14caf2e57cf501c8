using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Soket.Endpoints;

namespace Soket.Probe;

/// <summary>How several ports of a host are written: <c>localhost:8000-8010</c>, <c>tcp://[::1]:22,80,8000-8010</c>. Pure.</summary>
public static class ProbeTargets
{
    private static readonly SearchValues<char> PortCharacters = SearchValues.Create("0123456789,-");

    /// <summary>Reads an endpoint whose port may be a list of ports and ranges.</summary>
    /// <param name="text">The text.</param>
    /// <param name="endpoints">The endpoints in the order they were written, each once.</param>
    /// <param name="error">What is wrong with the endpoint; null when it is the ports that make no sense.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyList<SocketUri>? endpoints, out SocketUriError? error)
    {
        endpoints = null;
        int colon = text.LastIndexOf(':');
        ReadOnlySpan<char> ports = text.AsSpan(colon + 1);
        bool several = colon >= 0 && ports.Length > 0 && ports.IndexOfAny(',', '-') >= 0 && ports.IndexOfAnyExcept(PortCharacters) < 0;
        if (!SocketUri.TryParse(several ? text[..(colon + 1)] + "1" : text, out SocketUri first, out error))
            return false;
        if (!several || first.IsUnix)
        {
            // unix:/run/1-2 is a path that happens to look like ports.
            endpoints = [several ? SocketUri.Parse(text) : first];
            return true;
        }

        var seen = new HashSet<int>();
        var list = new List<SocketUri>();
        foreach (Range part in ports.Split(','))
        {
            if (!TryRange(ports[part], out int from, out int to))
                return false;
            for (int port = from; port <= to; port++)
            {
                if (seen.Add(port))
                    list.Add(first.WithPort(port));
            }
        }

        endpoints = list;
        return true;
    }

    /// <summary>Whether an endpoint is surely on this machine, so that probing it bothers nobody else.</summary>
    public static bool IsLocal(SocketUri endpoint) =>
        endpoint.IsUnix || endpoint.Host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(endpoint.Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool TryRange(ReadOnlySpan<char> text, out int from, out int to)
    {
        int dash = text.IndexOf('-');
        to = 0;
        if (!TryPort(dash < 0 ? text : text[..dash], out from))
            return false;
        if (dash < 0)
            to = from;
        return dash < 0 || (TryPort(text[(dash + 1)..], out to) && to >= from);
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= IPEndPoint.MaxPort;
}
