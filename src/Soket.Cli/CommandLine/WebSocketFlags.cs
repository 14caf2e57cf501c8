using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Middleware.WebSocket;
using Soket.Protocols.Framing;
using Soket.Protocols.Http1;

namespace Soket.Cli.CommandLine;

/// <summary>The flags of WebSocket, for both ends.</summary>
internal static class WebSocketFlags
{
    public static Flag Binary { get; } = new("--binary", FlagKind.Switch, "flags.websocket");

    private static readonly Flag Subprotocol = new("--subprotocol", FlagKind.Many, "flags.websocket", "NAME");
    private static readonly Flag Compress = new("--compress", FlagKind.Switch, "flags.websocket");
    private static readonly Flag Ping = new("--ping", FlagKind.Value, "flags.websocket", "TIME");
    private static readonly Flag Fragment = new("--fragment", FlagKind.Value, "flags.websocket", "SIZE");
    private static readonly Flag AllowOrigin = new("--allow-origin", FlagKind.Many, "flags.websocket", "ORIGIN") { TextKey = "serve.flag.allow-origin" };
    private static readonly Flag Origin = new("--origin", FlagKind.Value, "flags.websocket", "ORIGIN");
    private static readonly Flag Header = new("--header", FlagKind.Many, "flags.websocket", "'NAME: VALUE'");

    public static IReadOnlyList<Flag> Server { get; } = [Subprotocol, Compress, Ping, Fragment, AllowOrigin];

    public static IReadOnlyList<Flag> Client { get; } = [Binary, Subprotocol, Compress, Ping, Fragment, Origin, Header];

    /// <summary>How to serve; what is given for nothing is wrong.</summary>
    public static WebSocketServerSettings ReadServer(VerbValues values, CliIo io, IReadOnlyList<SocketUri> endpoints)
    {
        bool any = endpoints.Any(endpoint => endpoint.IsWebSocket);
        Check(values, io, any, Server);
        // A framing is for the other streams; where there is none it was meant for the WebSocket, which has messages of its own.
        if (any && values.IsTyped(CommonFlags.Framing) && endpoints.All(endpoint => endpoint.IsWebSocket || endpoint.IsDatagram))
            throw io.Wrong("wrong.framing-on-websocket");
        return new WebSocketServerSettings
        {
            MaxMessage = MaxMessage(values),
            Subprotocols = Subprotocols(values, io),
            Compress = values.IsOn(Compress),
            PingInterval = Interval(values, io),
            FragmentSize = FragmentSize(values),
            AllowedOrigins = values.Many(AllowOrigin),
        };
    }

    /// <summary>How to connect; what is given for nothing is wrong.</summary>
    public static WebSocketClientSettings ReadClient(VerbValues values, CliIo io, SocketUri endpoint, TimeSpan timeout)
    {
        Check(values, io, endpoint.IsWebSocket, Client);
        if (endpoint.IsWebSocket && values.IsTyped(CommonFlags.Framing))
            throw io.Wrong("wrong.framing-on-websocket");
        string? origin = values.Text(Origin);
        if (origin is not null && !HttpSyntax.IsFieldValue(origin))
            throw io.Wrong("wrong.header", ("flag", Origin.Name), ("value", TerminalText.Safe(origin)));
        return new WebSocketClientSettings
        {
            MaxMessage = MaxMessage(values),
            Subprotocols = Subprotocols(values, io),
            Compress = values.IsOn(Compress),
            PingInterval = Interval(values, io),
            FragmentSize = FragmentSize(values),
            HandshakeTimeout = timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan,
            Origin = origin,
            Fields = [.. values.Many(Header).Select(text => ReadField(text, io))],
        };
    }

    private static void Check(VerbValues values, CliIo io, bool any, IReadOnlyList<Flag> flags)
    {
        if (!any && flags.FirstOrDefault(values.IsTyped) is { } stray)
            throw io.Wrong("wrong.websocket-flag", ("flag", stray.Name));
    }

    private static int MaxMessage(VerbValues values) => (int)values.Size(CommonFlags.MaxMessage, Framing.DefaultMaxMessage, 1, 1024 * 1024 * 1024);

    private static int FragmentSize(VerbValues values) => (int)values.Size(Fragment, 0, 1, 1024 * 1024 * 1024);

    private static TimeSpan Interval(VerbValues values, CliIo io)
    {
        TimeSpan interval = values.Duration(Ping, TimeSpan.Zero)!.Value;
        return !values.IsGiven(Ping) || (interval >= TimeSpan.FromMilliseconds(10) && interval <= TimeSpan.FromDays(1)) ? interval
            : throw io.Wrong("wrong.ping", ("flag", Ping.Name), ("value", TerminalText.Safe(values.Text(Ping) ?? "")));
    }

    private static IReadOnlyList<string> Subprotocols(VerbValues values, CliIo io)
    {
        IReadOnlyList<string> names = values.Many(Subprotocol);
        return names.FirstOrDefault(name => !HttpSyntax.IsToken(name)) is { } wrong
            ? throw io.Wrong("wrong.subprotocol", ("flag", Subprotocol.Name), ("value", TerminalText.Safe(wrong)))
            : names;
    }

    private static HttpField ReadField(string text, CliIo io)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        var field = new HttpField(colon < 0 ? "" : text[..colon], colon < 0 ? "" : text[(colon + 1)..].Trim());
        return WebSocketMiddleware.MayAdd(field) ? field : throw io.Wrong("wrong.header", ("flag", Header.Name), ("value", TerminalText.Safe(text)));
    }
}
