using System.Globalization;
using System.Net;
using Soket.Languages;

namespace Soket.SocketTable;

/// <summary>Sockets in TIME_WAIT that differ in one end's port only: what one server, or one client, has closed lately.</summary>
public sealed class TimeWaitPile
{
    private static readonly Texts Texts = Texts.Load(typeof(TimeWaitPile).Assembly, "socket-table");

    private TimeWaitPile(IReadOnlyList<SocketEntry> sockets, bool atServer, SocketEntry? listener)
    {
        Sockets = sockets;
        IsAtServer = atServer;
        Listener = listener;
        var local = (IPEndPoint)sockets[0].Local!;
        var remote = (IPEndPoint)sockets[0].Remote!;
        Local = atServer ? local : new IPEndPoint(local.Address, 0);
        Remote = atServer ? new IPEndPoint(remote.Address, 0) : remote;
    }

    /// <summary>The sockets.</summary>
    public IReadOnlyList<SocketEntry> Sockets { get; }

    /// <summary>Whether they share this end's port, as a server's do; else they share the peer's.</summary>
    public bool IsAtServer { get; }

    /// <summary>This end; port 0 where the ports differ.</summary>
    public IPEndPoint Local { get; }

    /// <summary>The other end; port 0 where the ports differ.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>What listens on this machine at the port that they share, and so tells whose they were; null when nothing does.</summary>
    public SocketEntry? Listener { get; }

    /// <summary>The piles of a table, each socket in one of them at most.</summary>
    /// <param name="sockets">The table.</param>
    /// <param name="least">How many make a pile, at least 2.</param>
    public static IReadOnlyList<TimeWaitPile> Find(IReadOnlyList<SocketEntry> sockets, int least)
    {
        SocketEntry[] waiting = [.. sockets.Where(socket => socket is { State: SocketTableState.TimeWait, Local: IPEndPoint, Remote: IPEndPoint })];
        if (waiting.Length < least)
            return [];
        Dictionary<string, int> server = waiting.GroupBy(ServerKey).ToDictionary(group => group.Key, group => group.Count());
        Dictionary<string, int> client = waiting.GroupBy(ClientKey).ToDictionary(group => group.Key, group => group.Count());
        var piles = new List<TimeWaitPile>();
        foreach (var group in waiting.GroupBy(socket => server[ServerKey(socket)] >= client[ClientKey(socket)] ? ServerKey(socket) : ClientKey(socket)))
        {
            if (group.Count() < least)
                continue;
            bool atServer = group.Key.StartsWith('s');
            int port = ((IPEndPoint)(atServer ? group.First().Local! : group.First().Remote!)).Port;
            piles.Add(new([.. group], atServer, sockets.FirstOrDefault(socket => socket is { Protocol: "tcp", State: SocketTableState.Listen, Local: IPEndPoint local } && local.Port == port)));
        }

        return piles;
    }

    /// <summary>What the pile means, and whose it was as far as the table shows it.</summary>
    public string Describe(Language language)
    {
        string left = Sockets.Max(socket => socket.Timer?.Expires) is { } longest ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (long)Math.Round(longest.TotalSeconds))} s") : "?";
        string key = IsAtServer ? Listener is null ? "pile.server-gone" : "pile.server" : "pile.client";
        return Texts.Get(language, key, ("count", Sockets.Count), ("local", Local), ("remote", Remote), ("port", Local.Port), ("left", left), ("holder", Listener?.Holders is [var holder, ..] ? $"{holder.Program} (PID {holder.ProcessId.ToString(CultureInfo.InvariantCulture)})" : Texts.Get(language, "holder.unknown")));
    }

    private static string ServerKey(SocketEntry socket) => $"s {socket.Local} {((IPEndPoint)socket.Remote!).Address}";

    private static string ClientKey(SocketEntry socket) => $"c {((IPEndPoint)socket.Local!).Address} {socket.Remote}";
}
