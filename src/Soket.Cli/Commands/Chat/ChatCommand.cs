using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Middleware.Proxy;
using Soket.Options;
using Soket.Transports;

namespace Soket.Cli.Commands.Chat;

/// <summary><c>soket chat ENDPOINT [ENDPOINT...]</c>: takes part in a chat, or talks with a plain program.</summary>
internal sealed class ChatCommand : Verb
{
    private static readonly Positional Endpoint = new("ENDPOINT", Many: true);
    private static readonly Flag Nick = new("--nick", FlagKind.Value, "flags.chat", "NAME");
    private static readonly Flag Room = new("--room", FlagKind.Many, "flags.chat", "ROOM");
    private static readonly Flag Plain = new("--plain", FlagKind.Switch, "flags.chat");
    private static readonly Flag Script = new("--script", FlagKind.Value, "flags.chat", "FILE") { TypedOnly = true };
    private static readonly Flag Reconnect = new("--reconnect", FlagKind.Value, "flags.where", "N|forever");
    private static readonly Flag Wait = new("--wait", FlagKind.Value, "flags.messages", "TIME", "-w");
    private static readonly Flag ConnectTimeout = new("--timeout", FlagKind.Value, "flags.where", "TIME", "-t");

    private const SocketOptionRoles Roles = SocketOptionRoles.Client | SocketOptionRoles.Datagram;

    /// <summary>The token that a server asks for, and the variable that may hold it.</summary>
    public static Flag TokenFile { get; } = new("--token-file", FlagKind.Value, "flags.chat", "FILE");

    public const string TokenVariable = "SOKET_CHAT_TOKEN";

    public override string Name => "chat";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoint];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Nick, Room, TokenFile, Plain, Script, Wait,
        ConnectTimeout, Reconnect, TransportChoice.Flag, .. ProxyFlags.Client,
        .. OptionFlags.For(Roles),
        .. TlsFlags.Client,
        .. WebSocketFlags.Client.Where(flag => flag != WebSocketFlags.Binary),
        CommonFlags.Json, CommonFlags.Events, .. TraceFlags.All, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        using var signals = new Signals(Connect.Talk.Ending);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        if (await ReadEndpointAsync(values, io, stop.Token).ConfigureAwait(false) is not { } endpoint)
            return stop.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Done;
        ChatScript? script = values.Text(Script) is { } path ? ChatScript.Read(path, io) : null;
        ChatClientOptions options = ReadOptions(values, io, endpoint) with { Others = ReadOthers(values, io, endpoint) };
        bool json = values.IsOn(CommonFlags.Json);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = values.Count(CommonFlags.Verbose);
        TimeSpan wait = values.Duration(Wait, TimeSpan.FromSeconds(1))!.Value;

        ChatTalk? talk = null;
        await using TerminalView? terminal = !json && script is null && io.InIsTerminal && io.OutIsTerminal && io.Rewrites
            ? new TerminalView(io, quiet, typed => talk?.Candidates(typed) ?? [])
            : null;
        await using Screen screen = io.CreateScreen(canRewrite: false, io.ErrorIsTerminal ? terminal : null);
        await using PlainView? plain = terminal is null && !json ? new PlainView(io, screen, quiet) : null;
        await using EventSinks sinks = EventSinks.Open(
            values, io, screen, verbose > 0 && !json ? io.CreateLog(screen, verbose) : null, jsonEvents: verbose > 0, options.Token.Length > 0 ? static sink => new ChatSecret.Cover(sink) : null, [options.Connection.Proxy?.Place ?? endpoint]);
        sinks.Release();
        options = options with { Connection = options.Connection with { Transport = options.Connection.Transport with { Events = sinks.Events } } };
        if (!json && !quiet && options.Connection.Tls is { Insecure: true, Fingerprint: null })
            screen.Line(io.Text("connect.unverified", ("endpoint", endpoint)));
        using var client = new ChatClient(endpoint, options);
        talk = new ChatTalk(client, endpoint, terminal ?? (IChatView?)plain, sinks.Json, script, wait, io);
        try
        {
            return await sinks.FinishAsync(await talk.RunAsync(stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            if (terminal is not null)
                await terminal.DisposeAsync().ConfigureAwait(false);
            await screen.FlushAsync().ConfigureAwait(false);
            return await sinks.FinishAsync(await FailureView.TellAsync(options.Connection.Proxy?.Mark(failure) ?? failure, io, json, sinks.Json).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static async Task<SocketUri?> ReadEndpointAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        SocketUri endpoint;
        if (values.All(Endpoint) is not [{ } text, ..])
        {
            if (!ChatPort.CanAsk(io))
                throw io.Wrong("chat.wrong.no-endpoint");
            if (await ChatPort.AskAsync(null, "localhost", io, cancellationToken).ConfigureAwait(false) is not { } asked)
                return null;
            endpoint = asked;
        }
        else if (!SocketUri.TryParse(text, out endpoint, out SocketUriError? error))
        {
            if (error.Key is not ("port-missing" or "port-alone") || !ChatPort.CanAsk(io) || text.Contains('/', StringComparison.Ordinal) && !text.StartsWith("tcp://", StringComparison.Ordinal) && !text.StartsWith("udp://", StringComparison.Ordinal))
                throw new UsageException(error.Describe(io.Language, text));
            string[] parts = text.Split("://");
            if (await ChatPort.AskAsync(parts.Length == 2 ? parts[0] : null, parts[^1].TrimEnd(':', '/'), io, cancellationToken).ConfigureAwait(false) is not { } asked)
                return null;
            endpoint = asked;
        }

        if (endpoint.Host == SocketUri.AnyHost)
            throw io.Wrong("connect.wrong.any-host", ("example", endpoint.WithHost("localhost")));
        if (!endpoint.IsUnix && endpoint.Port == 0)
            throw io.Wrong("connect.wrong.port-zero", ("example", endpoint.WithPort(8080)));
        return endpoint;
    }

    // What is agreed with the one (TLS, a proxy, a framing) must hold for the others.
    private static List<SocketUri> ReadOthers(VerbValues values, CliIo io, SocketUri endpoint)
    {
        var others = new List<SocketUri>();
        foreach (string text in values.All(Endpoint).Skip(1))
        {
            if (!SocketUri.TryParse(text, out SocketUri other, out SocketUriError? error))
                throw new UsageException(error.Describe(io.Language, text));
            if (other.SchemeName != endpoint.SchemeName || other.Host == SocketUri.AnyHost || (!other.IsUnix && other.Port == 0))
                throw io.Wrong("chat.wrong.other", ("endpoint", other), ("first", endpoint));
            others.Add(other);
        }

        return others;
    }

    private static ChatClientOptions ReadOptions(VerbValues values, CliIo io, SocketUri endpoint)
    {
        string nick = values.Text(Nick) ?? "";
        if (nick.Length > 0 && !ChatName.IsValid(nick, out string? reason))
            throw io.Wrong("chat.wrong.name", ("flag", Nick.Name), ("reason", TerminalText.Safe(ChatWords.OfNotice(new ChatNotice(reason, ("name", nick), ("least", $"{ChatName.Shortest}"), ("most", $"{ChatName.Longest}")), io.Language))));
        string token = ChatSecret.Read(values, TokenFile, TokenVariable, io) ?? "";
        IReadOnlyList<string> rooms = values.Many(Room);
        bool plain = values.IsOn(Plain);
        if (plain && (values.IsTyped(Nick) || values.IsTyped(Room) || values.IsTyped(TokenFile)))
            throw io.Wrong("chat.wrong.plain", ("flag", Plain.Name), ("other", new[] { Nick, Room, TokenFile }.First(values.IsTyped).Name));
        List<SocketOptionSetting> settings = OptionFlags.Read(values, Roles, [endpoint], io);
        TimeSpan timeout = values.Duration(ConnectTimeout, TimeSpan.FromSeconds(10))!.Value;
        ProxyEndpoint? proxy = ProxyFlags.Read(values, io, endpoint);
        int? most = values.Text(Reconnect) switch
        {
            null or "forever" => null,
            { } text when int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) && number <= 1_000_000 => number,
            { } text => throw io.Wrong("connect.wrong.retry", ("flag", Reconnect.Name), ("value", TerminalText.Safe(text))),
        };
        return new ChatClientOptions
        {
            Name = nick,
            Token = token,
            Rooms = rooms,
            Manner = plain ? ChatManner.Plain : endpoint.IsDatagram && (rooms.Count > 0 || token.Length > 0) ? ChatManner.Rooms : ChatManner.Found,
            MostReconnects = most,
            Connection = new SocketClientOptions
            {
                ConnectTimeout = timeout > TimeSpan.Zero ? timeout : null,
                Tls = TlsFlags.ReadClient(values, io, endpoint, timeout),
                Proxy = proxy,
                WebSocket = WebSocketFlags.ReadClient(values, io, endpoint, timeout),
                Transport = new ManagedTransportOptions { Options = settings, Native = Platform.Sockets, Streams = TransportChoice.Read(values, io).Streams },
            },
        };
    }
}
