using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Serve;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Hosting;

namespace Soket.Cli.Commands;

/// <summary>How a verb that takes connections gets its server to listen.</summary>
internal static class ServerStart
{
    private static readonly Flag Backlog = new("--backlog", FlagKind.Value, "flags.where", "N") { TextKey = "serve.flag.backlog" };
    private static readonly Flag RemoveStale = new("--remove-stale", FlagKind.Switch, "flags.where") { TextKey = "serve.flag.remove-stale" };

    public static IReadOnlyList<Flag> Flags { get; } = [Backlog, RemoveStale, TransportChoice.Flag];

    /// <summary>How many connections may wait to be accepted.</summary>
    public static int ReadBacklog(VerbValues values) => values.Number(Backlog, 512, 1, 65_535);

    /// <summary>Starts a server. One that was killed leaves the files of its Unix sockets behind, which keep the next one out: they are removed where that is agreed to.</summary>
    public static async Task<SocketServer> RunAsync(SocketServerOptions options, Action<ServerNotice> notice, VerbValues values, CliIo io, Screen screen, CancellationToken cancellationToken, bool keysFollow = false)
    {
        for (int removed = 0; ; removed++)
        {
            try
            {
                return await SocketServer.StartAsync(options, notice, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (SocketFailure failure) when (removed < options.Endpoints.Count && failure is { Call: SocketCall.Bind, Error.Name: "EADDRINUSE", Context.Local: System.Net.Sockets.UnixDomainSocketEndPoint })
            {
                string path = failure.Context.Local!.ToString()!;
                var leftover = new LeftoverSocket(path);
                Explanation explanation = await FailureView.ExplainAsync(failure, io).ConfigureAwait(false);
                if (explanation.Situation != "unix-leftover" || !(values.IsOn(RemoveStale) || await AgreesAsync(explanation, path, io, screen, keysFollow, cancellationToken).ConfigureAwait(false)))
                    throw;
                if (!leftover.TryRemove())
                    throw;
                screen.Line(io.Text("serve.removed", ("path", TerminalText.Safe(path))));
            }
        }
    }

    private static async Task<bool> AgreesAsync(Explanation explanation, string path, CliIo io, Screen screen, bool keysFollow, CancellationToken cancellationToken)
    {
        if (!io.InIsTerminal || !io.ErrorIsTerminal)
            return false;
        screen.Line(TerminalText.Safe(explanation.Cause));
        await screen.FlushAsync().ConfigureAwait(false);
        await io.Error.WriteAsync(io.Text("serve.remove", ("path", TerminalText.Safe(path))) + " ").ConfigureAwait(false);
        return (await TypedAnswer.ReadAsync(io, keysFollow, cancellationToken).ConfigureAwait(false))?.Trim() is ['y' or 'Y', ..];
    }
}
