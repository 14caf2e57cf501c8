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
    public static List<SocketOptionSetting> Read(VerbValues values, SocketOptionRoles roles, CliIo io)
    {
        var settings = new List<SocketOptionSetting>();
        foreach (Flag flag in For(roles))
        {
            // A group may be joined beside another one; everything else is set once.
            IEnumerable<string> texts = flag.Option!.Kind == SocketOptionKind.Group ? values.Many(flag) : values.Text(flag) is { } text ? [text] : [];
            settings.AddRange(texts.Select(one => OptionValues.Parse(flag.Option, flag.Name, one, io)));
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
