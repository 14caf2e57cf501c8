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

    /// <summary>Those of a client in a verb that is a server as well: <c>--to-header</c>. What text is, the messages say there.</summary>
    public static IReadOnlyList<Flag> Onward { get; } = [.. Client.Where(flag => flag != Binary).Select(flag => flag.Onward("flags.to-websocket"))];

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
            Subprotocols = Subprotocols(values, io, Subprotocol),
            Compress = values.IsOn(Compress),
            PingInterval = Interval(values, io, Ping),
            FragmentSize = FragmentSize(values, Fragment),
            AllowedOrigins = values.Many(AllowOrigin),
        };
    }

    /// <summary>How to connect; what is given for nothing is wrong.</summary>
    public static WebSocketClientSettings ReadClient(VerbValues values, CliIo io, SocketUri endpoint, TimeSpan timeout, bool onward = false)
    {
        Flag Of(Flag flag) => onward ? Onward.First(one => one.Twin == flag) : flag;
        Check(values, io, endpoint.IsWebSocket, onward ? Onward : Client);
        if (endpoint.IsWebSocket && values.IsTyped(CommonFlags.Framing))
            throw io.Wrong("wrong.framing-on-websocket");
        string? origin = values.Text(Of(Origin));
        if (origin is not null && !HttpSyntax.IsFieldValue(origin))
            throw io.Wrong("wrong.header", ("flag", Of(Origin).Name), ("value", TerminalText.Safe(origin)));
        return new WebSocketClientSettings
        {
            MaxMessage = MaxMessage(values),
            Subprotocols = Subprotocols(values, io, Of(Subprotocol)),
            Compress = values.IsOn(Of(Compress)),
            PingInterval = Interval(values, io, Of(Ping)),
            FragmentSize = FragmentSize(values, Of(Fragment)),
            HandshakeTimeout = timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan,
            Origin = origin,
            Fields = [.. values.Many(Of(Header)).Select(text => ReadField(text, io, Of(Header)))],
        };
    }

    private static void Check(VerbValues values, CliIo io, bool any, IReadOnlyList<Flag> flags)
    {
        if (!any && flags.FirstOrDefault(values.IsTyped) is { } stray)
            throw io.Wrong("wrong.websocket-flag", ("flag", stray.Name));
    }

    private static int MaxMessage(VerbValues values) => (int)values.Size(CommonFlags.MaxMessage, Framing.DefaultMaxMessage, 1, 1024 * 1024 * 1024);

    private static int FragmentSize(VerbValues values, Flag flag) => (int)values.Size(flag, 0, 1, 1024 * 1024 * 1024);

    private static TimeSpan Interval(VerbValues values, CliIo io, Flag flag)
    {
        TimeSpan interval = values.Duration(flag, TimeSpan.Zero)!.Value;
        return !values.IsGiven(flag) || (interval >= TimeSpan.FromMilliseconds(10) && interval <= TimeSpan.FromDays(1)) ? interval
            : throw io.Wrong("wrong.ping", ("flag", flag.Name), ("value", TerminalText.Safe(values.Text(flag) ?? "")));
    }

    private static IReadOnlyList<string> Subprotocols(VerbValues values, CliIo io, Flag flag)
    {
        IReadOnlyList<string> names = values.Many(flag);
        return names.FirstOrDefault(name => !HttpSyntax.IsToken(name)) is { } wrong
            ? throw io.Wrong("wrong.subprotocol", ("flag", flag.Name), ("value", TerminalText.Safe(wrong)))
            : names;
    }

    private static HttpField ReadField(string text, CliIo io, Flag flag)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        var field = new HttpField(colon < 0 ? "" : text[..colon], colon < 0 ? "" : text[(colon + 1)..].Trim());
        return WebSocketMiddleware.MayAdd(field) ? field : throw io.Wrong("wrong.header", ("flag", flag.Name), ("value", TerminalText.Safe(text)));
    }
}
