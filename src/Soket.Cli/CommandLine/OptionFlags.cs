using System.Globalization;
using Soket.Cli.Settings;
using Soket.Options;
using Soket.Protocols.Framing;
using Soket.Services;

namespace Soket.Cli.CommandLine;

/// <summary>The flags of the socket options, made from the library's table, and of framing; both ends have them.</summary>
internal static class OptionFlags
{
    private static readonly Dictionary<SocketOption, Flag> Flags = SocketOptions.All.ToDictionary(
        option => option,
        option => new Flag("--" + option.Flag, option.Kind == SocketOptionKind.Flag ? FlagKind.Switch : FlagKind.Value, "flags.socket", option.Kind switch
        {
            SocketOptionKind.Flag => null,
            SocketOptionKind.Timeout => "TIME",
            SocketOptionKind.Linger => "TIME|off",
            SocketOptionKind.Bytes => "SIZE",
            _ => "N",
        }));

    /// <summary>One flag an option, in the table's order.</summary>
    public static IEnumerable<Flag> All => SocketOptions.All.Select(option => Flags[option]);

    /// <summary>The options that were asked for.</summary>
    public static List<SocketOptionSetting> Read(VerbValues values, CliIo io)
    {
        var settings = new List<SocketOptionSetting>();
        foreach ((SocketOption option, Flag flag) in Flags)
        {
            if (!values.IsGiven(flag))
                continue;
            settings.Add(new(option, option.Kind switch
            {
                SocketOptionKind.Flag => values.IsOn(flag) ? 1 : 0,
                SocketOptionKind.Timeout => (long)values.Duration(flag, null)!.Value.TotalMilliseconds,
                SocketOptionKind.Linger when values.Text(flag) == "off" => -1,
                SocketOptionKind.Linger => (long)Math.Ceiling(values.Duration(flag, null)!.Value.TotalSeconds),
                SocketOptionKind.Bytes => values.Size(flag, 0, 1, int.MaxValue),
                _ => values.Number(flag, 0, int.MinValue, int.MaxValue),
            }));
        }

        return settings;
    }

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
