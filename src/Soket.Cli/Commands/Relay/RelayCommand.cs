using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Relay;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Options;
using Soket.Relay;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket relay LISTEN CONNECT</c>: joins whoever comes to a target, and tells who, how much and, when asked, what.</summary>
internal sealed class RelayCommand : Verb
{
    private static readonly Positional Listen = new("LISTEN");
    private static readonly Positional Target = new("CONNECT");
    private static readonly Flag ConnectTimeout = new("--timeout", FlagKind.Value, "flags.limits", "TIME", "-t");
    private static readonly Flag IdleTimeout = new("--idle-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag Drain = new("--drain", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag Hex = new("--hex", FlagKind.Switch, "flags.output", Short: "-x");

    private const SocketOptionRoles Roles = SocketOptionRoles.Listener | SocketOptionRoles.Accepted | SocketOptionRoles.Client | SocketOptionRoles.Datagram;

    public override string Name => "relay";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Listen, Target];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        .. ServerStart.Flags,
        ServerFlags.MaxConnections, IdleTimeout, ConnectTimeout, ServerFlags.Allow, ServerFlags.Deny, Drain, CommonFlags.MaxMessage,
        .. OptionFlags.For(Roles),
        .. TlsFlags.Server,
        .. WebSocketFlags.Server,
        .. TlsFlags.Onward,
        .. WebSocketFlags.Onward,
        Hex, CommonFlags.Json, CommonFlags.Events, .. TraceFlags.All, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        (SocketUri listen, SocketUri target) = ReadEndpoints(values, io);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = Math.Max(values.Count(CommonFlags.Verbose), values.IsOn(Hex) ? 1 : 0);
        TimeSpan drain = values.Duration(Drain, TimeSpan.FromSeconds(10))!.Value;
        TimeSpan timeout = values.Duration(ConnectTimeout, TimeSpan.FromSeconds(10))!.Value;
        TimeSpan idle = values.Duration(IdleTimeout, listen.IsDatagram ? TimeSpan.FromSeconds(60) : TimeSpan.Zero)!.Value;
        ServerLimits limits = ServerFlags.ReadLimits(values, io, connections: listen.IsDatagram ? 256 : 1000) with { IdleTimeout = idle };
        TlsServerSettings? tls = TlsFlags.ReadServer(values, io, [listen], out bool development);
        var client = new SocketClientOptions
        {
            Tls = TlsFlags.ReadClient(values, io, target, timeout, onward: true),
            WebSocket = WebSocketFlags.ReadClient(values, io, target, timeout, onward: true),
            ConnectTimeout = timeout > TimeSpan.Zero ? timeout : null,
        };
        List<SocketOptionSetting> settings = OptionFlags.Read(values, Roles, [listen, target], io);
        TransportChoice carrier = TransportChoice.Read(values, io);

        await using Screen screen = io.CreateScreen(canRewrite: !quiet && !values.IsOn(CommonFlags.Json));
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 1 && !values.IsOn(CommonFlags.Json) ? io.CreateLog(screen, verbose - 1) : null, jsonEvents: verbose > 1, places: [listen, target]);
        await using var log = new RelayLog(target, io, screen, sinks.Json, quiet) { ShowsData = verbose > 0, Hex = values.IsOn(Hex) };
        // Measured: a third less work a byte than with 64 KiB. A connection has room only while bytes move or wait.
        var transport = new ManagedTransportOptions { Backlog = ServerStart.ReadBacklog(values), ReceiveSize = 256 * 1024, Options = settings, Native = Platform.Sockets, Events = sinks.Events, Streams = carrier.Streams };
        var relay = new SocketRelay(new RelayOptions
        {
            Target = target,
            Client = client with { Transport = transport },
            Observer = log,
            Admits = limits.Admits,
            MaxSessions = limits.MaxConnections,
            SessionIdle = idle,
        });
        var options = new SocketServerOptions
        {
            Endpoints = [new ServedEndpoint(listen, relay.Service)],
            Limits = limits,
            Tls = tls,
            WebSocket = WebSocketFlags.ReadServer(values, io, [listen]),
            Transport = transport,
        };

        // What is said when descriptors have run out must be in memory by then.
        Explainer.Preload();
        using var signals = new Signals();
        long started = TimeProvider.System.GetTimestamp();
        SocketServer server = await ServerStart.RunAsync(options, notice => ServerFlags.Tell(notice, io, screen, sinks.Json, quiet), values, io, screen, cancellationToken).ConfigureAwait(false);
        await using (server)
        {
            sinks.Trace?.Watch([.. server.Endpoints.Select(bound => bound.Actual), target]);
            log.Ready(server.Endpoints, development ? DevelopmentCertificate.Fingerprint(tls!.Certificate) : null, carrier);
            if (!values.IsOn(CommonFlags.Json) && !quiet && verbose > 1)
                carrier.Tell(io, screen, [listen, target]);
            sinks.Release();
            await EndedAsync(signals.Asked, sinks.Json?.Broken ?? cancellationToken).ConfigureAwait(false);
            if (sinks.Json is { Broken.IsCancellationRequested: true, Failure: { } failure })
                throw failure; // Nobody reads what happens any more.
            if (server.Totals.Active > 0)
                log.Draining(server.Totals.Active, drain);
            int reset = await server.DrainAsync(drain, signals.Insisted).ConfigureAwait(false);
            await log.ExplainedAsync().ConfigureAwait(false);
            log.Summary(relay.Totals, server.Totals.Refused, reset, TimeProvider.System.GetElapsedTime(started));
        }

        return await sinks.FinishAsync(ExitCodes.Done).ConfigureAwait(false);
    }

    private static async Task EndedAsync(CancellationToken first, CancellationToken second)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(first, second);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static (SocketUri Listen, SocketUri Target) ReadEndpoints(VerbValues values, CliIo io)
    {
        if (values.One(Listen) is not { } from || values.One(Target) is not { } to)
            throw io.Wrong("relay.wrong.endpoints");
        if (from == "-" || to == "-")
            throw io.Wrong("relay.wrong.stdio", ("example", from == "-" ? $"soket connect {TerminalText.Safe(to)}" : $"soket listen {TerminalText.Safe(from)}"));
        SocketUri listen = values.Endpoint(from), target = values.Endpoint(to);
        if (target.Host == SocketUri.AnyHost)
            throw io.Wrong("connect.wrong.any-host", ("example", target.WithHost("localhost")));
        if (!target.IsUnix && target.Port == 0)
            throw io.Wrong("connect.wrong.port-zero", ("example", target.WithPort(8080)));
        if (listen.IsDatagram != target.IsDatagram)
            throw io.Wrong("relay.wrong.kinds", ("listen", listen), ("target", target));
        if (AreOne(listen, target))
            throw io.Wrong("relay.wrong.itself", ("target", target));
        if (values.IsTyped(CommonFlags.MaxMessage) && !listen.IsWebSocket && !target.IsWebSocket)
            throw io.Wrong("relay.wrong.max-message");
        CheckTls(values, io, listen, TlsFlags.Server);
        CheckTls(values, io, target, TlsFlags.Onward);
        return (listen, target);
    }

    private static void CheckTls(VerbValues values, CliIo io, SocketUri endpoint, IReadOnlyList<Flag> flags)
    {
        if (!endpoint.IsSecure && flags.FirstOrDefault(values.IsTyped) is { } stray)
            throw io.Wrong("relay.wrong.tls-flag", ("flag", stray.Name), ("endpoint", endpoint), ("example", "tls://localhost:8443"));
    }

    // A relay that is its own target would connect to itself until nothing is left. What a name means is not looked up for that.
    private static bool AreOne(SocketUri listen, SocketUri target)
    {
        if (listen.IsUnix || target.IsUnix)
            return listen.IsUnix && target.IsUnix && listen.Path == target.Path;
        return listen.Port == target.Port && (listen.Host == target.Host || (IsHere(listen.Host) && IsHere(target.Host)));
    }

    private static bool IsHere(string host) => host is "localhost" or "127.0.0.1" or "::1" or "0.0.0.0" or "::" or SocketUri.AnyHost;
}
