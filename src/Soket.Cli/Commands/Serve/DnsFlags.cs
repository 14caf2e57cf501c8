using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns.Zones;
using Soket.Endpoints;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;
using Soket.Services;

namespace Soket.Cli.Commands.Serve;

/// <summary>The flags of <c>soket serve dns</c>: which zones, and how many replies.</summary>
internal static class DnsFlags
{
    public const string ServiceName = "dns";

    /// <summary>Where it listens unless told otherwise: port 53 is for the superuser, 5353 for mDNS.</summary>
    public const int UsualPort = 8053;

    /// <summary>How long a stream may be silent; who asks more often stays (RFC 7766 6.2.3).</summary>
    public static readonly TimeSpan UsualIdle = TimeSpan.FromSeconds(30);

    private const long LongestFile = 64 * 1024 * 1024;
    private static readonly Flag Zone = new("--zone", FlagKind.Many, "flags.dns", "[NAME=]FILE") { TypedOnly = true };
    private static readonly Flag ReplyRate = new("--reply-rate", FlagKind.Value, "flags.dns", "N");

    public static IReadOnlyList<Flag> All { get; } = [Zone, ReplyRate];

    /// <summary>The service, where it is the one that was asked for; else null.</summary>
    public static SocketService? Read(VerbValues values, string? service, CliIo io, out IReadOnlyList<DnsZone> zones)
    {
        zones = [];
        if (!ServiceName.Equals(service, StringComparison.OrdinalIgnoreCase))
            return All.FirstOrDefault(values.IsTyped) is { } stray ? throw io.Wrong("serve.wrong.only", ("flag", stray.Name), ("service", ServiceName)) : null;
        if (values.Many(Zone).Count == 0)
            throw io.Wrong("serve.wrong.no-zone");
        var read = new List<DnsZone>();
        foreach (string text in values.Many(Zone))
        {
            DnsZone zone = ReadZone(text, io);
            if (read.Exists(other => other.Name.Equals(zone.Name)))
                throw io.Wrong("serve.wrong.zone-twice", ("zone", zone.Name));
            read.Add(zone);
        }

        zones = read;
        return DnsZoneService.Create(read, values.Number(ReplyRate, 100, 0, 1_000_000));
    }

    /// <summary>Refuses endpoints that cannot carry it.</summary>
    public static void Check(IEnumerable<SocketUri> endpoints, CliIo io)
    {
        foreach (SocketUri endpoint in endpoints)
        {
            if (endpoint.IsWebSocket)
                throw io.Wrong("serve.wrong.dns-endpoint", ("endpoint", endpoint));
        }
    }

    /// <summary>What is served, a line a zone.</summary>
    public static IEnumerable<string> Tell(IEnumerable<DnsZone> zones, CliIo io) =>
        zones.Select(zone => TerminalText.Safe(io.Text("serve.zone", ("zone", zone.Name), ("count", zone.Records.Count()), ("serial", ((SoaData)zone.Soa.Data).Serial))));

    // A file's name may have an equals sign in it; a zone's name has no slash.
    private static DnsZone ReadZone(string text, CliIo io)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        DnsName? origin = null;
        if (equals > 0 && !text[..equals].Contains('/', StringComparison.Ordinal) && !File.Exists(text))
        {
            origin = DnsName.TryParse(text.AsSpan(0, equals), out DnsName? name, out DnsFault fault) ? name
                : throw io.Wrong("dns.wrong.name", ("value", TerminalText.Safe(text[..equals])), ("why", io.Text("dns.fault." + Dns.DnsFaults.Key(fault))));
            text = text[(equals + 1)..];
        }

        string path = TerminalText.Safe(text);
        if (!ZoneFile.TryParse(ReadText(text, path, io), origin ?? DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error))
            throw io.Wrong("dns.wrong.zone", ("path", path), ("line", error.Line), ("why", io.Text("dns.zone." + error.Key, ("word", TerminalText.Safe(error.Word)))));
        if (!DnsZone.TryCreate(records, out DnsZone? zone, out DnsZoneError? wrong))
            throw io.Wrong("serve.wrong.zone." + wrong.Key, ("path", path), ("name", wrong.Name));
        if (origin is not null && !zone.Name.Equals(origin))
            throw io.Wrong("serve.wrong.zone-name", ("path", path), ("asked", Bare(origin)), ("zone", Bare(zone.Name)));
        // '@' without an origin is the root, which hardly anybody means.
        if (origin is null && zone.Name.Wire.Length == 1)
            throw io.Wrong("serve.wrong.zone-origin", ("path", path));
        return zone;
    }

    // In a sentence the final dot would be taken for its own.
    private static string Bare(DnsName name) => TerminalText.Safe(name.Wire.Length == 1 ? "." : name.ToString()[..^1]);

    private static string ReadText(string file, string path, CliIo io)
    {
        try
        {
            return new FileInfo(file).Length <= LongestFile ? File.ReadAllText(file) : throw io.Wrong("serve.wrong.zone-large", ("path", path), ("limit", Units.FormatBytes(LongestFile)));
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("dns.wrong.file", ("path", path), ("error", FileTrouble.Of(e, file, io)));
        }
    }
}
