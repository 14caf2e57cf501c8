using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Options;
using Soket.Protocols.Framing;
using Soket.Services;

namespace Soket.Cli.CommandLine;

/// <summary>The flags of the socket options, made from the library's table, and of framing; both ends have them.</summary>
internal static class OptionFlags
{
    private static readonly Dictionary<SocketOption, Flag> Flags = SocketOptions.All.ToDictionary(
        option => option,
        option => new Flag("--" + option.Flag, option.Kind == SocketOptionKind.Flag ? FlagKind.OnOff : FlagKind.Value, "flags.socket", OptionValues.Placeholder(option)) { Option = option });

    /// <summary>The flags of the options that mean something at an end, in the table's order.</summary>
    public static IEnumerable<Flag> For(SocketOptionRoles roles) => SocketOptions.All.Where(option => (option.Roles & roles) != 0).Select(option => Flags[option]);

    /// <summary>The options that were asked for, among those of <see cref="For"/>.</summary>
    /// <param name="values">What was typed.</param>
    /// <param name="roles">The end.</param>
    /// <param name="endpoints">Where; an option that none of them has is a usage error, since it would be passed over in silence.</param>
    /// <param name="io">For what is wrong.</param>
    public static List<SocketOptionSetting> Read(VerbValues values, SocketOptionRoles roles, IReadOnlyList<SocketUri> endpoints, CliIo io)
    {
        var settings = new List<SocketOptionSetting>();
        foreach (Flag flag in For(roles))
        {
            // A group may be joined beside another one; everything else is set once.
            IEnumerable<string> texts = flag.Option!.Kind == SocketOptionKind.Group ? values.Many(flag) : values.Text(flag) is { } text ? [text] : [];
            settings.AddRange(texts.Select(one => OptionValues.Parse(flag.Option, flag.Name, one, io)));
        }

        foreach (SocketOptionSetting setting in settings)
        {
            if (!endpoints.Any(endpoint => setting.Option.Sockets.Contains(Kind(endpoint))))
                throw io.Wrong("wrong.option-kind", ("flag", Flags[setting.Option].Name), ("sockets", string.Join(", ", setting.Option.Sockets)), ("endpoint", endpoints[0]));
            bool six = setting.Option.Kind == SocketOptionKind.Group ? setting.Text!.Contains(':', StringComparison.Ordinal) : setting.Option.Raw is { Usual: null, IPv6: not null };
            bool one = six || setting.Option.Kind == SocketOptionKind.Group;
            if (one && endpoints.All(endpoint => IPAddress.TryParse(endpoint.Host, out IPAddress? address) && (address.AddressFamily == AddressFamily.InterNetworkV6) != six))
                throw io.Wrong("wrong.option-family", ("flag", Flags[setting.Option].Name), ("family", six ? "IPv6" : "IPv4"), ("endpoint", endpoints[0]));
        }

        return settings;
    }

    // What carries the endpoint: TLS and WebSocket stand on TCP.
    private static string Kind(SocketUri endpoint) => endpoint.IsUnix ? (endpoint.IsDatagram ? "unixgram" : "unix") : endpoint.IsDatagram ? "udp" : "tcp";

    /// <summary>The framing that was asked for; <c>chunk</c> of the payload's size when none was.</summary>
    public static Framing ReadFraming(VerbValues values, CliIo io, out int payload)
    {
        payload = (int)values.Size(CommonFlags.Payload, 64 * 1024, 1, 16 * 1024 * 1024);
        string text = values.Text(CommonFlags.Framing) ?? "chunk";
        int most = text == "chunk" ? payload : (int)values.Size(CommonFlags.MaxMessage, Framing.DefaultMaxMessage, 1, 1024 * 1024 * 1024);
        return Framing.TryParse(text, most, out Framing? framing, out FramingError? error)
            ? framing
            : throw new UsageException(error.Describe(io.Language));
    }
}
