using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Http.Files;
using Soket.Services;

namespace Soket.Cli.Commands.Serve;

/// <summary>The flags of <c>soket serve http</c>: which folder, and by which names.</summary>
internal static class HttpFlags
{
    public const string ServiceName = "http";

    private static readonly Flag Root = new("--root", FlagKind.Value, "flags.http", "FOLDER") { TypedOnly = true };
    private static readonly Flag AllowHost = new("--allow-host", FlagKind.Many, "flags.http", "NAME") { TypedOnly = true };

    public static IReadOnlyList<Flag> All { get; } = [Root, AllowHost];

    /// <summary>The service, where it is the one that was asked for; else null.</summary>
    public static SocketService? Read(VerbValues values, string? service, IEnumerable<string> places, CliIo io)
    {
        if (!ServiceName.Equals(service, StringComparison.OrdinalIgnoreCase))
            return All.FirstOrDefault(values.IsTyped) is { } stray ? throw io.Wrong("serve.wrong.only", ("flag", stray.Name), ("service", ServiceName)) : null;
        string root = values.Text(Root) ?? throw io.Wrong("serve.wrong.no-root");
        if (!Directory.Exists(root))
            throw io.Wrong(File.Exists(root) ? "serve.wrong.root" : "serve.wrong.root-missing", ("path", TerminalText.Safe(root)));
        // The names it is served at are its own.
        var hosts = new List<string>(values.Many(AllowHost));
        foreach (string place in places)
        {
            if (SocketUri.TryParse(place, out SocketUri endpoint, out _) && !endpoint.IsUnix && endpoint.Host != SocketUri.AnyHost)
                hosts.Add(endpoint.Host);
        }

        return HttpFileService.Create(new HttpFiles(root, hosts));
    }

    /// <summary>Refuses endpoints that cannot carry it.</summary>
    public static void Check(IEnumerable<SocketUri> endpoints, CliIo io)
    {
        foreach (SocketUri endpoint in endpoints)
        {
            if (endpoint.IsDatagram || endpoint.IsWebSocket)
                throw io.Wrong("serve.wrong.http-endpoint", ("endpoint", endpoint));
        }
    }
}
