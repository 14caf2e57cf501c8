using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Fetch;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Http1;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket fetch URL</c>: the body to stdout, every step with its time to stderr.</summary>
internal sealed class FetchCommand : Verb
{
    private static readonly Positional Url = new("URL");
    private static readonly Flag OutputFile = new("--output", FlagKind.Value, "flags.output", "FILE", "-o");
    private static readonly Flag RemoteName = new("--remote-name", FlagKind.Switch, "flags.output", Short: "-O");
    private static readonly Flag Characters = new("--head", FlagKind.Value, "flags.output", "N");
    private static readonly Flag Include = new("--include", FlagKind.Switch, "flags.output", Short: "-i");
    private static readonly Flag Format = new("--write-out", FlagKind.Value, "flags.output", "FORMAT", "-w");
    private static readonly Flag Har = new("--har", FlagKind.Value, "flags.output", "FILE");

    public override string Name => "fetch";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Url];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        .. FetchPlan.Flags, .. FetchRetry.Flags, TransportChoice.Flag,
        OutputFile, RemoteName, CommonFlags.Force, Characters, Include, Format, Har, CommonFlags.Json, CommonFlags.Events, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override string? Meant(string option, CliIo io) => CurlWords.Read(option, letter => Flags.Concat(CommonFlags.Everywhere).FirstOrDefault(flag => flag.Short == letter || flag.Name == letter), io);

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        string? path = ReadPath(values, io);
        FetchPlan plan = FetchPlan.Read(values, io, values.One(Url) ?? throw io.Wrong("fetch.wrong.no-url"), path);
        FetchRetry retry = FetchRetry.Read(values, io);
        bool json = values.IsOn(CommonFlags.Json), quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = values.Count(CommonFlags.Verbose);
        string? format = values.Text(Format);
        if (format is not null)
            WriteOut.Check(format, io);
        foreach (Flag flag in new[] { Format, Characters, Include })
        {
            if (json && values.IsTyped(flag))
                throw io.Wrong("fetch.wrong.both", ("first", CommonFlags.Json.Name), ("second", flag.Name));
        }

        if (path is not null && values.IsTyped(Characters))
            throw io.Wrong("fetch.wrong.both", ("first", values.IsOn(RemoteName) ? RemoteName.Name : OutputFile.Name), ("second", Characters.Name));
        await using Screen screen = io.CreateScreen(canRewrite: path is not null && !json && !quiet);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 0 && !json && !quiet ? io.CreateLog(screen, verbose) : null, jsonEvents: verbose > 0, cover: sink => new SecretMask(sink));
        await using var output = new FetchOutput(io, screen, plan)
        {
            Path = path, TakesBinary = values.Text(OutputFile) == "-", Force = values.IsOn(CommonFlags.Force), Json = json, ShowsProgress = !quiet,
            Characters = ReadCharacters(values, io),
            ShowsHead = values.IsOn(Include) || plan.Options.Method == "HEAD",
        };
        output.Check();
        HeadTeller? heads = verbose > 0 && !quiet && !json ? new HeadTeller(screen) : null;
        var transport = new ManagedTransportOptions { Native = Platform.Sockets, Events = sinks.Events, Streams = TransportChoice.Read(values, io).Streams };
        FetchOptions options = plan.Options with
        {
            Stepped = heads is null ? null : heads.Stepped,
            Decompress = plan.Options.Decompress || output.Characters is not null,
            Transport = transport,
            Dns = plan.Names is { } names ? new DnsResolver(names with { Client = names.Client with { Transport = transport } }) : null,
        };
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        if (plan.IsInsecure && !quiet && !json)
            screen.Line(io.Text("connect.unverified", ("endpoint", plan.Url.Origin)));

        (HttpFetcher fetcher, SocketFailure? failure, bool interrupted) = await FetchAsync(plan, options, retry, output, heads, io, screen, quiet || json, stop.Token).ConfigureAwait(false);
        screen.EndStatus();
        bool binary = output.IsBinaryRefused;
        if (failure is null && !interrupted)
            await output.EndAsync(CancellationToken.None).ConfigureAwait(false);
        IReadOnlyList<FetchExchange> exchanges = fetcher.Exchanges;
        if (!json)
            TellSteps(exchanges, quiet, heads, io, screen);
        if (!json && !quiet && failure is null && !interrupted && exchanges is [.., { Response: { } answer } answered])
        {
            if (answer.Status == 416 && plan.Resumes && !output.IsBegun && path is not null)
                screen.Line(io.Text("fetch.whole", ("path", TerminalText.Safe(path)), ("bytes", Units.FormatBytes(plan.Options.ResumeAt ?? 0))));
            if (answer.Status == 200 && plan.HasRange && answered.Request.Fields.Has("Range"))
                screen.Line(io.Text("fetch.range-ignored"));
        }

        if (interrupted && !quiet && !json && output.Resumable is { } there)
            screen.Line(io.Text("fetch.interrupted", ("path", TerminalText.Safe(path!)), ("bytes", Units.FormatBytes(there))));
        if (binary)
            screen.Line(io.Text("fetch.binary", ("size", Size(exchanges[^1]))));
        await screen.FlushAsync().ConfigureAwait(false);
        if (sinks.Json is { } lines && exchanges.Count > 0)
        {
            sinks.Release();
            await lines.WriteAsync(writer => FetchJson.Write(writer, exchanges, path, output.Captured)).ConfigureAwait(false);
        }

        int exitCode = interrupted ? ExitCodes.Interrupted : failure is null ? binary ? ExitCodes.NotWritten : ExitCodes.Done : await FailureView.TellAsync(failure, io, json, sinks.Json).ConfigureAwait(false);
        if (format is not null)
            await io.Out.WriteAsync(Encoding.UTF8.GetBytes(WriteOut.Render(format, exchanges, exitCode)), CancellationToken.None).ConfigureAwait(false);
        if (values.Text(Har) is { } har)
            await WriteHarAsync(har, exchanges).ConfigureAwait(false);
        return await sinks.FinishAsync(exitCode).ConfigureAwait(false);
    }

    private static async Task<(HttpFetcher Fetcher, SocketFailure? Failure, bool Interrupted)> FetchAsync(
        FetchPlan plan, FetchOptions options, FetchRetry retry, FetchOutput output, HeadTeller? heads, CliIo io, Screen screen, bool silent, CancellationToken cancellationToken)
    {
        while (true)
        {
            var fetcher = new HttpFetcher(options);
            HttpResponseHead? busy = null;
            SocketFailure? failure = null;
            try
            {
                await fetcher.FetchAsync(plan.Url, async (exchange, token) =>
                {
                    if (heads is not null)
                        await heads.AnsweredAsync(exchange).ConfigureAwait(false);
                    if (retry.Wants(exchange.Response!) && options.Body is not { CanOpen: false })
                        busy = exchange.Response;
                    return busy is null ? await output.OpenAsync(exchange, token).ConfigureAwait(false) : null;
                }, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return (fetcher, null, true);
            }
            catch (Exception e) when (SocketFailure.Find(e) is { } found)
            {
                failure = found;
                if (failure.Error.Name == "HTTP_STATUS" && fetcher.Exchanges[^1].Response is { } head && retry.Wants(head))
                    busy = head;
            }

            bool again = !output.IsBegun && options.Body is not { CanOpen: false } && (busy is not null || (failure is not null && retry.Wants(failure)));
            if (!again)
                return (fetcher, failure, false);
            TimeSpan wait = retry.Next(busy);
            if (!silent)
                screen.Line(io.Text("fetch.again", ("why", busy is not null ? busy.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) : failure!.Error.Name), ("time", Units.Format(wait))));
            try
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return (fetcher, failure, true);
            }
        }
    }

    private static void TellSteps(IReadOnlyList<FetchExchange> exchanges, bool quiet, HeadTeller? heads, CliIo io, Screen screen)
    {
        if (quiet)
            return;
        if (exchanges.Count > 0)
            heads?.Ended(exchanges[^1]);
        foreach (string line in new Waterfall(exchanges, io).Render())
            screen.Line(line);
        FetchExchange? last = exchanges.Count > 0 ? exchanges[^1] : null;
        if (last?.Response is { } head && last.Codings.Count == 0 && last.BodyBytes > 0 && head.Fields.Has("Content-Encoding"))
            screen.Line("  " + io.Text("fetch.still-packed", ("coding", TerminalText.Safe(string.Join(", ", head.Fields.List("Content-Encoding"))))));
        if (last is { WantsTls: true, Failure: null })
            screen.Line("  " + io.Text("fetch.wants-tls", ("url", TypedCommand.Quote("https" + HttpSecrets.Redact(last.Url.ToString())["http".Length..]))));
    }

    private static long? ReadCharacters(VerbValues values, CliIo io)
    {
        if (values.Text(Characters) is not { } text)
            return null;
        return Units.TryParseBytes(text, out long count, out _) && count > 0 ? count : throw io.Wrong("fetch.wrong.characters", ("flag", Characters.Name), ("value", TerminalText.Safe(text)));
    }

    private static string Size(FetchExchange exchange) => exchange.Framing.Length > 0 ? $" ({Units.FormatBytes(exchange.Framing.Length)})" : "";

    private static string? ReadPath(VerbValues values, CliIo io)
    {
        if (!values.IsOn(RemoteName))
            return values.Text(OutputFile) is { } file && file != "-" ? file : null;
        if (values.IsGiven(OutputFile))
            throw io.Wrong("fetch.wrong.both", ("first", OutputFile.Name), ("second", RemoteName.Name));
        string url = values.One(Url) ?? throw io.Wrong("fetch.wrong.no-url");
        return !HttpUrl.TryParse(url, out HttpUrl? read, out _) ? null // said with the URL
            : SavedName.Of(read) ?? throw io.Wrong("fetch.wrong.no-name", ("flag", RemoteName.Name), ("url", TerminalText.Safe(read.ToString())));
    }

    private static async Task WriteHarAsync(string path, IReadOnlyList<FetchExchange> exchanges)
    {
        try
        {
            await File.WriteAllBytesAsync(path, HarFile.Render(exchanges)).ConfigureAwait(false);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new OutputException(e.Message, e) { File = path };
        }
    }
}
