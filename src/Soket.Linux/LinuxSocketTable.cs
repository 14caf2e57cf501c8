using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Linux.SockDiag;
using Soket.SocketTable;

namespace Soket.Linux;

/// <summary>Linux's table of sockets, by netlink's sock_diag(7); by /proc/net where the kernel, or a container's rules, do not let that be.</summary>
/// <remarks>Needs no privilege; who holds other users' sockets is seen by root only. Safe for any thread.</remarks>
[SupportedOSPlatform("linux")]
public sealed class LinuxSocketTable : ISocketTable
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Raw = 255;
    private readonly string? _namespace;
    private readonly ConcurrentDictionary<int, string> _users = new();

    /// <summary>The table of one network namespace.</summary>
    /// <param name="networkNamespace">Its name as ip-netns(8) knows it, or the path of a file that stands for it; null for this process's own.</param>
    public LinuxSocketTable(string? networkNamespace = null) => _namespace = networkNamespace;

    /// <summary>For tests: reads /proc/net in any case.</summary>
    internal bool WithoutNetlink { get; init; }

    /// <inheritdoc/>
    public SocketTableSnapshot Read(SocketTableQuery query)
    {
        (List<SocketEntry> sockets, string source, List<string> missing) = _namespace is null ? ReadHere(query) : NetworkNamespace.Inside(_namespace, () => ReadHere(query));
        if (query.Holders)
        {
            Dictionary<long, IReadOnlyList<SocketHolder>> holders = SocketHolders.All(out bool denied);
            if (denied)
                missing.Add("other-users");
            for (int i = 0; i < sockets.Count; i++)
            {
                SocketEntry socket = sockets[i];
                sockets[i] = socket with
                {
                    Holders = socket.Inode is > 0 and { } inode && holders.TryGetValue(inode, out IReadOnlyList<SocketHolder>? found) ? found : [],
                    User = socket.UserId is { } user ? _users.GetOrAdd(user, SocketHolders.UserName) : null,
                };
            }
        }

        return new(sockets, source, missing);
    }

    private (List<SocketEntry> Sockets, string Source, List<string> Missing) ReadHere(SocketTableQuery query)
    {
        var missing = new List<string>();
        if (!WithoutNetlink)
        {
            try
            {
                return (ByNetlink(query), "sock_diag", missing);
            }
            catch (SocketFailure failure) when (failure.Error.Name is "EPERM" or "EACCES" or "EPROTONOSUPPORT" or "EAFNOSUPPORT")
            {
                // A container's rules, or a kernel without it: /proc tells the rest.
            }
        }

        if (query.Info)
            missing.Add("info");
        if (query.Memory)
            missing.Add("memory");
        return (ByProc(query), "/proc/net", missing);
    }

    private static List<SocketEntry> ByNetlink(SocketTableQuery query)
    {
        var sockets = new List<SocketEntry>();
        using var dump = new NetlinkDump();
        foreach ((string name, byte protocol) in (ReadOnlySpan<(string, byte)>)[("tcp", Tcp), ("udp", Udp), ("raw", Raw)])
        {
            if (!query.Protocols.Contains(name))
                continue;
            bool known = true;
            foreach (byte family in (ReadOnlySpan<byte>)[InetDiag.IPv4, InetDiag.IPv6])
            {
                byte[] request = InetDiag.Request(family, protocol, States(query, name), query.Info && name == "tcp", query.Memory);
                known &= dump.Run(request, message =>
                {
                    if (InetDiag.TryParse(message, name, out SocketEntry? entry))
                        sockets.Add(entry.Interface is null ? entry : entry with { Interface = InterfaceName(entry.Interface) });
                });
            }

            // raw_diag is a module of its own, and often not there.
            if (!known)
            {
                sockets.RemoveAll(socket => socket.Protocol == name);
                sockets.AddRange(ProcTables.Inet(name));
            }
        }

        if (query.Protocols.Contains("unix"))
        {
            bool known = dump.Run(UnixDiag.Request(query.Memory), message =>
            {
                if (UnixDiag.TryParse(message, out SocketEntry? entry))
                    sockets.Add(entry);
            });
            if (!known)
                sockets.AddRange(ProcTables.Unix());
        }

        return sockets;
    }

    private static List<SocketEntry> ByProc(SocketTableQuery query)
    {
        var sockets = new List<SocketEntry>();
        foreach (string protocol in query.Protocols)
            sockets.AddRange(protocol == "unix" ? ProcTables.Unix() : ProcTables.Inet(protocol));
        return sockets;
    }

    // The kernel leaves out what nobody asked for.
    private static uint States(SocketTableQuery query, string protocol)
    {
        if (query.States is not { } wanted)
            return uint.MaxValue;
        uint states = 0;
        foreach (SocketTableState state in wanted)
        {
            states |= state switch
            {
                SocketTableState.Unconnected when protocol != "tcp" => 1u << 7,
                SocketTableState.Unconnected or SocketTableState.Unknown => 0,
                SocketTableState.SynReceived => (1u << 3) | (1u << 12),
                SocketTableState.Closed => (1u << 7) | (1u << 13),
                _ => 1u << (int)state,
            };
        }

        return states;
    }

    private static string InterfaceName(string index)
    {
        Span<byte> name = stackalloc byte[16]; // IF_NAMESIZE
        return LibC.InterfaceName(uint.Parse(index, CultureInfo.InvariantCulture), name) != 0 ? Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]) : index;
    }
}
