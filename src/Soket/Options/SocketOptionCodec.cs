using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Soket.Explain;

namespace Soket.Options;

/// <summary>Sets options on a socket and reads them back, raw by level and number, so that nothing else is changed on the side.</summary>
public static class SocketOptionCodec
{
    private const int LongestName = 15; // TCP_CA_NAME_MAX and IFNAMSIZ less the NUL

    /// <summary>Sets an option.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="setting">The option and its value.</param>
    /// <param name="native">The platform's own calls, for the error's true number; null uses .NET's.</param>
    /// <exception cref="SocketFailure">The system refused it, or this platform or this kind of socket lacks it (ENOPROTOOPT).</exception>
    public static void Apply(Socket socket, SocketOptionSetting setting, INativeSockets? native = null)
    {
        Span<byte> buffer = stackalloc byte[LongestValue];
        int length = Encode(setting, socket.AddressFamily, socket.SocketType == SocketType.Dgram, buffer, out RawOption raw);
        try
        {
            if (native is null)
                socket.SetRawSocketOption(raw.Level, raw.Name, buffer[..length]);
            else if (native.SetOption(socket, raw, buffer[..length]) is { } error)
                throw Refused(setting, socket.AddressFamily, error);
        }
        catch (SocketException e)
        {
            throw SocketFailure.From(SocketCall.SetOption, e, Context(setting, socket.AddressFamily));
        }
    }

    /// <summary>Reads an option back: what the system made of it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">The option.</param>
    /// <returns>The value, in the units of <see cref="SocketOptionSetting"/>.</returns>
    /// <exception cref="SocketFailure">The system refused it, or this platform or this kind of socket lacks it.</exception>
    public static SocketOptionSetting Read(Socket socket, SocketOption option)
    {
        if (option.Raw.For(socket.AddressFamily) is not { } raw || !option.Fits(socket) || !option.Readable)
            throw new SocketFailure(SocketCall.GetOption, Missing(option, socket.AddressFamily), Context(socket, option));
        Span<byte> buffer = stackalloc byte[LongestValue];
        buffer = buffer[..Room(option)];
        try
        {
            int length = socket.GetRawSocketOption(raw.Level, raw.Name, buffer);
            return Decode(option, socket.AddressFamily, buffer[..length]);
        }
        catch (SocketException e)
        {
            throw SocketFailure.From(SocketCall.GetOption, e, Context(socket, option));
        }
    }

    /// <summary>The most bytes a value has.</summary>
    internal const int LongestValue = 32;

    /// <summary>The option's numbers and its value as setsockopt(2) takes it.</summary>
    /// <returns>How long the value is.</returns>
    /// <exception cref="SocketFailure">This platform or this kind of socket lacks it, or the value cannot be written.</exception>
    internal static int Encode(SocketOptionSetting setting, AddressFamily family, bool datagram, Span<byte> buffer, out RawOption raw)
    {
        if (setting.Option.Raw.For(family) is not { } found || !setting.Option.Fits(family, datagram))
            throw Refused(setting, family, Missing(setting.Option, family));
        raw = found;
        return Encode(setting, family, buffer, out int length) is { } wrong ? throw Refused(setting, family, wrong) : length;
    }

    /// <summary>The failure of setting an option.</summary>
    internal static SocketFailure Refused(SocketOptionSetting setting, AddressFamily family, SystemError error) =>
        new(SocketCall.SetOption, error, Context(setting, family));

    /// <summary>How many bytes getsockopt(2) is asked for.</summary>
    internal static int Room(SocketOption option) => option.Kind == SocketOptionKind.Interface ? 4 : LongestValue;

    /// <summary>The value that getsockopt(2) gave.</summary>
    internal static SocketOptionSetting Decode(SocketOption option, AddressFamily family, ReadOnlySpan<byte> bytes) => option.Kind switch
    {
        SocketOptionKind.Text => new(option, 0) { Text = Encoding.UTF8.GetString(bytes).Split('\0')[0] },
        SocketOptionKind.Interface => new(option, 0) { Text = MulticastLayout.InterfaceName(bytes, family) },
        _ => new(option, DecodeNumber(option, bytes)),
    };

    internal static string Format(SocketOptionSetting setting)
    {
        long value = setting.Value;
        return setting.Option.Kind switch
        {
            SocketOptionKind.Flag => value != 0 ? "on" : "off",
            SocketOptionKind.Timeout or SocketOptionKind.Milliseconds or SocketOptionKind.Seconds when value == 0 => "off",
            SocketOptionKind.Timeout or SocketOptionKind.Milliseconds or SocketOptionKind.Seconds =>
                value % 1000 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1000}s") : string.Create(CultureInfo.InvariantCulture, $"{value}ms"),
            SocketOptionKind.Linger => value < 0 ? "off" : string.Create(CultureInfo.InvariantCulture, $"{value}s"),
            SocketOptionKind.Dscp => Dscp.Format((int)value),
            SocketOptionKind.Text or SocketOptionKind.Group or SocketOptionKind.Interface => setting.Text is { Length: > 0 } text ? text : "-",
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static Dictionary<string, string> Facts(SocketOptionSetting setting, AddressFamily family)
    {
        var facts = new Dictionary<string, string> { [FailureFacts.Option] = setting.Option.NameFor(family), [FailureFacts.Value] = setting.ToString() };
        string unit = setting.Option.Kind switch { SocketOptionKind.Seconds => "s", SocketOptionKind.Milliseconds => "ms", _ => "" };
        if (setting.Option.Kind is SocketOptionKind.Number or SocketOptionKind.Seconds or SocketOptionKind.Milliseconds or SocketOptionKind.Bytes or SocketOptionKind.Dscp)
            facts[FailureFacts.Limit] = string.Create(CultureInfo.InvariantCulture, $"{setting.Option.Least}{unit} .. {setting.Option.Most}{unit}");
        return facts;
    }

    private static FailureContext Context(SocketOptionSetting setting, AddressFamily family) => new() { Facts = Facts(setting, family) };

    private static FailureContext Context(Socket socket, SocketOption option) => new() { Facts = new Dictionary<string, string> { [FailureFacts.Option] = option.NameFor(socket.AddressFamily) } };

    private static SystemError Missing(SocketOption option, AddressFamily family) =>
        option.Raw.For(family) is null
            ? new("ENOPROTOOPT", Errno.Number("ENOPROTOOPT"), $"{option.NameFor(family)} does not exist on {RuntimeInformation.OSDescription}")
            : new("ENOPROTOOPT", Errno.Number("ENOPROTOOPT"), Errno.Text("ENOPROTOOPT")!);

    private static SystemError Invalid(string name) => new(name, Errno.Number(name), Errno.Text(name) ?? name);

    private static SystemError? Encode(SocketOptionSetting setting, AddressFamily family, Span<byte> buffer, out int length)
    {
        long value = setting.Value;
        length = 4;
        switch (setting.Option.Kind)
        {
            case SocketOptionKind.Linger when OperatingSystem.IsWindows():
                BitConverter.TryWriteBytes(buffer, (ushort)(value < 0 ? 0 : 1));
                BitConverter.TryWriteBytes(buffer[2..], (ushort)Math.Max(0, value));
                return null;
            case SocketOptionKind.Linger:
                BitConverter.TryWriteBytes(buffer, value < 0 ? 0 : 1);
                BitConverter.TryWriteBytes(buffer[4..], (int)Math.Max(0, value));
                length = 8;
                return null;
            case SocketOptionKind.Timeout when !OperatingSystem.IsWindows():
                length = EncodeTime(value, buffer);
                return null;
            case SocketOptionKind.Seconds:
                value = (value + 999) / 1000;
                break;
            case SocketOptionKind.Dscp:
                value <<= 2;
                break;
            case SocketOptionKind.Text:
                byte[] name = Encoding.UTF8.GetBytes(setting.Text ?? "");
                if (name.Length > LongestName)
                    return Invalid("EINVAL");
                name.CopyTo(buffer);
                length = name.Length + 1;
                return null;
            case SocketOptionKind.Group:
                return MulticastLayout.Group(setting.Text ?? "", family, buffer, out length);
            case SocketOptionKind.Interface:
                return MulticastLayout.Interface(setting.Text ?? "", family, buffer, out length);
        }

        // A mark is an unsigned number of 32 bits; its bits are what counts.
        BitConverter.TryWriteBytes(buffer, value > int.MaxValue ? unchecked((int)(uint)Math.Min(value, uint.MaxValue)) : (int)Math.Max(value, int.MinValue));
        return null;
    }

    // struct timeval { time_t; suseconds_t } : two words of the machine's size (macOS pads the second).
    private static int EncodeTime(long milliseconds, Span<byte> buffer)
    {
        if (nint.Size == 4)
        {
            BitConverter.TryWriteBytes(buffer, (int)(milliseconds / 1000));
            BitConverter.TryWriteBytes(buffer[4..], (int)(milliseconds % 1000 * 1000));
            return 8;
        }

        BitConverter.TryWriteBytes(buffer, milliseconds / 1000);
        BitConverter.TryWriteBytes(buffer[8..], milliseconds % 1000 * 1000);
        return 16;
    }

    private static long DecodeNumber(SocketOption option, ReadOnlySpan<byte> bytes)
    {
        switch (option.Kind)
        {
            case SocketOptionKind.Linger when OperatingSystem.IsWindows():
                return BitConverter.ToUInt16(bytes) == 0 ? -1 : BitConverter.ToUInt16(bytes[2..]);
            case SocketOptionKind.Linger:
                return BitConverter.ToInt32(bytes) == 0 ? -1 : BitConverter.ToInt32(bytes[4..]);
            case SocketOptionKind.Timeout when bytes.Length >= 16:
                return (BitConverter.ToInt64(bytes) * 1000) + (BitConverter.ToInt32(bytes[8..]) / 1000);
            case SocketOptionKind.Timeout when bytes.Length >= 8:
                return (BitConverter.ToInt32(bytes) * 1000L) + (BitConverter.ToInt32(bytes[4..]) / 1000);
        }

        // Some systems answer a flag or a hop limit in one byte (ip(4) of the BSDs).
        int number = bytes.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : bytes[0];
        return option.Kind switch
        {
            SocketOptionKind.Flag => number != 0 ? 1 : 0,
            SocketOptionKind.Seconds => number * 1000L,
            SocketOptionKind.Dscp => (number & 0xff) >> 2,
            SocketOptionKind.Number when option.Most > int.MaxValue => (uint)number,
            _ => number,
        };
    }
}
