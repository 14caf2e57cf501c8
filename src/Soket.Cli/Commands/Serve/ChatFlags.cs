using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Chat;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Options;
using Soket.RabbitMq;

namespace Soket.Cli.Commands.Serve;

/// <summary>The flags of <c>soket serve chat</c>.</summary>
internal static class ChatFlags
{
    public static Flag Operator { get; } = new("--operator", FlagKind.Switch, "flags.chat") { TypedOnly = true };

    private static readonly Flag Web = new("--web", FlagKind.Switch, "flags.chat") { TypedOnly = true };
    private static readonly Flag History = new("--history", FlagKind.Value, "flags.chat", "FOLDER") { TypedOnly = true };
    private static readonly Flag HistorySync = new("--history-sync", FlagKind.Value, "flags.chat", "TIME|always|never");
    private static readonly Flag Rate = new("--rate", FlagKind.Value, "flags.chat", "N");
    private static readonly Flag OperatorTokenFile = new("--operator-token-file", FlagKind.Value, "flags.chat", "FILE");
    private const int SharedHistory = 5_000; // of a room: what somebody is caught up from who comes from another server
    private const int SharedHistoryBytes = 2 * 1024 * 1024;
    private const string OperatorTokenVariable = "SOKET_CHAT_OPERATOR_TOKEN";

    private static readonly Flag Backplane = new("--backplane", FlagKind.Value, "flags.chat", "URI") { HoldsSecret = true };
    public static Flag BackplanePasswordFile { get; } = new("--backplane-password-file", FlagKind.Value, "flags.chat", "FILE");
    private static readonly Flag BackplaneName = new("--backplane-name", FlagKind.Value, "flags.chat", "NAME");
    private static readonly Flag BackplaneKeep = new("--backplane-keep", FlagKind.Value, "flags.chat", "SIZE");
    private const string BackplanePasswordVariable = "SOKET_CHAT_BACKPLANE_PASSWORD";

    public static IReadOnlyList<Flag> All { get; } =
        [Operator, Web, ChatCommand.TokenFile, OperatorTokenFile, Rate, History, HistorySync, Backplane, BackplanePasswordFile, BackplaneName, BackplaneKeep];

    /// <summary>The chat, where it is the service that was asked for; else null.</summary>
    public static Task<ChatHost?> ReadAsync(VerbValues values, string? service, CliIo io, CancellationToken cancellationToken)
    {
        if (ChatService.Name.Equals(service, StringComparison.OrdinalIgnoreCase))
            return ReadAsync(values, io, cancellationToken);
        return All.FirstOrDefault(values.IsTyped) is { } stray ? throw io.Wrong("serve.wrong.only", ("flag", stray.Name), ("service", ChatService.Name)) : Task.FromResult<ChatHost?>(null);
    }

    private static async Task<ChatHost?> ReadAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        if (values.IsTyped(HistorySync) && !values.IsTyped(History))
            throw io.Wrong("chat.wrong.sync-alone", ("flag", HistorySync.Name), ("other", History.Name));
        string? token = ChatSecret.Read(values, ChatCommand.TokenFile, ChatCommand.TokenVariable, io);
        string? operatorToken = ChatSecret.Read(values, OperatorTokenFile, OperatorTokenVariable, io);
        if (token is not null && token == operatorToken)
            throw io.Wrong("chat.wrong.tokens-alike");
        var limits = new ChatLimits { PerSecond = values.Number(Rate, 5, 0, 100_000) };
        limits = limits with { Burst = Math.Max(limits.Burst, (int)limits.PerSecond) };
        bool isOperator = values.IsOn(Operator);
        RabbitBackplaneOptions? shared = ReadBackplane(values, isOperator, io);
        if (shared is not null)
            limits = limits with { History = SharedHistory, HistoryBytes = SharedHistoryBytes };
        var options = new ChatHallOptions { Limits = limits, Token = token, OperatorToken = operatorToken, History = OpenHistory(values, limits, io) };
        return await ChatHost.BeginAsync(options, shared, isOperator, values.IsOn(Web), io, values.IsOn(CommonFlags.Json), values.IsOn(CommonFlags.Quiet), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses to serve a page where whoever is on the network could read what is said, or come in.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="endpoints">Where it is served.</param>
    /// <param name="io">For what is wrong.</param>
    public static void Check(ChatHost chat, IReadOnlyList<SocketUri> endpoints, CliIo io)
    {
        if (!chat.HasPage)
            return;
        if (!endpoints.Any(endpoint => endpoint.IsWebSocket))
            throw io.Wrong("chat.wrong.web-nowhere", ("flag", Web.Name));
        foreach (SocketUri endpoint in endpoints.Where(endpoint => endpoint.IsWebSocket && !ServePlaces.IsLoopback(endpoint.Host)))
        {
            if (!endpoint.IsSecure)
                throw io.Wrong("chat.wrong.web-plain", ("endpoint", endpoint), ("example", "wss" + endpoint.ToString()["ws".Length..]));
            if (!chat.HasToken)
                throw io.Wrong("chat.wrong.web-token", ("endpoint", endpoint), ("flag", ChatCommand.TokenFile.Name), ("variable", ChatCommand.TokenVariable));
        }
    }

    /// <summary>
    /// Whoever has vanished without a word (a phone without a network, a machine without power) holds a name and a place: unless somebody has said otherwise, the
    /// kernel asks after a minute, and gives him up after two.
    /// </summary>
    /// <param name="settings">The options that were given.</param>
    /// <param name="endpoints">Where it is served.</param>
    public static List<SocketOptionSetting> WatchPeers(List<SocketOptionSetting> settings, IReadOnlyList<SocketUri> endpoints)
    {
        if (endpoints.All(endpoint => endpoint.IsDatagram || endpoint.IsUnix))
            return settings;
        (string Name, long Value)[] usual = [("SO_KEEPALIVE", 1), ("TCP_KEEPIDLE", 60_000), ("TCP_KEEPINTVL", 15_000), ("TCP_KEEPCNT", 4)];
        if (OperatingSystem.IsLinux())
            usual = [.. usual, ("TCP_USER_TIMEOUT", 120_000)]; // for what was sent to him and never acknowledged
        return [.. usual.Select(one => new SocketOptionSetting(SocketOptions.Find(one.Name)!, one.Value)).Where(one => settings.All(given => given.Option != one.Option)), .. settings];
    }

    private static RabbitBackplaneOptions? ReadBackplane(VerbValues values, bool isOperator, CliIo io)
    {
        if (values.Text(Backplane) is not { } text)
        {
            return new[] { BackplanePasswordFile, BackplaneName, BackplaneKeep }.FirstOrDefault(values.IsTyped) is { } stray
                ? throw io.Wrong("chat.wrong.backplane-alone", ("flag", stray.Name), ("other", Backplane.Name))
                : null;
        }

        if (!BrokerAddress.TryParse(text, out BrokerAddress? broker))
            throw io.Wrong("chat.wrong.backplane", ("flag", Backplane.Name), ("value", TerminalText.Safe(Backplane.Shown(text))));
        // One keeps what was said, and one seat has the operator's name.
        if (values.IsTyped(History) || isOperator)
            throw io.Wrong(isOperator ? "chat.wrong.backplane-operator" : "chat.wrong.backplane-history", ("flag", (isOperator ? Operator : History).Name), ("other", Backplane.Name));
        string name = values.Text(BackplaneName) ?? "chat";
        if (!ChatName.IsValid(name, out _))
            throw io.Wrong("chat.wrong.backplane-name", ("flag", BackplaneName.Name), ("value", TerminalText.Safe(name)));
        return new RabbitBackplaneOptions
        {
            Broker = broker,
            Password = ChatSecret.Read(values, BackplanePasswordFile, BackplanePasswordVariable, io),
            Name = "soket." + name,
            Keep = values.Size(BackplaneKeep, 16 * 1024 * 1024, 512 * 1024, long.MaxValue / 2),
        };
    }

    private static ChatHistory? OpenHistory(VerbValues values, ChatLimits limits, CliIo io)
    {
        if (values.Text(History) is not { } folder)
            return null;
        TimeSpan sync = values.Text(HistorySync) switch
        {
            null => TimeSpan.FromSeconds(1),
            "always" => TimeSpan.Zero,
            "never" => Timeout.InfiniteTimeSpan,
            _ => values.Duration(HistorySync, null)!.Value,
        };
        if (sync > TimeSpan.FromHours(1))
            throw io.Wrong("wrong.duration", ("flag", HistorySync.Name), ("value", TerminalText.Safe(values.Text(HistorySync)!)));
        try
        {
            return ChatHistory.Open(folder, new ChatHistoryOptions { SyncAfter = sync }, limits);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("chat.wrong.history", ("path", TerminalText.Safe(folder)), ("error", File.Exists(folder) ? io.Text("file.no-folder-but-file") : FileTrouble.Of(e, folder, io)));
        }
    }
}
