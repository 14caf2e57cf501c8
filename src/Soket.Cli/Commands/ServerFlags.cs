using System.Net;
using System.Net.Sockets;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Events;
using Soket.Hosting;

namespace Soket.Cli.Commands;

/// <summary>The flags of a verb that takes connections of its own, and what they mean; and how a server's notices are told.</summary>
internal static class ServerFlags
{
    public static Flag MaxConnections { get; } = new("--max-connections", FlagKind.Value, "flags.limits", "N") { TextKey = "server.flag.max-connections" };

    public static Flag Allow { get; } = new("--allow", FlagKind.Many, "flags.limits", "CIDR") { TextKey = "serve.flag.allow" };

    public static Flag Deny { get; } = new("--deny", FlagKind.Many, "flags.limits", "CIDR") { TextKey = "serve.flag.deny" };

    public static ServerLimits ReadLimits(VerbValues values, CliIo io, int connections) => new()
    {
        MaxConnections = values.Number(MaxConnections, connections, 1, 1_000_000),
        Allow = ReadNetworks(values, Allow, io),
        Deny = ReadNetworks(values, Deny, io),
    };

    /// <summary>What a server has to say that is no failure.</summary>
    public static void Tell(ServerNotice notice, CliIo io, Screen screen, JsonLinesObserver? json, bool quiet)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", notice.Key);
                writer.WriteString("endpoint", notice.Endpoint.ToString());
                if (notice.Failure is { } failure)
                    writer.WriteString("errno", failure.Error.Name);
            });
        }
        else if (!quiet || notice.Key != "family-missing")
        {
            screen.Line(io.Text("serve.notice." + notice.Key, ("endpoint", notice.Endpoint), ("error", notice.Failure is { } cause ? ErrorText.In(io.Language, cause.Error) : null)));
            if (notice is { Key: "accept-paused", Failure: { } failure })
                screen.Line("  " + FailureView.Explain(failure, io).Remedy);
        }
    }

    private static List<IPNetwork> ReadNetworks(VerbValues values, Flag flag, CliIo io)
    {
        var networks = new List<IPNetwork>();
        foreach (string text in values.Many(flag))
        {
            if (IPNetwork.TryParse(text, out IPNetwork network))
                networks.Add(network);
            else if (IPAddress.TryParse(text, out IPAddress? address))
                networks.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else
                throw io.Wrong("wrong.network", ("flag", flag.Name), ("value", TerminalText.Safe(text)));
        }

        return networks;
    }
}
