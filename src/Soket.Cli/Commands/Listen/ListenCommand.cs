using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Listen;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Options;
using Soket.Services;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket listen ENDPOINT</c>: takes a connection, or datagrams, and joins them to stdin and stdout.</summary>
internal sealed class ListenCommand : Verb
{
    private static readonly Positional Endpoint = new("ENDPOINT");
    private static readonly Flag Keep = new("--keep", FlagKind.Switch, "flags.where", Short: "-k");
    private static readonly Flag Broker = new("--broker", FlagKind.Switch, "flags.messages");
    private const SocketOptionRoles Roles = SocketOptionRoles.Listener | SocketOptionRoles.Accepted | SocketOptionRoles.Datagram;
    private static readonly Flag Hex = new("--hex", FlagKind.Switch, "flags.messages", Short: "-x");
    private static readonly Flag Crlf = new("--crlf", FlagKind.Switch, "flags.messages", Short: "-C");
    private static readonly Flag Wait = new("--wait", FlagKind.Value, "flags.limits", "TIME", "-w");
    private static readonly Flag FirstTimeout = new("--timeout", FlagKind.Value, "flags.limits", "TIME", "-t");

    public override string Name => "listen";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoint];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Keep, Broker, Hex, Crlf, FirstTimeout, Wait,
        .. ServerStart.Flags,
        ServerFlags.MaxConnections, ServerFlags.Allow, ServerFlags.Deny,
        .. OptionFlags.For(Roles),
        .. TlsFlags.Server,
        .. WebSocketFlags.Server,
        CommonFlags.Json, CommonFlags.Events, .. TraceFlags.All, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        SocketUri endpoint = values.Endpoint(values.One(Endpoint) ?? throw io.Wrong("listen.wrong.no-endpoint"));
        if (endpoint.IsDatagram && values.IsOn(Broker))
            throw io.Wrong("listen.wrong.broker");
        if (endpoint.IsDatagram && values.IsGiven(Wait))
            throw io.Wrong("listen.wrong.wait");
        bool keeps = values.IsOn(Keep) || values.IsOn(Broker);
        bool json = values.IsOn(CommonFlags.Json);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = values.Count(CommonFlags.Verbose);
        ServerLimits limits = ServerFlags.ReadLimits(values, io, connections: keeps ? 100 : 1) with { IdleTimeout = values.Duration(Wait, TimeSpan.Zero)!.Value };
        TlsServerSettings? tls = TlsFlags.ReadServer(values, io, [endpoint], out bool development);
        TimeSpan? first = values.Duration(FirstTimeout, null);
        TransportChoice carrier = TransportChoice.Read(values, io);

        await using Screen screen = io.CreateScreen(canRewrite: false);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 0 && !json ? io.CreateLog(screen, verbose) : null, jsonEvents: verbose > 0, places: [endpoint]);
        using var output = new ListenOutput(io, screen, sinks.Json, values.IsOn(Hex), quiet);
        var hub = new ListenHub(new ListenOptions { Keeps = keeps, Brokers = values.IsOn(Broker), Crlf = values.IsOn(Crlf), Admits = limits.Admits }, output, io);
        var options = new SocketServerOptions
        {
            Endpoints = [new ServedEndpoint(endpoint, new SocketService { Name = "listen", Stream = hub, Datagrams = hub, CanLoop = false })],
            Limits = limits,
            Tls = tls,
            WebSocket = WebSocketFlags.ReadServer(values, io, [endpoint]),
            Transport = new ManagedTransportOptions { Backlog = ServerStart.ReadBacklog(values), Options = OptionFlags.Read(values, Roles, [endpoint], io), Native = Platform.Sockets, Events = sinks.Events, Streams = carrier.Streams },
        };

        Explainer.Preload();
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked, sinks.Json?.Broken ?? default);
        SocketServer server = await ServerStart.RunAsync(options, notice => ServerFlags.Tell(notice, io, screen, sinks.Json, quiet), values, io, screen, cancellationToken).ConfigureAwait(false);
        int exitCode;
        await using (server)
        {
            sinks.Trace?.Watch(server.Endpoints.Select(bound => bound.Actual));
            TellReady(server, io, screen, sinks, quiet, development ? tls : null, carrier);
            if (!json && !quiet && verbose > 1)
                carrier.Tell(io, screen, [endpoint]);
            Task stdin = hub.SendStdinAsync(stop.Token);
            try
            {
                exitCode = await RunAsync(hub, stdin, first, io, screen, sinks, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                exitCode = sinks.Json is { Broken.IsCancellationRequested: true } ? ExitCodes.BrokenOutput : ExitCodes.Done;
            }
            catch (Exception e) when (SocketFailure.Find(e) is { } failure)
            {
                await screen.FlushAsync().ConfigureAwait(false);
                exitCode = await FailureView.TellAsync(failure, io, json, sinks.Json).ConfigureAwait(false);
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await stdin.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await server.DrainAsync(TimeSpan.FromSeconds(2), signals.Insisted).ConfigureAwait(false);
            }
        }

        return await sinks.FinishAsync(exitCode).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(ListenHub hub, Task stdin, TimeSpan? first, CliIo io, Screen screen, EventSinks sinks, CancellationToken cancellationToken)
    {
        if (first is { } limit)
        {
            try
            {
                await hub.Someone.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                string text = io.Text("listen.nobody", ("time", Units.Format(limit)));
                if (sinks.Json is { } json)
                {
                    await json.WriteAsync(writer =>
                    {
                        writer.WriteString("type", "error");
                        writer.WriteString("code", "nobody-came");
                        writer.WriteString("message", text);
                        writer.WriteNumber("exit", ExitCodes.TimedOut);
                    }).ConfigureAwait(false);
                }
                else
                {
                    screen.Line("soket: " + text);
                }

                return ExitCodes.TimedOut;
            }
        }

        // Stdin that fails (a datagram too long, a closed descriptor) ends the command; its end does not.
        Task ended = hub.Ended.WaitAsync(cancellationToken);
        if (await Task.WhenAny(ended, stdin).ConfigureAwait(false) == stdin)
            await stdin.ConfigureAwait(false);
        await ended.ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static void TellReady(SocketServer server, CliIo io, Screen screen, EventSinks sinks, bool quiet, TlsServerSettings? development, TransportChoice carrier)
    {
        string? fingerprint = development is null ? null : DevelopmentCertificate.Fingerprint(development.Certificate);
        if (sinks.Json is { } json)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "ready");
                writer.WriteStartArray("endpoints");
                foreach (BoundEndpoint endpoint in server.Endpoints)
                    writer.WriteStringValue(endpoint.Actual.ToString());
                writer.WriteEndArray();
                if (fingerprint is not null)
                    writer.WriteString("fingerprint", fingerprint);
                carrier.Write(writer, server.Endpoints.Select(endpoint => endpoint.Actual));
                writer.WriteNumber("pid", Environment.ProcessId);
            });
            sinks.Release();
            return;
        }

        if (quiet)
            return;
        foreach (BoundEndpoint endpoint in server.Endpoints)
            screen.Line(io.Text("listen.ready", ("endpoint", endpoint.Actual)));
        if (fingerprint is not null)
            screen.Line(io.Text("serve.fingerprint", ("fingerprint", fingerprint), ("endpoint", server.Endpoints[0].Actual)));
    }
}
