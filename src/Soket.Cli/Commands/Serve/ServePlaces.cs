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
        List<SocketUri> endpoints = [.. places.Select(values.Endpoint)];
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

            return endpoints;
        }

        int port = values.Number(Port, 8080, 0, 65_535);
        string host = values.Text(Host) ?? "localhost";
        return [values.Endpoint(host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"tcp://[{host}]:{port}" : $"tcp://{host}:{port}")];
    }

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
