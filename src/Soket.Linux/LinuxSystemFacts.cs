using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.SocketTable;

namespace Soket.Linux;

/// <summary>What Linux tells of its sockets: the kernel's tables with their holders, the rule on low ports, the limit on open files, paths.</summary>
/// <remarks>
/// Everything is read afresh for each question, within a deadline, and needs no privilege; what other users hold is seen without its holder. The
/// tables are those of the network namespace of this process. Safe for any thread.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class LinuxSystemFacts : PortableSystemFacts
{
    // The tables of the calling thread's network namespace; /proc/net are those of the process's first thread.
    private const string Tables = "/proc/thread-self/net/";
    private const int SocketKind = 0xC000;    // S_IFSOCK
    private const int DirectoryType = 0x4000; // S_IFDIR
    private const int TypeMask = 0xF000;      // S_IFMT
    private const int NoSuchFile = 2;         // ENOENT
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(300);

    /// <summary>Creates the facts, and asks once for what must be answered later without a free descriptor.</summary>
    public LinuxSystemFacts() => _ = OpenFileLimit;

    /// <inheritdoc/>
    public override int? FirstUnprivilegedPort =>
        int.TryParse(ReadText("/proc/sys/net/ipv4/ip_unprivileged_port_start"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int port) ? port : null;

    /// <inheritdoc/>
    public override long? OpenFileLimit => LibC.GetLimit(LibC.OpenFiles, out LibC.Limit limit) == 0 && limit.Soft <= long.MaxValue ? (long)limit.Soft : null;

    /// <inheritdoc/>
    public override IReadOnlyList<string>? CongestionControls => ReadText("/proc/sys/net/ipv4/tcp_available_congestion_control")?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public override IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => Inet(protocol, socket => socket.Local is IPEndPoint local && local.Port == port, states: null, holders: true);

    /// <inheritdoc/>
    public override IReadOnlyList<SocketFact>? Listeners(string protocol) => Inet(protocol, static socket => socket.State is SocketTableState.Listen or SocketTableState.Unconnected, [SocketTableState.Listen, SocketTableState.Unconnected], holders: false);

    /// <inheritdoc/>
    public override IReadOnlyList<SocketFact>? SocketsOnPath(string path)
    {
        if (Lines(Tables + "unix") is not { } lines)
            return null;

        // A server that bound a relative path is listed with it; its directory is not told. The same file name then counts, as it may be the one:
        // better to leave a live socket alone than to call it a leftover.
        string full = path.StartsWith('@') ? path : Path.GetFullPath(path);
        var sockets = new List<UnixSocketLine>();
        foreach (string line in lines)
        {
            if (!ProcNet.TryParseUnix(line, out UnixSocketLine socket) || socket.Path.Length == 0)
                continue;
            bool relative = socket.Path[0] is not ('/' or '@');
            if (socket.Path[0] == '/')
                socket = socket with { Path = Path.GetFullPath(socket.Path) }; // slashes that mean nothing
            if (socket.Path == path || socket.Path == full || (relative && Path.GetFileName(socket.Path) == Path.GetFileName(full)))
                sockets.Add(socket);
        }

        IReadOnlyDictionary<long, ProcessFact> holders = SocketHolders.Find(sockets.Select(socket => socket.Inode).ToHashSet(), Deadline);
        return [.. sockets.Select(socket => new SocketFact(
            "unix",
            new UnixDomainSocketEndPoint(socket.Path[0] == '@' ? "\0" + socket.Path[1..] : socket.Path),
            socket.Listens ? "LISTEN" : socket.State == 3 ? "ESTABLISHED" : "UNCONN",
            holders.GetValueOrDefault(socket.Inode)))];
    }

    /// <inheritdoc/>
    public override PathFact? PathAt(string path, bool bind)
    {
        string full = Path.GetFullPath(path);
        string directory = Path.GetDirectoryName(full) ?? "/";
        string? closed = FirstClosed(full);
        // bind(2) follows no link at the path itself: what is in its way is the link.
        if (LibC.Status(LibC.WorkingDirectory, full, bind ? LibC.NoFollow : 0, LibC.TypeModeOwner, out LibC.FileStatus status) != 0)
        {
            int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            PathKind kind = error != NoSuchFile ? PathKind.Unknown : Directory.Exists(directory) ? PathKind.Missing : PathKind.DirectoryMissing;
            string? barrier = closed ?? (bind && kind == PathKind.Missing && !May(directory, LibC.Write | LibC.Search) ? directory : null);
            return new(path, kind, Barrier: Named(barrier));
        }

        PathKind what = (status.Mode & TypeMask) switch
        {
            SocketKind => PathKind.Socket,
            DirectoryType => PathKind.Directory,
            _ => PathKind.File,
        };
        string? denied = closed ?? (bind ? (May(directory, LibC.Write | LibC.Search) ? null : directory) : May(full, LibC.Write) ? null : full);
        return new(path, what, Mode(status.Mode), SocketHolders.UserName((int)status.User), Named(denied));

        // The path itself is named as it was asked for, so that the two can be compared.
        string? Named(string? barrier) => barrier == full ? path : barrier;
    }

    /// <inheritdoc/>
    public override bool? IsSocketHeld(string path)
    {
        // A socket of the wrong kind is told so only where there is a live one (unix(7), EPROTOTYPE), so that a server of streams learns nothing of this;
        // and connecting a datagram socket tells its peer nothing.
        using var asker = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            asker.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch { SocketError.ProtocolType => true, SocketError.ConnectionRefused => false, _ => null };
        }
    }

    /// <summary>Permissions as ls(1) writes them. Pure.</summary>
    internal static string Mode(int mode)
    {
        Span<char> text = stackalloc char[10];
        text[0] = (mode & TypeMask) switch { SocketKind => 's', DirectoryType => 'd', 0x8000 => '-', 0xA000 => 'l', 0x1000 => 'p', 0x2000 => 'c', 0x6000 => 'b', _ => '?' };
        for (int bit = 0; bit < 9; bit++)
            text[bit + 1] = (mode & (0x100 >> bit)) != 0 ? "rwx"[bit % 3] : '-';
        return new(text);
    }

    private static string? FirstClosed(string full)
    {
        for (int slash = full.IndexOf('/', 1); slash > 0; slash = full.IndexOf('/', slash + 1))
        {
            string directory = full[..slash];
            if (!Directory.Exists(directory))
                return null;
            if (!May(directory, LibC.Search))
                return directory;
        }

        return null;
    }

    private static bool May(string path, int mode) => LibC.Access(LibC.WorkingDirectory, path, mode, LibC.EffectiveAccess) == 0;

    // The same table as `soket sockets` shows.
    private static List<SocketFact>? Inet(string protocol, Func<SocketEntry, bool> wanted, IReadOnlyCollection<SocketTableState>? states, bool holders)
    {
        if (protocol is not ("tcp" or "udp"))
            throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "tcp or udp.");
        List<SocketEntry> sockets;
        try
        {
            sockets = [.. new LinuxSocketTable().Read(new() { Protocols = [protocol], States = states, Holders = false }).Sockets.Where(wanted)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no descriptor left to ask with, for one
        }

        IReadOnlyDictionary<long, ProcessFact> found = holders
            ? SocketHolders.Find(sockets.Select(socket => socket.Inode ?? 0).Where(inode => inode != 0).ToHashSet(), Deadline)
            : new Dictionary<long, ProcessFact>();
        return [.. sockets.Select(socket => new SocketFact(protocol, socket.Local!, socket.State.Name(), found.GetValueOrDefault(socket.Inode ?? 0))
        {
            Remote = socket.Remote,
            SendQueue = socket.SendQueue,
            ReceiveQueue = socket.ReceiveQueue,
        })];
    }

    private static string[]? Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ReadText(string path) => Lines(path) is [var first, ..] ? first : null;
}
