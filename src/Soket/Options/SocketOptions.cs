using System.Text.Json;

namespace Soket.Options;

/// <summary>Every option Soket knows. A new one is one more entry of <c>options.json</c>, numbers and texts together.</summary>
public static class SocketOptions
{
    /// <summary>All of them, in the order people meet them.</summary>
    public static IReadOnlyList<SocketOption> All { get; } = Load();

    /// <summary>SO_REUSEADDR, socket(7): bind while old connections of the port are in TIME_WAIT.</summary>
    public static SocketOption ReuseAddress { get; } = Known("SO_REUSEADDR");

    /// <summary>SO_KEEPALIVE, socket(7): probe a silent peer.</summary>
    public static SocketOption KeepAlive { get; } = Known("SO_KEEPALIVE");

    /// <summary>SO_RCVTIMEO, socket(7): how long a receive waits.</summary>
    public static SocketOption ReceiveTimeout { get; } = Known("SO_RCVTIMEO");

    /// <summary>SO_SNDTIMEO, socket(7): how long a send waits.</summary>
    public static SocketOption SendTimeout { get; } = Known("SO_SNDTIMEO");

    /// <summary>TCP_NODELAY, tcp(7): Nagle's algorithm off.</summary>
    public static SocketOption NoDelay { get; } = Known("TCP_NODELAY");

    /// <summary>SO_LINGER, socket(7): what close does with bytes not yet sent.</summary>
    public static SocketOption Linger { get; } = Known("SO_LINGER");

    /// <summary>SO_RCVBUF, socket(7): the size of the receive buffer. Linux doubles the value set.</summary>
    public static SocketOption ReceiveBuffer { get; } = Known("SO_RCVBUF");

    /// <summary>SO_SNDBUF, socket(7): the size of the send buffer. Linux doubles the value set.</summary>
    public static SocketOption SendBuffer { get; } = Known("SO_SNDBUF");

    /// <summary>IPV6_V6ONLY, ipv6(7): whether a socket of IPv6 leaves IPv4 to others.</summary>
    public static SocketOption OnlyIPv6 { get; } = Known("IPV6_V6ONLY");

    /// <summary>The option of a system name or a flag, in any case; null when there is none.</summary>
    public static SocketOption? Find(string name) => All.FirstOrDefault(option =>
        option.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || option.Flag.Equals(name, StringComparison.OrdinalIgnoreCase)
        || name.Equals(option.Name6, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads options as <c>options.json</c> has them.</summary>
    /// <exception cref="InvalidDataException">An entry is not whole.</exception>
    internal static IReadOnlyList<SocketOption> Parse(Stream json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        try
        {
            return [.. document.RootElement.EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException("options.json: " + e.Message, e);
        }
    }

    private static IReadOnlyList<SocketOption> Load()
    {
        using Stream stream = typeof(SocketOptions).Assembly.GetManifestResourceStream("options.json") ?? throw new InvalidDataException("Soket embeds no options.json.");
        return Parse(stream);
    }

    private static SocketOption Known(string name) => Find(name) ?? throw new InvalidDataException($"options.json lacks {name}.");

    private static SocketOption Read(JsonElement entry) => new()
    {
        Name = entry.GetProperty("name").GetString()!,
        Name6 = Optional(entry, "name6")?.GetString(),
        Flag = entry.GetProperty("flag").GetString()!,
        Kind = Enum.Parse<SocketOptionKind>(entry.GetProperty("kind").GetString()!, ignoreCase: true),
        Least = Optional(entry, "least")?.GetInt64() ?? 0,
        Most = Optional(entry, "most")?.GetInt64() ?? int.MaxValue,
        Sockets = entry.GetProperty("sockets").GetString()!.Split(' '),
        Roles = Enum.Parse<SocketOptionRoles>(entry.GetProperty("roles").GetString()!.Replace(' ', ','), ignoreCase: true),
        WhenConnected = Optional(entry, "when")?.GetString() == "connected",
        Again = Optional(entry, "again")?.GetBoolean() ?? false,
        Inherited = Optional(entry, "inherited")?.GetBoolean() ?? false,
        Readable = Optional(entry, "readable")?.GetBoolean() ?? true,
        Manual = entry.GetProperty("manual").GetString()!,
        Linux = Numbers(entry, "linux"),
        MacOs = Numbers(entry, "macos"),
        Windows = Numbers(entry, "windows"),
        Summaries = Both(entry, "summary"),
        Abouts = Both(entry, "about"),
    };

    private static string[] Both(JsonElement entry, string key) => [entry.GetProperty(key).GetProperty("en").GetString()!, entry.GetProperty(key).GetProperty("id").GetString()!];

    private static RawOptions Numbers(JsonElement entry, string platform) => new(Pair(entry.GetProperty(platform)), Optional(entry, platform + "6") is { } own ? Pair(own) : null);

    private static RawOption? Pair(JsonElement pair) => pair.ValueKind == JsonValueKind.Null ? null : new(pair[0].GetInt32(), pair[1].GetInt32());

    private static JsonElement? Optional(JsonElement entry, string key) => entry.TryGetProperty(key, out JsonElement value) ? value : null;
}
