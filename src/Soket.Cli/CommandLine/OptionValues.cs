using System.Globalization;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Options;

namespace Soket.Cli.CommandLine;

/// <summary>The values of socket options as people write them, for flags and for <c>soket options NAME=VALUE</c>.</summary>
internal static class OptionValues
{
    public static string Placeholder(SocketOption option) => option.Kind switch
    {
        SocketOptionKind.Flag => "on|off",
        SocketOptionKind.Timeout or SocketOptionKind.Seconds or SocketOptionKind.Milliseconds => "TIME",
        SocketOptionKind.Linger => "TIME|off",
        SocketOptionKind.Bytes => "SIZE",
        SocketOptionKind.Dscp => "CLASS",
        SocketOptionKind.Text => "NAME",
        SocketOptionKind.Group => "GROUP[%INTERFACE]",
        SocketOptionKind.Interface => "INTERFACE",
        _ => "N",
    };

    /// <summary>Reads a value; out of the option's range it is a usage error that names the range.</summary>
    public static SocketOptionSetting Parse(SocketOption option, string label, string text, CliIo io)
    {
        switch (option.Kind)
        {
            case SocketOptionKind.Flag:
                return new(option, text switch
                {
                    "on" or "true" or "1" => 1,
                    "off" or "false" or "0" => 0,
                    _ => throw io.Wrong("wrong.on-off", ("flag", label), ("value", TerminalText.Safe(text))),
                });
            case SocketOptionKind.Linger when text == "off":
                return new(option, -1);
            case SocketOptionKind.Linger:
                return new(option, (long)Math.Ceiling(Time(option, label, text, io).TotalSeconds));
            case SocketOptionKind.Timeout or SocketOptionKind.Milliseconds or SocketOptionKind.Seconds:
                return new(option, ParseTime(option, label, text, io));
            case SocketOptionKind.Bytes:
                return Units.TryParseBytes(text, out long size, out _) && size >= option.Least && size <= option.Most
                    ? new(option, size)
                    : throw io.Wrong("wrong.size", ("flag", label), ("value", TerminalText.Safe(text)), ("least", Units.FormatBytes(option.Least)), ("most", Units.FormatBytes(option.Most)));
            case SocketOptionKind.Dscp:
                return Dscp.TryParse(text, out int point) ? new(option, point) : throw io.Wrong("wrong.dscp", ("flag", label), ("value", TerminalText.Safe(text)));
            case SocketOptionKind.Text or SocketOptionKind.Group or SocketOptionKind.Interface:
                return new(option, 0) { Text = text };
            default:
                return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= option.Least && number <= option.Most
                    ? new(option, number)
                    : throw io.Wrong("wrong.number", ("flag", label), ("value", TerminalText.Safe(text)), ("least", option.Least), ("most", option.Most));
        }
    }

    private static long ParseTime(SocketOption option, string label, string text, CliIo io)
    {
        long milliseconds = text == "off" && option.Least == 0 ? 0 : (long)Time(option, label, text, io).TotalMilliseconds;
        long unit = option.Kind == SocketOptionKind.Seconds ? 1000 : 1;
        if (option.Kind == SocketOptionKind.Timeout || (milliseconds % unit == 0 && milliseconds / unit >= option.Least && milliseconds / unit <= option.Most))
            return milliseconds;
        throw unit == 1000
            ? io.Wrong("wrong.seconds", ("flag", label), ("value", TerminalText.Safe(text)), ("least", option.Least), ("most", option.Most))
            : io.Wrong("wrong.duration", ("flag", label), ("value", TerminalText.Safe(text)));
    }

    private static TimeSpan Time(SocketOption option, string label, string text, CliIo io) =>
        Units.TryParseDuration(text, out TimeSpan time, out _) && time.TotalSeconds <= (option.Kind == SocketOptionKind.Linger ? ushort.MaxValue : int.MaxValue)
            ? time
            : throw io.Wrong("wrong.duration", ("flag", label), ("value", TerminalText.Safe(text)));
}
