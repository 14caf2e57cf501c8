using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Chat;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Commands.Serve;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns.Zones;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Http.Files;
using Soket.Languages;
using Soket.Middleware.Tls;
using Soket.Options;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket serve SERVICE [ENDPOINT...]</c>: starts a service and tells what happens on it until it is stopped.</summary>
internal sealed class ServeCommand : Verb
{
    private static readonly Positional Service = new("SERVICE") { Optional = true, Choices = static () => ServiceNames() };
    private static readonly Positional Endpoints = new("ENDPOINT", Many: true);
    private static readonly Flag ReplyAs = new("--reply", FlagKind.Value, "flags.messages", "text|json");
    private static readonly Flag ReplyText = new("--text", FlagKind.Value, "flags.messages", "TEXT");
    private static readonly Flag MaxPerAddress = new("--max-per-address", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag MaxBuffered = new("--max-buffered", FlagKind.Value, "flags.limits", "SIZE");
    private static readonly Flag IdleTimeout = new("--idle-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag Drain = new("--drain", FlagKind.Value, "flags.limits", "TIME");

    private static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(100); // what ends by itself sooner needs no words
    private const SocketOptionRoles Roles = SocketOptionRoles.Listener | SocketOptionRoles.Accepted | SocketOptionRoles.Datagram;

    public override string Name => "serve";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Service, Endpoints];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        .. ServePlaces.Flags, .. ServerStart.Flags,
        CommonFlags.Framing, CommonFlags.Payload, CommonFlags.MaxMessage, ReplyAs, ReplyText,
        ServerFlags.MaxConnections, MaxPerAddress, MaxBuffered, IdleTimeout, ServerFlags.Allow, ServerFlags.Deny, Drain,
        .. ExecFlags.All,
        .. HttpFlags.All,
        .. DnsFlags.All,
        .. ChatFlags.All,
        .. OptionFlags.For(Roles),
        .. TlsFlags.Server, TlsFlags.KeyLog,
        .. WebSocketFlags.Server,
        CommonFlags.Json, CommonFlags.Events, CommonFlags.RecordHex, .. TraceFlags.All, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        SocketService? program = ExecFlags.Read(values, io);
        string? named = program is null ? values.One(Service) : null;
        SocketService? files = HttpFlags.Read(values, named, values.All(Endpoints), io);
        SocketService? names = DnsFlags.Read(values, named, io, out IReadOnlyList<DnsZone> zones);
        await using ChatHost? chat = await ChatFlags.ReadAsync(values, named, io, cancellationToken).ConfigureAwait(false);
        ServerLimits limits = ServerFlags.ReadLimits(values, io, connections: program is null ? 10_000 : 100) with
        {
            MaxConnectionsPerAddress = values.Number(MaxPerAddress, 0, 0, 1_000_000),
            MaxBuffered = values.Size(MaxBuffered, 64 * 1024 * 1024, 0, long.MaxValue),
            IdleTimeout = values.Duration(IdleTimeout, names is null ? TimeSpan.Zero : DnsFlags.UsualIdle)!.Value,
        };
        SocketService service = program ?? files ?? names ?? chat?.CreateService(limits) ?? ReadService(values, io);
        await using IAsyncDisposable? owned = service.Stream as IAsyncDisposable;
        await using IAsyncDisposable? ownedPage = service.Page as IAsyncDisposable;
        using var signals = new Signals();
        // With a program there is no service to be named, and every word is an endpoint.
        IReadOnlyList<string> places = program is null ? values.All(Endpoints) : [.. values.All(Service), .. values.All(Endpoints)];
        if (chat is { IsOperator: true } && ServePlaces.AreOpen(values, places) && ChatPort.CanAsk(io))
        {
            if (await ChatPort.AskAsync(null, "localhost", io, signals.Asked).ConfigureAwait(false) is not { } asked)
                return ExitCodes.Done;
            places = [asked.ToString()];
        }

        if (program is null && places.FirstOrDefault(place => ServiceNames().Contains(place, StringComparer.Ordinal)) is { } second)
            throw io.Wrong("serve.wrong.service-second", ("name", second), ("example", $"soket serve {second} {TerminalText.Safe(places.SkipWhile(place => place != second).Skip(1).FirstOrDefault() ?? ":0")}"));
        List<ServedEndpoint> served = ServePlaces.Read(values, places, service, io);
        List<SocketUri> endpoints = [.. served.Select(place => place.Endpoint)];
        if (program is not null)
            ExecFlags.Check(values, endpoints, io);
        if (files is not null)
            HttpFlags.Check(endpoints, io);
        if (names is not null)
            DnsFlags.Check(endpoints, io);
        if (chat is not null)
            ChatFlags.Check(chat, endpoints, io);
        bool json = values.IsOn(CommonFlags.Json);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        TimeSpan drain = values.Duration(Drain, TimeSpan.FromSeconds(10))!.Value;
        TlsServerSettings? tls = TlsFlags.ReadServer(values, io, endpoints, out bool development);
        chat?.Call(endpoints, tls?.Certificate);
        if (program is not null && values.IsTyped(TlsFlags.KeyLog))
            throw io.Wrong("wrong.key-log-exec", ("flag", TlsFlags.KeyLog.Name));
        string? keyLog = TlsFlags.BeginKeyLog(values, io, hasTls: tls is not null);
        var options = new SocketServerOptions
        {
            Endpoints = served,
            Framing = OptionFlags.ReadFraming(values, io, out int payload),
            Limits = limits,
            Tls = tls,
            WebSocket = WebSocketFlags.ReadServer(values, io, endpoints),
            MaxDatagram = Math.Min(payload, 65_535),
        };
        List<SocketOptionSetting> settings = OptionFlags.Read(values, Roles, endpoints, io);
        if (chat is not null)
            settings = ChatFlags.WatchPeers(settings, endpoints);
        TransportChoice carrier = TransportChoice.Read(values, io);

        await using Screen screen = io.CreateScreen(canRewrite: !json && !quiet && chat?.Above is null, chat?.Above);
        // A chat tells who comes and goes by itself, and what people say is not everybody's who looks at the server.
        ISocketObserver? lines = quiet || json || (chat is not null && !values.IsOn(CommonFlags.Verbose)) ? null
            : values.IsOn(CommonFlags.Verbose) ? io.CreateLog(screen, values.Count(CommonFlags.Verbose))
            : new StoryLog(io, screen, tls is not null);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, lines, jsonEvents: chat is null || values.IsOn(CommonFlags.Verbose), chat?.Cover, places: endpoints);
        options = options with { Transport = new ManagedTransportOptions { Backlog = ServerStart.ReadBacklog(values), ReceiveSize = payload, Options = settings, Native = Platform.Sockets, Events = sinks.Events, Streams = carrier.Streams } };

        // What is said when descriptors have run out must be in memory by then.
        Explainer.Preload();
        long started = TimeProvider.System.GetTimestamp();
        SocketServer server = await ServerStart.RunAsync(options, notice => ServerFlags.Tell(notice, io, screen, sinks.Json, quiet), values, io, screen, cancellationToken, chat is { ReadsKeys: true }).ConfigureAwait(false);
        await using (server)
        {
            using var manager = new ServiceManagerNotices(error => screen.Line(io.Text("serve.notify-failed", ("error", TerminalText.Safe(error)))));
            if (!quiet && !json)
            {
                foreach (string line in DnsFlags.Tell(zones, io))
                    screen.Line(line);
            }

            sinks.Trace?.Watch(server.Endpoints.Select(bound => bound.Actual));
            TellReady(server, io, screen, sinks, service, zones, development ? tls : null, carrier);
            if (!json && !quiet && values.Count(CommonFlags.Verbose) > 1)
                carrier.Tell(io, screen, endpoints);
            if (keyLog is not null)
                TellKeyLog(keyLog, io, screen, sinks, quiet);
            if (tls is not null)
                TellDates(tls.Certificate, io, screen, sinks);
            manager.Tell("READY=1");
            chat?.Begin(screen, sinks.Json);
            if (!quiet && !json && chat is not { IsOperator: true })
                screen.StartStatus(new StatusLine(() => Status(TotalsOf(server, chat, files?.Stream as HttpFileService), started), io.Language, io.Unicode).Render);
            await Ended(signals.Asked, sinks.Json?.Broken ?? cancellationToken, chat?.Asked ?? cancellationToken).ConfigureAwait(false);
            screen.EndStatus();
            sinks.Hurry(drain > TimeSpan.FromSeconds(1) ? drain : TimeSpan.FromSeconds(1), signals.Insisted);
            chat?.Drain();
            manager.Tell("STOPPING=1");
            if (sinks.Json is { Broken.IsCancellationRequested: true, Failure: { } failure })
                throw failure; // Nobody reads what happens any more.
            Task<int> draining = server.DrainAsync(drain, signals.Insisted);
            await Task.WhenAny(draining, Task.Delay(Noticed, CancellationToken.None)).ConfigureAwait(false);
            if (!draining.IsCompleted && !quiet && !json && server.Totals.Active is > 0 and int active)
                screen.Line(io.Text("serve.draining", ("count", active), ("time", Units.Format(drain))));
            int reset = await draining.ConfigureAwait(false);
            if (chat is not null)
                await chat.EndAsync().ConfigureAwait(false);
            TellSummary(TotalsOf(server, chat, files?.Stream as HttpFileService), reset, TimeProvider.System.GetElapsedTime(started), io, screen, sinks, quiet);
        }

        return await sinks.FinishAsync(ExitCodes.Done).ConfigureAwait(false);
    }

    private static async Task Ended(params CancellationToken[] tokens)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tokens);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = either.Token.Register(() => ended.TrySetResult());
        await ended.Task.ConfigureAwait(false);
    }

    private static IEnumerable<string> ServiceNames() => ServiceCatalog.All.Select(entry => entry.Name).Append(HttpFlags.ServiceName).Append(DnsFlags.ServiceName).Append(ChatService.Name);

    private static SocketService ReadService(VerbValues values, CliIo io)
    {
        string names = string.Join(", ", ServiceNames());
        if (values.One(Service) is not { } name)
            throw io.Wrong("serve.wrong.no-service", ("names", names));
        if (ServiceCatalog.Find(name) is not { } entry)
        {
            if (SocketUri.TryParse(ushort.TryParse(name, out _) ? ":" + name : name, out SocketUri meant, out _) && values.All(Endpoints).Count == 0)
                throw io.Wrong("serve.wrong.endpoint-only", ("names", names), ("example", $"soket serve echo {meant}"));
            if (values.All(Endpoints) is [{ } second, ..] && ServiceCatalog.Find(second) is not null && SocketUri.TryParse(name, out _, out _))
                throw io.Wrong("serve.wrong.service-first", ("example", $"soket serve {second} {TerminalText.Safe(name)}"));
            string? nearest = Nearest.Of(name, ServiceNames());
            throw io.Wrong(nearest is null ? "serve.wrong.service" : "serve.wrong.service-nearest", ("name", TerminalText.Safe(name)), ("names", names), ("nearest", nearest));
        }

        if (values.IsTyped(ReplyText) && entry.Name != "reply")
            throw io.Wrong("serve.wrong.only", ("flag", ReplyText.Name), ("service", "reply"));
        if (values.IsTyped(ReplyAs) && entry.Name != "process")
            throw io.Wrong("serve.wrong.only", ("flag", ReplyAs.Name), ("service", "process"));
        if (entry.Name == "reply" && !values.IsGiven(ReplyText))
            throw io.Wrong("serve.wrong.no-text");
        bool asJson = values.Text(ReplyAs) switch
        {
            null or "text" => false,
            "json" => true,
            { } other => throw io.Wrong("wrong.choice", ("flag", ReplyAs.Name), ("value", TerminalText.Safe(other)), ("choices", ReplyAs.Placeholder)),
        };
        return entry.Create(new ServiceOptions { Reply = ReadTemplate(values, io), Format = asJson ? ReplyFormat.Json : ReplyFormat.Text });
    }

    private static ReplyTemplate ReadTemplate(VerbValues values, CliIo io)
    {
        if (values.Text(ReplyText) is not { } text)
            return ReplyTemplate.Default;
        return ReplyTemplate.TryParse(text, out ReplyTemplate? template, out ReplyTemplateError? error)
            ? template
            : throw new UsageException(error.Describe(io.Language));
    }

    private static void TellKeyLog(string path, CliIo io, Screen screen, EventSinks sinks, bool quiet)
    {
        string text = io.Text("key-log.on", ("path", TerminalText.Safe(path)));
        if (sinks.Json is { } json)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", "key-log");
                writer.WriteString("text", text);
            });
        }
        else if (!quiet)
        {
            screen.Line(text);
        }
    }

    private static void TellReady(SocketServer server, CliIo io, Screen screen, EventSinks sinks, SocketService service, IReadOnlyList<DnsZone> zones, TlsServerSettings? development, TransportChoice carrier)
    {
        string? fingerprint = development is null ? null : DevelopmentCertificate.Fingerprint(development.Certificate);
        List<string> pages = PageAddresses.Of(server.Endpoints);
        if (sinks.Json is { } json)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "ready");
                writer.WriteString("service", service.Name);
                writer.WriteStartArray("endpoints");
                foreach (BoundEndpoint endpoint in server.Endpoints)
                    writer.WriteStringValue(endpoint.Actual.ToString());
                writer.WriteEndArray();
                if (pages.Count > 0)
                {
                    writer.WriteStartArray("pages");
                    foreach (string page in pages)
                        writer.WriteStringValue(page);
                    writer.WriteEndArray();
                }

                if (fingerprint is not null)
                    writer.WriteString("fingerprint", fingerprint);
                carrier.Write(writer, server.Endpoints.Select(endpoint => endpoint.Actual));
                writer.WriteNumber("pid", Environment.ProcessId);
            });
            sinks.Release();
            return;
        }

        foreach (BoundEndpoint endpoint in server.Endpoints)
            screen.Line(io.Text("serve.ready", ("service", service.Name), ("endpoint", endpoint.Actual)));
        foreach (string page in pages)
            screen.Line(io.Text("serve.page", ("address", page)));
        if (fingerprint is not null)
            screen.Line(io.Text(zones.Count > 0 ? "serve.fingerprint-dns" : "serve.fingerprint", ("fingerprint", fingerprint), ("zone", zones.Count > 0 ? TerminalText.Safe(zones[0].Name.ToString()) : null), ("endpoint", server.Endpoints.First(endpoint => endpoint.Actual.IsSecure).Actual)));
        screen.Line(io.Text("serve.stop"));
    }

    // No reason not to serve: whoever shows what an expired certificate does to clients wants just that.
    private static void TellDates(X509Certificate2 certificate, CliIo io, Screen screen, EventSinks sinks)
    {
        DateTime now = DateTime.Now; // as NotBefore and NotAfter are
        string? notice = now > certificate.NotAfter ? "certificate-expired" : now < certificate.NotBefore ? "certificate-not-yet-valid" : null;
        if (notice is null)
            return;
        string date = (now > certificate.NotAfter ? certificate.NotAfter : certificate.NotBefore).ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        if (sinks.Json is not { } json)
        {
            screen.Line(io.Text("serve.notice." + notice, ("subject", TerminalText.Safe(certificate.Subject)), ("date", date)));
            return;
        }

        json.Write(writer =>
        {
            writer.WriteString("type", "notice");
            writer.WriteString("notice", notice);
            writer.WriteString("subject", certificate.Subject);
            writer.WriteString("date", date);
        });
    }

    // What a person says in a chat is a message, whatever it came in; of HTTP it is a request.
    private static ServerTotals TotalsOf(SocketServer server, ChatHost? chat, HttpFileService? files) =>
        chat is not null ? Add(server.Totals, chat) : files is null ? server.Totals : server.Totals with { Messages = files.Requests };

    private static ServerTotals Add(ServerTotals totals, ChatHost chat)
    {
        (long received, long sent) = chat.DatagramBytes;
        return totals with { Messages = chat.Said, BytesReceived = totals.BytesReceived + received, BytesSent = totals.BytesSent + sent };
    }

    private static StatusSnapshot Status(in ServerTotals totals, long started)
    {
        return new(totals.Active, totals.Accepted, totals.Messages, totals.BytesReceived, totals.BytesSent, TimeProvider.System.GetElapsedTime(started));
    }

    private static void TellSummary(ServerTotals totals, int reset, TimeSpan elapsed, CliIo io, Screen screen, EventSinks sinks, bool quiet)
    {
        if (sinks.Json is { } json)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "summary");
                writer.WriteNumber("accepted", totals.Accepted);
                writer.WriteNumber("refused", totals.Refused);
                writer.WriteNumber("failed", totals.Failed);
                writer.WriteNumber("reset", reset);
                writer.WriteNumber("messages", totals.Messages);
                writer.WriteNumber("bytes_received", totals.BytesReceived);
                writer.WriteNumber("bytes_sent", totals.BytesSent);
                writer.WriteNumber("elapsed_us", (long)elapsed.TotalMicroseconds);
            });
        }
        else if (!quiet)
        {
            screen.Line(io.Text(
                "serve.summary-line",
                ("accepted", totals.Accepted),
                ("messages", totals.Messages),
                ("received", Units.FormatBytes(totals.BytesReceived)),
                ("sent", Units.FormatBytes(totals.BytesSent)),
                ("refused", totals.Refused),
                ("failed", totals.Failed),
                ("reset", reset),
                ("time", Units.Format(elapsed))));
        }
    }
}
