using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Probe;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Middleware.Tls;
using Soket.Probe;
using Soket.Protocols.StartTls;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket probe ENDPOINT...</c>: is somebody there, how fast, and if not, why.</summary>
internal sealed class ProbeCommand : Verb
{
    /// <summary>Up to here every endpoint gets its line as it is done; beyond, only the open ones, at the end, and a progress bar.</summary>
    private const int Few = 20;

    private const int MostElsewhere = 1024;

    private static readonly Positional Endpoints = new("ENDPOINT", Many: true);
    private static readonly Flag TryTimeout = new("--timeout", FlagKind.Value, "flags.where", "TIME", "-t");
    private static readonly Flag WaitFor = new("--wait-for", FlagKind.Value, "flags.where", "TIME");
    private static readonly Flag Parallel = new("--parallel", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Limit = new("--limit", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Any = new("--any", FlagKind.Switch, "flags.output");
    private static readonly Flag All = new("--all", FlagKind.Switch, "flags.output");
    private static readonly Flag Send = new("--send", FlagKind.Value, "flags.messages", "TEXT");
    private static readonly Flag IPv4 = new("-4", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv4" };
    private static readonly Flag IPv6 = new("-6", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv6" };

    public override string Name => "probe";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoints];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        TryTimeout, WaitFor, IPv4, IPv6, TransportChoice.Flag, Send, Parallel, Limit,
        TlsFlags.StartTls, .. TlsFlags.Verification,
        Any, All, CommonFlags.Json, CommonFlags.Events, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        List<SocketUri> endpoints = ReadEndpoints(values, io);
        StartTlsProtocol? startTls = ReadStartTls(values, io, endpoints);
        bool json = values.IsOn(CommonFlags.Json);
        int verbose = values.Count(CommonFlags.Verbose);
        bool many = endpoints.Count > Few;
        bool elsewhere = !endpoints.TrueForAll(ProbeTargets.IsLocal);

        await using Screen screen = io.CreateScreen(canRewrite: !json && !values.IsOn(CommonFlags.Quiet));
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 1 && !json ? io.CreateLog(screen, verbose - 1) : null, jsonEvents: verbose > 1);
        sinks.Release();
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        var report = new ProbeReport(io, screen, sinks.Json)
        {
            Quiet = values.IsOn(CommonFlags.Quiet),
            OpenOnly = many && !values.IsOn(All),
            Explains = verbose > 0,
            Waits = values.IsGiven(WaitFor),
            Width = endpoints.Max(endpoint => endpoint.ToString().Length),
        };
        var prober = new Prober(new ProbeOptions
        {
            Timeout = ReadTime(values, TryTimeout, TimeSpan.FromSeconds(3), io),
            WaitFor = values.Duration(WaitFor, TimeSpan.Zero)!.Value,
            Parallel = values.Number(Parallel, elsewhere ? 16 : 64, 1, elsewhere ? 256 : 1024),
            Datagram = values.Text(Send) is { } text ? Encoding.UTF8.GetBytes(text) : default(ReadOnlyMemory<byte>?),
            Family = ReadFamily(values, io),
            Tls = ReadTls(values, io, endpoints),
            StartTls = startTls,
            Transport = new ManagedTransportOptions { Native = Platform.Sockets, Events = sinks.Events, Streams = TransportChoice.Read(values, io).Streams },
        });

        int done = 0, open = 0;
        long started = Stopwatch.GetTimestamp();
        var results = new List<ProbeResult>();
        if (many)
            screen.StartStatus(() => ProbeReport.Bar(io, Volatile.Read(ref done), endpoints.Count, Volatile.Read(ref open)));
        bool interrupted = false;
        try
        {
            await foreach (ProbeResult result in prober.ProbeAllAsync(endpoints, Count, stop.Token).ConfigureAwait(false))
            {
                results.Add(result);
                if (!many || json)
                    await report.TellAsync(result).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            interrupted = true;
        }

        screen.EndStatus();
        await screen.FlushAsync().ConfigureAwait(false);
        if (many && !json)
        {
            foreach (ProbeResult result in results)
                await report.TellAsync(result).ConfigureAwait(false);
        }

        if (endpoints.Count > 1)
            await report.SummaryAsync(results, endpoints.Count, Stopwatch.GetElapsedTime(started)).ConfigureAwait(false);
        return interrupted ? ExitCodes.Interrupted : ExitCode(results, values.IsOn(Any), io);

        void Count(ProbeResult result)
        {
            if (result.State == ProbeState.Open)
                Interlocked.Increment(ref open);
            Interlocked.Increment(ref done);
        }
    }

    // The first one's that is not open: one code is all a command has, and the lines tell the rest.
    private static int ExitCode(List<ProbeResult> results, bool any, CliIo io)
    {
        if (any && results.Exists(result => result.State == ProbeState.Open))
            return ExitCodes.Done;
        return results.Find(result => result.Failure is not null)?.Failure is { } failure ? Explainers.Here.Explain(failure, io.Language).ExitCode : ExitCodes.Done;
    }

    private static List<SocketUri> ReadEndpoints(VerbValues values, CliIo io)
    {
        var endpoints = new List<SocketUri>();
        foreach (string text in values.All(Endpoints))
        {
            if (!ProbeTargets.TryParse(text, out IReadOnlyList<SocketUri>? read, out SocketUriError? error))
                throw error is null ? io.Wrong("probe.wrong.ports", ("value", TerminalText.Safe(text))) : new UsageException(error.Describe(io.Language, text));
            endpoints.AddRange(read);
        }

        if (endpoints.Count == 0)
            throw io.Wrong("probe.wrong.no-endpoint");
        foreach (SocketUri endpoint in endpoints)
        {
            if (endpoint.Host == SocketUri.AnyHost)
                throw io.Wrong("connect.wrong.any-host", ("example", endpoint.WithHost("localhost")));
            if (!endpoint.IsUnix && endpoint.Port == 0)
                throw io.Wrong("connect.wrong.port-zero", ("example", endpoint.WithPort(8080)));
        }

        int elsewhere = endpoints.Count(endpoint => !ProbeTargets.IsLocal(endpoint));
        int limit = values.Number(Limit, MostElsewhere, 1, 1_000_000);
        if (elsewhere > limit)
            throw io.Wrong("probe.wrong.too-many", ("count", elsewhere), ("limit", limit));
        return endpoints;
    }

    private static TimeSpan ReadTime(VerbValues values, Flag flag, TimeSpan standard, CliIo io)
    {
        TimeSpan time = values.Duration(flag, standard)!.Value;
        return time > TimeSpan.Zero ? time : throw io.Wrong("wrong.duration", ("flag", flag.Name), ("value", values.Text(flag)));
    }

    private static AddressFamily? ReadFamily(VerbValues values, CliIo io) => (values.IsOn(IPv4), values.IsOn(IPv6)) switch
    {
        (true, true) => throw io.Wrong("connect.wrong.families"),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };

    // Every endpoint is one of the same protocol then; tcp:// is as good as tls://.
    private static StartTlsProtocol? ReadStartTls(VerbValues values, CliIo io, List<SocketUri> endpoints)
    {
        StartTlsProtocol? protocol = null;
        for (int i = 0; i < endpoints.Count; i++)
        {
            SocketUri endpoint = endpoints[i];
            protocol = TlsFlags.ReadStartTls(values, io, ref endpoint) ?? protocol;
            endpoints[i] = endpoint;
        }

        return protocol;
    }

    private static Func<SocketUri, TlsClientSettings> ReadTls(VerbValues values, CliIo io, List<SocketUri> endpoints)
    {
        Flag? stray = endpoints.Exists(endpoint => endpoint.IsSecure) ? null : TlsFlags.Verification.FirstOrDefault(values.IsTyped);
        if (stray is not null)
            throw io.Wrong("connect.wrong.tls-flag", ("flag", stray.Name), ("example", "tls://localhost:443"));
        TlsClientSettings shared = TlsFlags.ReadVerification(values, io);
        string? name = values.Text(TlsFlags.Sni);
        return endpoint => shared with { TargetHost = name ?? endpoint.Host };
    }
}
