using System.Diagnostics;
using System.Security.Cryptography;
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
    private static readonly Flag Cookie = new("--cookie", FlagKind.Switch, "flags.where");
    private static readonly Flag Trace = new("--trace", FlagKind.Switch, "flags.where");
    private static readonly Flag Hints = new("--hints", FlagKind.Value, "flags.where", "FILE");
    private static readonly Flag Names = new("--file", FlagKind.Value, "flags.where", "FILE", "-f");
    private static readonly Flag TryTimeout = new("--timeout", FlagKind.Value, "flags.limits", "TIME", "-t");
    private static readonly Flag Tries = new("--tries", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Parallel = new("--parallel", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Short = new("--short", FlagKind.Switch, "flags.output");
    private static readonly Flag Bytes = new("--bytes", FlagKind.Switch, "flags.output");

    public override string Name => "dns";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Words];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Reverse, Tcp, Tls, Https, Port, Class, NoRecursion, Dnssec, NoEdns, Nsid, Subnet, Cookie, Trace, Hints, Names, TryTimeout, Tries, Parallel, TransportChoice.Flag,
        .. TlsFlags.Verification, Short, Bytes, CommonFlags.Json, CommonFlags.Events, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        DnsTransport transport = ReadTransport(values, io);
        int? port = values.Text(Port) is null ? null : values.Number(Port, 53, 1, 65535);
        DnsInput input = DnsInput.Read(values.All(Words), values.Text(Reverse), values.IsGiven(Names), transport, port, io);
        string? file = values.Text(Names);
        // A walk and a transfer begin with all names known; everything else is asked as the lines come.
        bool many = file is not null || input.Names.Count > 1;
        if (file is not null && (values.IsOn(Trace) || input.Types.Contains(DnsType.Axfr)))
            await ReadAllAsync(input, file, io, cancellationToken).ConfigureAwait(false);
        else if (file is null && input.Names.Count == 0)
            throw io.Wrong("dns.wrong.no-name");
        if (!DnsClass.TryParse(values.Text(Class) ?? "IN", out DnsClass queryClass))
            throw io.Wrong("dns.wrong.class", ("value", TerminalText.Safe(values.Text(Class)!)));
        Edns? edns = ReadEdns(values, io);
        ResolvConf conf = ReadConf(input, transport, port);
        bool json = values.IsOn(CommonFlags.Json);
        int verbose = values.Count(CommonFlags.Verbose);

        await using Screen screen = io.CreateScreen(canRewrite: false);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 1 && !json ? io.CreateLog(screen, verbose - 1) : null, jsonEvents: verbose > 1);
        await using DnsSocketPool? sockets = many ? new() : null;
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        var client = new DnsClientOptions
        {
            Timeout = ReadTimeout(values, conf, io),
            Attempts = values.Number(Tries, conf.Attempts ?? 3, 1, 20),
            Transport = new ManagedTransportOptions { Native = Platform.Sockets, Events = sinks.Events, Streams = TransportChoice.Read(values, io).Streams },
            Tls = ReadTls(values, conf, io),
            Sockets = sockets,
        };
        var report = new DnsReport(io, screen, sinks.Json)
        {
            Short = values.IsOn(Short),
            Bytes = values.IsOn(Bytes),
            Quiet = values.IsOn(CommonFlags.Quiet) || (values.IsOn(Short) && verbose == 0 && many),
            Verbose = verbose > 0,
            WantsCookie = values.IsOn(Cookie),
        };
        try
        {
            if (values.IsOn(Trace))
                return await TraceAsync(values, input, queryClass, client, port ?? 53, report, io, stop.Token).ConfigureAwait(false);
            if (input.Questions.Any(question => question.Type == DnsType.Axfr))
                return await TransferAsync(input, queryClass, client, conf, report, sinks.Json, io, screen, stop.Token).ConfigureAwait(false);
            var resolver = new DnsResolver(new DnsResolverOptions
            {
                Conf = conf,
                Hosts = input.Servers.Count == 0 && File.Exists(HostsFile.Path) ? HostsFile.Parse(await File.ReadAllTextAsync(HostsFile.Path, cancellationToken).ConfigureAwait(false)) : null,
                Client = client,
                Recursion = !values.IsOn(NoRecursion),
                Edns = edns,
                Cache = many ? new DnsCache() : null,
            });
            IAsyncEnumerable<DnsLine> lines = input.Names.Select((line, index) => new DnsLine(index + 1, line.Name, line.Types, null)).ToAsyncEnumerable();
            lines = file is null ? lines : lines.Concat(DnsInput.ReadLinesAsync(file, io, stop.Token));
            var lookups = new DnsLookups(resolver, queryClass, values.Number(Parallel, 32, 1, 1024));
            return await LookUpAsync(input, lines, file ?? "", lookups, report, io, screen, file is not null && !json && !values.IsOn(CommonFlags.Quiet), stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static async Task<int> LookUpAsync(DnsInput input, IAsyncEnumerable<DnsLine> lines, string path, DnsLookups lookups, DnsReport report, CliIo io, Screen screen, bool counts, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int exit = await lookups.RunAsync(input, lines, path, report, cancellationToken).ConfigureAwait(false);
        if (counts)
            screen.Line(lookups.Summary(started, io));
        return exit;
    }

    private static async Task<int> TraceAsync(VerbValues values, DnsInput input, DnsClass queryClass, DnsClientOptions client, int port, DnsReport report, CliIo io, CancellationToken cancellationToken)
    {
        if (input.Servers.Count > 0 && values.IsTyped(Hints))
            throw io.Wrong("dns.wrong.two-starts", ("flag", Hints.Name));
        IReadOnlyList<DnsRecord> hints = values.Text(Hints) is { } path ? ReadHints(path, io) : RootHints.Records;
        var tracer = new DnsTracer(client, hints, port) { Start = input.Servers };
        int exit = ExitCodes.Done;
        foreach ((string name, DnsType type) in input.Questions)
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
        if (input.Questions.Any(question => question.Type != DnsType.Axfr))
            throw io.Wrong("dns.wrong.axfr-alone");
        DnsServer server = conf.Servers[0];
        server = server with { Transport = server.Transport == DnsTransport.Tls ? DnsTransport.Tls : DnsTransport.Tcp }; // a zone goes over a stream
        foreach ((string name, _) in input.Questions)
        {
            int count = 0;
            await foreach (DnsRecord record in new DnsClient(client).TransferAsync(server, DnsName.Parse(name), queryClass, cancellationToken).ConfigureAwait(false))
            {
                count++;
                if (json is not null)
                    await json.WriteAsync(writer => DnsJson.Write(writer, new DnsAnswer(new(record.Name, DnsType.Axfr, queryClass), null, [record], null), null)).ConfigureAwait(false);
                else
                    await report.WriteAsync(report.Short ? record.Data.ToString() : record.ToString()).ConfigureAwait(false);
            }

            if (json is null && !report.Quiet)
                screen.Line(TerminalText.Safe(io.Text("dns.transferred", ("count", count), ("server", server))));
        }

        return ExitCodes.Done;
    }

    private static async Task ReadAllAsync(DnsInput input, string path, CliIo io, CancellationToken cancellationToken)
    {
        await foreach (DnsLine line in DnsInput.ReadLinesAsync(path, io, cancellationToken).ConfigureAwait(false))
            input.Names.Add(line.Wrong is null ? (line.Name, line.Types) : throw new UsageException(line.Describe(path, io)));
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

    private static Edns? ReadEdns(VerbValues values, CliIo io)
    {
        if (values.IsOn(NoEdns))
        {
            Flag? within = new[] { Dnssec, Nsid, Subnet, Cookie }.FirstOrDefault(values.IsTyped);
            return within is null ? null : throw io.Wrong("dns.wrong.transports", ("one", NoEdns.Name), ("other", within.Name));
        }

        var options = new List<EdnsOption>();
        if (values.IsOn(Nsid))
            options.Add(new(EdnsOption.Nsid, default));
        if (values.Text(Subnet) is { } text)
            options.Add(DnsClientSubnet.Parse(text)?.ToOption() ?? throw io.Wrong("dns.wrong.subnet", ("value", TerminalText.Safe(text))));
        if (values.IsOn(Cookie))
            options.Add(new(EdnsOption.Cookie, new(RandomNumberGenerator.GetBytes(8))));
        return new() { Dnssec = values.IsOn(Dnssec), Options = new(options) };
    }

    private static Func<DnsServer, TlsClientSettings> ReadTls(VerbValues values, ResolvConf conf, CliIo io)
    {
        Flag? stray = conf.Servers.Any(server => server.Transport is DnsTransport.Tls or DnsTransport.Https) ? null : TlsFlags.Verification.FirstOrDefault(values.IsTyped);
        if (stray is not null)
            throw io.Wrong("connect.wrong.tls-flag", ("flag", stray.Name), ("example", "@tls://192.0.2.1"));
        TlsClientSettings shared = TlsFlags.ReadVerification(values, io);
        string? name = values.Text(TlsFlags.Sni);
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
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("dns.wrong.file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }
}
