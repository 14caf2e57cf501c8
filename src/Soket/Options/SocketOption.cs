namespace Soket.Options;

/// <summary>How an option's value is written by people and laid out for the system.</summary>
public enum SocketOptionKind
{
    /// <summary>On or off; an int to the system.</summary>
    Flag,

    /// <summary>A number; an int to the system.</summary>
    Number,

    /// <summary>A size in bytes; an int to the system. The kernel may keep another value than the one set.</summary>
    Bytes,

    /// <summary>A time; a <c>struct timeval</c> (milliseconds on Windows). Also a deadline of Soket's own, since the system's does not reach asynchronous calls.</summary>
    Timeout,

    /// <summary>Off, or on with a number of seconds; a <c>struct linger</c>.</summary>
    Linger,
}

/// <summary>The level and number of an option on one platform.</summary>
/// <param name="Level">The level: <c>SOL_SOCKET</c>, <c>IPPROTO_TCP</c> ...</param>
/// <param name="Name">The number within the level.</param>
public readonly record struct RawOption(int Level, int Name);

/// <summary>A socket option as data: what it is called, where it lives, how its value looks.</summary>
/// <param name="Name">The system's name: <c>SO_KEEPALIVE</c>.</param>
/// <param name="Flag">The name on the command line, without dashes: <c>keep-alive</c>.</param>
/// <param name="Kind">How its value is written.</param>
/// <param name="Stream">Whether it means something on a stream socket.</param>
/// <param name="Datagram">Whether it means something on a datagram socket.</param>
/// <param name="TcpOnly">Whether only TCP has it (not Unix sockets).</param>
/// <param name="Linux">Its number on Linux; null where the platform lacks it.</param>
/// <param name="MacOs">Its number on macOS.</param>
/// <param name="Windows">Its number on Windows.</param>
public sealed record SocketOption(string Name, string Flag, SocketOptionKind Kind, bool Stream, bool Datagram, bool TcpOnly, RawOption? Linux, RawOption? MacOs, RawOption? Windows)
{
    /// <summary>Its number here; null when this platform lacks it.</summary>
    public RawOption? Raw => OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOs : Linux;
}

/// <summary>An option and the value asked for.</summary>
/// <param name="Option">The option.</param>
/// <param name="Value">Flags: 0 or 1; bytes and numbers: the number; time-outs: milliseconds; linger: seconds, or -1 for off.</param>
public readonly record struct SocketOptionSetting(SocketOption Option, long Value)
{
    /// <summary>The value as people write it: <c>on</c>, <c>64 KiB</c> as <c>65536</c>, <c>10s</c>, <c>off</c>.</summary>
    public override string ToString() => SocketOptionCodec.Format(Option.Kind, Value);
}
