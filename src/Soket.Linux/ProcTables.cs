using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Soket.Linux.SockDiag;
using Soket.SocketTable;

namespace Soket.Linux;

/// <summary>The tables in /proc/net (proc(5)), for where sock_diag cannot be asked.</summary>
[SupportedOSPlatform("linux")]
internal static class ProcTables
{
    // Those of the calling thread's network namespace.
    private const string Tables = "/proc/thread-self/net/";

    public static IEnumerable<SocketEntry> Inet(string protocol)
    {
        foreach (string line in Lines(protocol).Concat(Lines(protocol + "6")))
        {
            if (!ProcNet.TryParseInet(line, out InetSocketLine socket))
                continue;
            SocketTableState state = InetDiag.StateOf(socket.State, protocol);
            yield return new SocketEntry
            {
                Protocol = protocol,
                State = state,
                Local = socket.Local,
                Remote = state is SocketTableState.Listen or SocketTableState.Unconnected || socket.Remote.Port == 0 && protocol != "raw" ? null : socket.Remote,
                ReceiveQueue = socket.ReceiveQueue,
                SendQueue = socket.SendQueue,
                UserId = socket.User,
                Inode = socket.Inode,
            };
        }
    }

    public static IEnumerable<SocketEntry> Unix()
    {
        foreach (string line in Lines("unix"))
        {
            if (!ProcNet.TryParseUnix(line, out UnixSocketLine socket))
                continue;
            string path = socket.Path.StartsWith('@') ? "\0" + socket.Path[1..] : socket.Path;
            yield return new SocketEntry
            {
                Protocol = socket.Type switch { 1 => "unix", 2 => "unixgram", _ => "unixseq" },
                State = socket.Listens ? SocketTableState.Listen : socket.State == 3 ? SocketTableState.Established : SocketTableState.Unconnected,
                Local = path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= 107 ? new UnixDomainSocketEndPoint(path) : null,
                Inode = socket.Inode,
            };
        }
    }

    private static IEnumerable<string> Lines(string table)
    {
        string path = Tables + table;
        return File.Exists(path) ? File.ReadLines(path) : []; // absent where IPv6 is switched off
    }
}
