using System.Diagnostics;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Dns;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns;
using Soket.Explain;
using Soket.Middleware.Tls;
using Soket.Protocols.Dns;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket dns NAME [TYPE...] [@SERVER]</c>: what a name stands for, who says so, and the bytes they said it in.</summary>
internal sealed class DnsCommand : Verb
{
    private static readonly Positional Words = new("NAME|TYPE|@SERVER", Many: true);
    private static readonly Flag Reverse = new("--reverse", FlagKind.Value, "flags.where", "ADDRESS", "-x");
    private static readonly Flag Tcp = new("--tcp", FlagKind.Switch, "flags.where");
    private static readonly Flag Tls = new("--tls", FlagKind.Switch, "flags.where");
    private static readonly Flag Https = new("--https", FlagKind.Switch, "flags.where");
    private static readonly Flag Port = new("--port", FlagKind.Value, "flags.where", "PORT", "-p");
    private static readonly Flag Class = new("--class", FlagKind.Value, "flags.where", "IN|CH|ANY");
    private static readonly Flag NoRecursion = new("--no-recursion", FlagKind.Switch, "flags.where");
    private static readonly Flag Dnssec = new("--dnssec", FlagKind.Switch, "flags.where");
    private static readonly Flag NoEdns = new("--no-edns", FlagKind.Switch, "flags.where");
    private static readonly Flag Nsid = new("--nsid", FlagKind.Switch, "flags.where");
    private static readonly Flag Subnet = new("--subnet", FlagKind.Value, "flags.where", "NETWORK");
    private static readonly Flag Trace = new("--trace", FlagKind.Switch, "flags.where");
    private static readonly Flag Hints = new("--hints", FlagKind.Value, "flags.where", "FILE");
    private static readonly Flag Names = new("--file", FlagKind.Value, "flags.where", "FILE", "-f");
    private static readonly Flag TryTimeout = new("--timeout", FlagKind.Value, "flags.limits", "TIME", "-t");
    private static readonly Flag Tries = new("--tries", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Parallel = new("--parallel", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Insecure = new("--insecure", FlagKind.Switch, "flags.tls", Short: "-k") { TextKey = "connect.flag.insecure" };
    private static readonly Flag CaFile = new("--cafile", FlagKind.Value, "flags.tls", "FILE") { TextKey = "connect.flag.cafile" };
    private static readonly Flag Sni = new("--sni", FlagKind.Value, "flags.tls", "NAME") { TextKey = "connect.flag.sni" };
    private static readonly Flag Pin = new("--pin", FlagKind.Value, "flags.tls", "FINGERPRINT") { TextKey = "connect.flag.pin" };
    private static readonly Flag Short = new("--short", FlagKind.Switch, "flags.output");
    private static readonly Flag Bytes = new("--bytes", FlagKind.Switch, "flags.output");

    public override string Name => "dns";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Words];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Reverse, Tcp, Tls, Https, Port, Class, NoRecursion, Dnssec, NoEdns, Nsid, Subnet, Trace, Hints, Names, TryTimeout, Tries, Parallel,
        Insecure, CaFile, Sni, Pin, Short, Bytes, CommonFlags.Json, CommonFlags.Events, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        DnsTransport transport = ReadTransport(values, io);
        int? port = values.Text(Port) is null ? null : values.Number(Port, 53, 1, 65535);
        DnsInput input = DnsInput.Read(values.All(Words), values.Text(Reverse), values.IsGiven(Names), transport, port, io);
        if (values.Text(Names) is { } file)
            await input.ReadNamesAsync(file, io, cancellationToken).ConfigureAwait(false);
        else if (input.Names.Count == 0)
            throw io.Wrong("dns.wrong.no-name");
        if (input.Types.Count == 0)
            input.Types.Add(DnsType.A);
        if (!DnsClass.TryParse(values.Text(Class) ?? "IN", out DnsClass queryClass))
            throw io.Wrong("dns.wrong.class", ("value", TerminalText.Safe(values.Text(Class)!)));
        ResolvConf conf = ReadConf(input, transport, port);
        bool json = values.IsOn(CommonFlags.Json);
        int verbose = values.Count(CommonFlags.Verbose);

        await using Screen screen = io.CreateScreen(canRewrite: false);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 1 && !json ? io.CreateLog(screen, verbose - 1) : null, jsonEvents: verbose > 1);
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        var client = new DnsClientOptions
        {
            Timeout = ReadTimeout(values, conf, io),
            Attempts = values.Number(Tries, conf.Attempts ?? 3, 1, 20),
            Transport = new ManagedTransportOptions { Native = Platform.Sockets, Events = sinks.Events },
            Tls = ReadTls(values, conf, io),
        };
        var report = new DnsReport(io, screen, sinks.Json)
        {
            Short = values.IsOn(Short),
            Bytes = values.IsOn(Bytes),
            Quiet = values.IsOn(CommonFlags.Quiet) || (values.IsOn(Short) && verbose == 0 && input.Names.Count > 1),
            Verbose = verbose > 0,
        };
        try
        {
            if (values.IsOn(Trace))
                return await TraceAsync(values, input, queryClass, client, port ?? 53, report, io, stop.Token).ConfigureAwait(false);
            if (input.Types.Contains(DnsType.Axfr))
                return await TransferAsync(input, queryClass, client, conf, report, sinks.Json, io, screen, stop.Token).ConfigureAwait(false);
            var resolver = new DnsResolver(new DnsResolverOptions
            {
                Conf = conf,
                Hosts = input.Servers.Count == 0 && File.Exists(HostsFile.Path) ? HostsFile.Parse(await File.ReadAllTextAsync(HostsFile.Path, cancellationToken).ConfigureAwait(false)) : null,
                Client = client,
                Recursion = !values.IsOn(NoRecursion),
                Edns = values.IsOn(NoEdns) ? null : ReadEdns(values, io),
                Cache = input.Names.Count > 1 ? new DnsCache() : null,
            });
            return await LookUpAsync(input, queryClass, resolver, values.Number(Parallel, 32, 1, 1024), report, io, screen, values.IsGiven(Names) && !json && !values.IsOn(CommonFlags.Quiet), stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static async Task<int> LookUpAsync(DnsInput input, DnsClass queryClass, DnsResolver resolver, int parallel, DnsReport report, CliIo io, Screen screen, bool counts, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int exit = ExitCodes.Done, asked = 0, failed = 0;
        // As many are under way at once; the answers stay in the order of the names.
        var under = new Queue<Task<DnsAnswer>>();
        foreach ((string name, DnsType type) in from name in input.Names from type in input.Types select (name, type))
        {
            if (under.Count == parallel)
                await NextAsync().ConfigureAwait(false);
            under.Enqueue(resolver.LookUpAsync(name, type, queryClass, cancellationToken));
        }

        while (under.Count > 0)
            await NextAsync().ConfigureAwait(false);
        if (counts)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            screen.Line(io.Text("dns.summary-line", ("count", asked), ("failed", failed), ("time", Units.Format(elapsed)), ("rate", Units.FormatCount((long)(asked / Math.Max(elapsed.TotalSeconds, 0.001))))));
        }

        return exit;

        async Task NextAsync()
        {
            int code = await report.TellAsync(await under.Dequeue().ConfigureAwait(false)).ConfigureAwait(false);
            asked++;
            failed += code == ExitCodes.Done ? 0 : 1;
            exit = exit == ExitCodes.Done ? code : exit;
        }
    }

    private static async Task<int> TraceAsync(VerbValues values, DnsInput input, DnsClass queryClass, DnsClientOptions client, int port, DnsReport report, CliIo io, CancellationToken cancellationToken)
    {
        IReadOnlyList<DnsRecord> hints = values.Text(Hints) is { } path ? ReadHints(path, io) : RootHints.Records;
        var tracer = new DnsTracer(client, hints, port);
        int exit = ExitCodes.Done;
        foreach ((string name, DnsType type) in from name in input.Names from type in input.Types select (name, type))
        {
            var question = new DnsQuestion(DnsName.Parse(name), type, queryClass);
            await foreach (DnsTraceStep step in tracer.TraceAsync(question, cancellationToken).ConfigureAwait(false))
            {
                int code = await report.TellAsync(step, question).ConfigureAwait(false);
                exit = exit == ExitCodes.Done ? code : exit;
            }
        }

        return exit;
    }

    private static async Task<int> TransferAsync(DnsInput input, DnsClass queryClass, DnsClientOptions client, ResolvConf conf, DnsReport report, Events.JsonLinesObserver? json, CliIo io, Screen screen, CancellationToken cancellationToken)
    {
        if (input.Types.Count > 1)
            throw io.Wrong("dns.wrong.axfr-alone");
        foreach (string name in input.Names)
        {
            int count = 0;
            await foreach (DnsRecord record in new DnsClient(client).TransferAsync(conf.Servers[0], DnsName.Parse(name), queryClass, cancellationToken).ConfigureAwait(false))
            {
                count++;
                if (json is not null)
                    await json.WriteAsync(writer => DnsJson.Write(writer, new DnsAnswer(new(record.Name, DnsType.Axfr, queryClass), null, [record], null), null)).ConfigureAwait(false);
                else
                    await report.WriteAsync(report.Short ? record.Data.ToString() : record.ToString()).ConfigureAwait(false);
            }

            if (json is null && !report.Quiet)
                screen.Line(TerminalText.Safe(io.Text("dns.transferred", ("count", count), ("server", conf.Servers[0]))));
        }

        return ExitCodes.Done;
    }

    private static DnsTransport ReadTransport(VerbValues values, CliIo io)
    {
        Flag[] given = [.. new[] { Tcp, Tls, Https }.Where(values.IsOn)];
        if (given.Length > 1)
            throw io.Wrong("dns.wrong.transports", ("one", given[0].Name), ("other", given[1].Name));
        return given switch { [var one] when one == Tcp => DnsTransport.Tcp, [var one] when one == Tls => DnsTransport.Tls, [_] => DnsTransport.Https, _ => DnsTransport.Udp };
    }

    private static ResolvConf ReadConf(DnsInput input, DnsTransport transport, int? port)
    {
        // Who names a server asks it for exactly the name that was typed.
        if (input.Servers.Count > 0)
            return new ResolvConf { Servers = input.Servers };
        ResolvConf conf = ResolvConf.Parse(File.Exists(ResolvConf.Path) ? File.ReadAllText(ResolvConf.Path) : "");
        DnsTransport carried = transport == DnsTransport.Udp && conf.UsesTcp ? DnsTransport.Tcp : transport;
        return conf with { Servers = [.. conf.Servers.Select(server => server with { Transport = carried, Port = port ?? DnsServer.UsualPort(carried) })] };
    }

    private static TimeSpan ReadTimeout(VerbValues values, ResolvConf conf, CliIo io)
    {
        TimeSpan time = values.Duration(TryTimeout, conf.Timeout ?? TimeSpan.FromSeconds(2))!.Value;
        return time > TimeSpan.Zero && time < TimeSpan.FromMinutes(10) ? time : throw io.Wrong("wrong.duration", ("flag", TryTimeout.Name), ("value", values.Text(TryTimeout)));
    }

    private static Edns ReadEdns(VerbValues values, CliIo io)
    {
        var options = new List<EdnsOption>();
        if (values.IsOn(Nsid))
            options.Add(new(EdnsOption.Nsid, default));
        if (values.Text(Subnet) is { } text)
            options.Add(DnsClientSubnet.Parse(text)?.ToOption() ?? throw io.Wrong("dns.wrong.subnet", ("value", TerminalText.Safe(text))));
        return new() { Dnssec = values.IsOn(Dnssec), Options = new(options) };
    }

    private static Func<DnsServer, TlsClientSettings> ReadTls(VerbValues values, ResolvConf conf, CliIo io)
    {
        Flag? stray = conf.Servers.Any(server => server.Transport is DnsTransport.Tls or DnsTransport.Https) ? null : new[] { Insecure, CaFile, Sni, Pin }.FirstOrDefault(values.IsTyped);
        if (stray is not null)
            throw io.Wrong("connect.wrong.tls-flag", ("flag", stray.Name), ("example", "@tls://192.0.2.1"));
        var shared = new TlsClientSettings
        {
            TargetHost = "",
            Insecure = values.IsOn(Insecure),
            TrustedRoots = values.Text(CaFile) is { } file ? CertificateFiles.LoadRoots(file) : null,
            Fingerprint = values.Text(Pin),
        };
        string? name = values.Text(Sni);
        return server => shared with { TargetHost = name ?? server.Host };
    }

    private static IReadOnlyList<DnsRecord> ReadHints(string path, CliIo io)
    {
        try
        {
            return ZoneFile.TryParse(File.ReadAllText(path), DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error)
                ? records
                : throw io.Wrong("dns.wrong.zone", ("path", TerminalText.Safe(path)), ("line", error.Line), ("why", io.Text("dns.zone." + error.Key, ("word", TerminalText.Safe(error.Word)))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw io.Wrong("dns.wrong.file", ("path", TerminalText.Safe(path)), ("error", TerminalText.Safe(e.Message)));
        }
    }
}
