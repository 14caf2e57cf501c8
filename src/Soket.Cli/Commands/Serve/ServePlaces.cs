using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Hosting;
using Soket.Services;

namespace Soket.Cli.Commands.Serve;

/// <summary>Where a server listens: endpoints that are named, the port and host of the labs, or sockets that a service manager hands over.</summary>
internal static class ServePlaces
{
    private static readonly Flag Port = new("--port", FlagKind.Value, "flags.where", "PORT", "-p");
    private static readonly Flag Host = new("--host", FlagKind.Value, "flags.where", "HOST");
    private static readonly Flag ListenFds = new("--listen-fds", FlagKind.Switch, "flags.where");

    public static IReadOnlyList<Flag> Flags { get; } = [Port, Host, ListenFds];

    /// <summary>Whether nobody has said where.</summary>
    public static bool AreOpen(VerbValues values, IReadOnlyList<string> places) => places.Count == 0 && !values.IsGiven(Port) && !values.IsGiven(Host) && !values.IsOn(ListenFds);

    /// <summary>What is to be served where.</summary>
    /// <param name="values">The flags.</param>
    /// <param name="places">The endpoints that were typed.</param>
    /// <param name="service">What is served.</param>
    /// <param name="io">For what is wrong.</param>
    public static List<ServedEndpoint> Read(VerbValues values, IReadOnlyList<string> places, SocketService service, CliIo io)
    {
        if (!values.IsOn(ListenFds))
            return [.. ReadEndpoints(values, places, service, io).Select(endpoint => new ServedEndpoint(endpoint, service))];
        if (places.Count > 0 || values.IsTyped(Port) || values.IsTyped(Host))
            throw io.Wrong("serve.wrong.listen-fds-and-endpoint");
        try
        {
            return [.. HandedSocket.TakeAll().Select(handed => new ServedEndpoint(handed.Endpoint, service) { Socket = handed.Socket })];
        }
        catch (HandedSocketException e)
        {
            throw io.Wrong("serve.wrong.listen-fds-" + e.Key, ("descriptor", e.Descriptor), ("detail", TerminalText.Safe(e.Detail)), ("pid", Environment.ProcessId));
        }
    }

    private static List<SocketUri> ReadEndpoints(VerbValues values, IReadOnlyList<string> places, SocketService service, CliIo io)
    {
        values.CheckHostAndPort(places, service.Name == "exec" ? "serve --exec COMMAND" : $"serve {service.Name}");
        bool names = service.Name == DnsFlags.ServiceName;
        // A name server that does not answer over TCP cannot give what does not fit a datagram (RFC 7766 5), and one that does not over UDP is not asked.
        List<SocketUri> endpoints = [.. places.SelectMany(place => values.Endpoint(place) is var endpoint && names && IsBare(place, endpoint) ? [SocketUri.Create(SocketScheme.Udp, endpoint.Host, endpoint.Port), endpoint] : new[] { endpoint })];
        string? beside = PageBeside(values, endpoints, service);
        if (endpoints.Count > 0)
        {
            if (values.IsTyped(Port) || values.IsTyped(Host))
                throw io.Wrong("serve.wrong.port-and-endpoint");
            for (int i = 1; i < endpoints.Count; i++)
            {
                int same = endpoints.FindIndex(0, i, before => AreOne(before, endpoints[i]));
                if (same >= 0)
                    throw io.Wrong("serve.wrong.twice", ("first", endpoints[same]), ("second", endpoints[i]));
            }

            return beside is null ? endpoints : [.. endpoints, values.Endpoint(beside)];
        }

        int port = values.Number(Port, names ? DnsFlags.UsualPort : 8080, 0, 65_535);
        string host = values.Text(Host) ?? "localhost";
        string place = Place(host, port);
        if (names)
            return [values.Endpoint("udp://" + place), values.Endpoint("tcp://" + place)];
        return beside is null ? [values.Endpoint("tcp://" + place)] : [values.Endpoint("tcp://" + place), values.Endpoint(beside)];
    }

    /// <summary>Whether a host means this machine alone, whatever a name server says.</summary>
    public static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));

    private static bool IsBare(string place, SocketUri endpoint) => endpoint.Scheme == SocketScheme.Tcp && !place.TrimStart().StartsWith("tcp:", StringComparison.OrdinalIgnoreCase);

    // A page needs a WebSocket; where none was named it is on the port after the first endpoint's.
    private static string? PageBeside(VerbValues values, List<SocketUri> endpoints, SocketService service)
    {
        if (service.Page is null || endpoints.Any(endpoint => endpoint.IsWebSocket))
            return null;
        int port = endpoints.Where(endpoint => !endpoint.IsUnix).Select(endpoint => (int?)endpoint.Port).FirstOrDefault() ?? values.Number(Port, 8080, 0, 65_535);
        string host = values.Text(Host) ?? "localhost";
        return $"{(IsLoopback(host) ? "ws" : "wss")}://{Place(host, port is 0 or 65_535 ? 0 : port + 1)}/";
    }

    private static string Place(string host, int port) => host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]:{port}" : $"{host}:{port}";

    // Whether two endpoints would bind one address; what a name means is not looked up for that.
    private static bool AreOne(SocketUri a, SocketUri b)
    {
        if (a.IsDatagram != b.IsDatagram || a.IsUnix != b.IsUnix)
            return false;
        if (a.IsUnix)
            return a.Path == b.Path;
        return a.Port == b.Port && a.Port != 0 && (a.Host == b.Host || Meant(a).Intersect(Meant(b)).Any());
    }

    private static string[] Meant(SocketUri endpoint) => endpoint.Host switch
    {
        "localhost" => ["127.0.0.1", "::1"],
        SocketUri.AnyHost => ["0.0.0.0", "::"],
        var host => [host],
    };
}
