using System.Net.Sockets;
using Soket.Languages;

namespace Soket.Options;

/// <summary>The level and number of an option on one platform.</summary>
/// <param name="Level">The level: <c>SOL_SOCKET</c>, <c>IPPROTO_TCP</c> ...</param>
/// <param name="Name">The number within the level.</param>
public readonly record struct RawOption(int Level, int Name);

/// <summary>The numbers of an option on one platform.</summary>
/// <param name="Usual">On every socket that is not IPv6, and on IPv6 too where that has no number of its own; null where the platform lacks it.</param>
/// <param name="IPv6">On IPv6 sockets, where they have their own.</param>
public readonly record struct RawOptions(RawOption? Usual, RawOption? IPv6)
{
    /// <summary>The number on sockets of a family; null when they have none.</summary>
    public RawOption? For(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? IPv6 ?? Usual : Usual;
}

/// <summary>The sockets an option is set on.</summary>
[Flags]
public enum SocketOptionRoles
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A stream socket that listens, before it is bound.</summary>
    Listener = 1,

    /// <summary>A connection that was accepted.</summary>
    Accepted = 2,

    /// <summary>A stream socket that connects.</summary>
    Client = 4,

    /// <summary>A datagram socket.</summary>
    Datagram = 8,
}

/// <summary>A socket option as data: what it is called, where it lives, how its value looks, what it does. One entry of <c>options.json</c>.</summary>
public sealed record SocketOption
{
    /// <summary>The system's name: <c>SO_KEEPALIVE</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The system's name on IPv6 sockets, where it differs: <c>IPV6_TCLASS</c>.</summary>
    public string? Name6 { get; init; }

    /// <summary>The name on the command line, without dashes: <c>keep-alive</c>.</summary>
    public required string Flag { get; init; }

    /// <summary>How its value is written.</summary>
    public required SocketOptionKind Kind { get; init; }

    /// <summary>The least value that means something, in the units of the system (seconds, milliseconds, bytes).</summary>
    public long Least { get; init; }

    /// <summary>The greatest value.</summary>
    public long Most { get; init; } = int.MaxValue;

    /// <summary>The kinds of socket that have it: <c>tcp</c>, <c>udp</c>, <c>unix</c>, <c>unixgram</c>.</summary>
    public required IReadOnlyList<string> Sockets { get; init; }

    /// <summary>Which of Soket's sockets it is set on.</summary>
    public required SocketOptionRoles Roles { get; init; }

    /// <summary>Whether it is set on a connection only once that stands, not before connect.</summary>
    public bool WhenConnected { get; init; }

    /// <summary>Whether the system forgets it, so that it is set again after each receive.</summary>
    public bool Again { get; init; }

    /// <summary>Whether an accepted connection has the listener's value on Linux.</summary>
    public bool Inherited { get; init; }

    /// <summary>Whether it can be read back.</summary>
    public bool Readable { get; init; } = true;

    /// <summary>The manual page that tells of it.</summary>
    public string Manual { get; init; } = "";

    /// <summary>Its numbers on Linux.</summary>
    public RawOptions Linux { get; init; }

    /// <summary>Its numbers on macOS.</summary>
    public RawOptions MacOs { get; init; }

    /// <summary>Its numbers on Windows.</summary>
    public RawOptions Windows { get; init; }

    internal string[] Summaries { get; init; } = ["", ""];

    internal string[] Abouts { get; init; } = ["", ""];

    /// <summary>Its numbers here.</summary>
    public RawOptions Raw => OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOs : Linux;

    /// <summary>Whether this platform has it at all.</summary>
    public bool IsHere => Raw.Usual is not null || Raw.IPv6 is not null;

    /// <summary>The system's name on sockets of a family.</summary>
    public string NameFor(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? Name6 ?? Name : Name;

    /// <summary>What it does, in a line.</summary>
    public string Summary(Language language) => Summaries[(int)language];

    /// <summary>What it does, when to use it and what to mind; paragraphs end with a line feed.</summary>
    public string About(Language language) => Abouts[(int)language];

    /// <summary>Whether a socket has it.</summary>
    public bool Fits(Socket socket) => Fits(socket.AddressFamily, socket.SocketType == SocketType.Dgram);

    /// <summary>Whether a socket of a family has it.</summary>
    internal bool Fits(AddressFamily family, bool datagram) =>
        Sockets.Contains(family == AddressFamily.Unix ? (datagram ? "unixgram" : "unix") : datagram ? "udp" : "tcp");

    /// <summary>
    /// Whether it means something on a socket of a family: a server may have endpoints of several kinds, and localhost is a socket of each family, so an option of
    /// TCP, and a group or an option of IPv6, are passed over on the others. An option that this platform lacks is not: that is an error which says so.
    /// </summary>
    internal bool Concerns(AddressFamily family, bool datagram, string? text)
    {
        if (!Fits(family, datagram) || (Raw.For(family) is null && Raw.IPv6 is not null))
            return false;
        return Kind != SocketOptionKind.Group || text is null || text.Contains(':', StringComparison.Ordinal) == (family == AddressFamily.InterNetworkV6);
    }
}
