using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Soket.Explain;

namespace Soket.Options;

/// <summary>Sets options on a socket and reads them back, raw by level and number, so that nothing else is changed on the side.</summary>
public static class SocketOptionCodec
{
    /// <summary>Sets an option.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="setting">The option and its value.</param>
    /// <exception cref="SocketFailure">The system refused it, or this platform lacks it (ENOPROTOOPT).</exception>
    public static void Apply(Socket socket, SocketOptionSetting setting)
    {
        if (setting.Option.Raw is not { } raw)
            throw new SocketFailure(SocketCall.SetOption, Missing(setting.Option));
        Span<byte> buffer = stackalloc byte[16];
        int length = Encode(setting.Option.Kind, setting.Value, buffer);
        try
        {
            socket.SetRawSocketOption(raw.Level, raw.Name, buffer[..length]);
        }
        catch (SocketException e)
        {
            throw SocketFailure.From(SocketCall.SetOption, e, new FailureContext { Facts = new Dictionary<string, string> { ["option"] = setting.Option.Name } });
        }
    }

    /// <summary>Reads an option back: what the system made of it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">The option.</param>
    /// <returns>The value, in the units of <see cref="SocketOptionSetting"/>.</returns>
    /// <exception cref="SocketFailure">The system refused it, or this platform lacks it.</exception>
    public static SocketOptionSetting Read(Socket socket, SocketOption option)
    {
        if (option.Raw is not { } raw)
            throw new SocketFailure(SocketCall.GetOption, Missing(option));
        Span<byte> buffer = stackalloc byte[16];
        try
        {
            int length = socket.GetRawSocketOption(raw.Level, raw.Name, buffer);
            return new(option, Decode(option.Kind, buffer[..length]));
        }
        catch (SocketException e)
        {
            throw SocketFailure.From(SocketCall.GetOption, e, new FailureContext { Facts = new Dictionary<string, string> { ["option"] = option.Name } });
        }
    }

    internal static string Format(SocketOptionKind kind, long value) => kind switch
    {
        SocketOptionKind.Flag => value != 0 ? "on" : "off",
        SocketOptionKind.Timeout when value == 0 => "off",
        SocketOptionKind.Timeout => value % 1000 == 0 ? $"{(value / 1000).ToString(CultureInfo.InvariantCulture)}s" : $"{value.ToString(CultureInfo.InvariantCulture)}ms",
        SocketOptionKind.Linger => value < 0 ? "off" : $"{value.ToString(CultureInfo.InvariantCulture)}s",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static SystemError Missing(SocketOption option) =>
        new("ENOPROTOOPT", Errno.Number("ENOPROTOOPT"), $"{option.Name} does not exist on {RuntimeInformation.OSDescription}");

    private static int Encode(SocketOptionKind kind, long value, Span<byte> buffer)
    {
        switch (kind)
        {
            case SocketOptionKind.Linger when OperatingSystem.IsWindows():
                BitConverter.TryWriteBytes(buffer, (ushort)(value < 0 ? 0 : 1));
                BitConverter.TryWriteBytes(buffer[2..], (ushort)Math.Max(0, value));
                return 4;
            case SocketOptionKind.Linger:
                BitConverter.TryWriteBytes(buffer, value < 0 ? 0 : 1);
                BitConverter.TryWriteBytes(buffer[4..], (int)Math.Max(0, value));
                return 8;
            case SocketOptionKind.Timeout when OperatingSystem.IsWindows():
                BitConverter.TryWriteBytes(buffer, (int)value);
                return 4;
            case SocketOptionKind.Timeout:
                // struct timeval { time_t; suseconds_t } : two words of the machine's size (macOS pads the second).
                if (nint.Size == 4)
                {
                    BitConverter.TryWriteBytes(buffer, (int)(value / 1000));
                    BitConverter.TryWriteBytes(buffer[4..], (int)(value % 1000 * 1000));
                    return 8;
                }

                BitConverter.TryWriteBytes(buffer, value / 1000);
                BitConverter.TryWriteBytes(buffer[8..], value % 1000 * 1000);
                return 16;
            default:
                BitConverter.TryWriteBytes(buffer, (int)Math.Clamp(value, int.MinValue, int.MaxValue));
                return 4;
        }
    }

    private static long Decode(SocketOptionKind kind, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case SocketOptionKind.Linger when OperatingSystem.IsWindows():
                return BitConverter.ToUInt16(bytes) == 0 ? -1 : BitConverter.ToUInt16(bytes[2..]);
            case SocketOptionKind.Linger:
                return BitConverter.ToInt32(bytes) == 0 ? -1 : BitConverter.ToInt32(bytes[4..]);
            case SocketOptionKind.Timeout when bytes.Length >= 16:
                return (BitConverter.ToInt64(bytes) * 1000) + (BitConverter.ToInt32(bytes[8..]) / 1000);
            case SocketOptionKind.Timeout when bytes.Length >= 8:
                return (BitConverter.ToInt32(bytes) * 1000L) + (BitConverter.ToInt32(bytes[4..]) / 1000);
            case SocketOptionKind.Flag:
                return bytes.Length >= 4 ? BitConverter.ToInt32(bytes) != 0 ? 1 : 0 : bytes[0] != 0 ? 1 : 0;
            default:
                return BinaryPrimitives.ReadInt32LittleEndian(bytes);
        }
    }
}
