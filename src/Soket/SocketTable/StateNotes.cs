using System.Net;
using System.Net.Sockets;
using Soket.Languages;

namespace Soket.SocketTable;

/// <summary>Whose turn it is.</summary>
public enum Turn
{
    /// <summary>The program that has the socket.</summary>
    Program,

    /// <summary>The other end.</summary>
    Peer,

    /// <summary>The kernel: time passes, nobody need do anything.</summary>
    Kernel,
}

/// <summary>What is unusual about a socket, in words.</summary>
/// <param name="Key">What it is: <c>close-wait</c>, <c>listen-full</c>, <c>not-read</c> ...</param>
/// <param name="Turn">Whose turn it is.</param>
/// <param name="Text">What it means and what would end it.</param>
public sealed record StateNote(string Key, Turn Turn, string Text);

/// <summary>Says of a socket that is not simply listening, open or idle what that means and whose turn it is. Pure.</summary>
public static class StateNotes
{
    // SO_RCVBUF's usual start on Linux is 128 KiB, half of it for data; less than a segment or two is data on its way to a program that is awake.
    private const long ManyUnread = 16 * 1024;
    private static readonly Texts Texts = Texts.Load(typeof(StateNotes).Assembly, "socket-table");

    /// <summary>The notes on a socket, the weightiest first; none for one that is as usual.</summary>
    /// <param name="socket">The socket, best with TCP_INFO.</param>
    /// <param name="language">The language.</param>
    /// <param name="age">How long it has been in its state, where that was watched; null where it is not known.</param>
    /// <param name="table">The machine's other sockets: of a socket that waits for another of them it says so; null where they are not known.</param>
    public static IReadOnlyList<StateNote> Of(SocketEntry socket, Language language, TimeSpan? age = null, IReadOnlyList<SocketEntry>? table = null)
    {
        var notes = new List<StateNote>();
        void Add(string key, Turn turn, params ReadOnlySpan<(string Name, object? Value)> more) =>
            notes.Add(new(key, turn, Texts.Get(language, "state." + key, [.. more, ("holder", Holder(socket, language)), ("age", Age(age, language))])));

        // Nobody has it, and somebody listens where it arrived: it waits for accept().
        SocketEntry? listener = socket is { Inode: 0, Holders.Count: 0, Protocol: "tcp", State: SocketTableState.Established or SocketTableState.CloseWait } ? Listener(table, socket.Local) : null;
        switch (socket.State)
        {
            case SocketTableState.Established when listener is not null:
                Add("not-accepted", Turn.Program, ("listener", listener.Local), ("acceptor", Holder(listener, language)));
                break;
            case SocketTableState.CloseWait when listener is not null:
                Add("close-wait-not-accepted", Turn.Program, ("listener", listener.Local), ("acceptor", Holder(listener, language)));
                break;
            case SocketTableState.SynSent when IsOwn(socket) && Listener(table, socket.Remote) is { ReceiveQueue: { } waiting, SendQueue: { } most } full && waiting > most:
                Add("syn-sent-full", Turn.Program, ("tries", socket.Timer?.Tries ?? 0), ("remote", socket.Remote), ("waiting", waiting), ("most", most), ("acceptor", Holder(full, language)));
                break;
            case SocketTableState.Listen when socket is { ReceiveQueue: > 0 and { } waiting, SendQueue: { } most } && socket.IsInet:
                Add(waiting > most ? "listen-full" : "listen-waiting", Turn.Program, ("waiting", waiting), ("count", waiting), ("most", most));
                break;
            case SocketTableState.CloseWait:
                Add("close-wait", Turn.Program);
                break;
            case SocketTableState.SynSent:
                Add("syn-sent", Turn.Peer, ("count", socket.Timer?.Tries ?? 0), ("tries", socket.Timer?.Tries ?? 0), ("remote", socket.Remote));
                break;
            case SocketTableState.SynReceived:
                Add("syn-received", Turn.Peer, ("tries", socket.Timer?.Tries ?? 0));
                break;
            case SocketTableState.FinWait1:
                Add("fin-wait-1", Turn.Peer, ("count", socket.SendQueue ?? 0));
                break;
            case SocketTableState.FinWait2:
                Add(socket.Inode is 0 ? "fin-wait-2-orphan" : "fin-wait-2", Turn.Peer, ("left", Left(socket)));
                break;
            case SocketTableState.LastAck:
                Add("last-ack", Turn.Peer);
                break;
            case SocketTableState.Closing:
                Add("closing", Turn.Peer);
                break;
            case SocketTableState.TimeWait:
                Add("time-wait", Turn.Kernel, ("left", Left(socket)));
                break;
        }

        bool open = socket.State is SocketTableState.Established or SocketTableState.CloseWait or SocketTableState.FinWait1 || socket.Protocol is "udp";
        if (open && socket is { IsInet: true, ReceiveQueue: >= ManyUnread and { } unread })
            Add("not-read", Turn.Program, ("count", unread));
        if (open && socket.Timer is { Kind: "zero-window" })
            Add("peer-not-reading", Turn.Peer, ("count", socket.SendQueue ?? 0));
        else if (open && socket.Timer is { Kind: "retransmit", Tries: > 0 and { } tries })
            Add("not-acknowledged", Turn.Peer, ("tries", tries), ("count", socket.SendQueue ?? 0));
        if (socket.State != SocketTableState.Listen && socket.Memory is { Dropped: > 0 and { } dropped })
            Add("dropped", Turn.Program, ("count", dropped));
        return notes;
    }

    // A connection to an address of this machine comes from that address as well, or from another loopback one.
    private static bool IsOwn(SocketEntry socket) =>
        socket is { Local: IPEndPoint local, Remote: IPEndPoint remote } && (IPAddress.IsLoopback(Plain(remote.Address)) || Plain(local.Address).Equals(Plain(remote.Address)));

    // Who listens on exactly the address before who listens on all of them, as the kernel chooses.
    private static SocketEntry? Listener(IReadOnlyList<SocketEntry>? table, EndPoint? at) => at is not IPEndPoint place ? null : table?
        .Where(socket => socket is { Protocol: "tcp", State: SocketTableState.Listen, Local: IPEndPoint } && ((IPEndPoint)socket.Local).Port == place.Port)
        .Where(socket => ((IPEndPoint)socket.Local!).Address is var own && (Plain(own).Equals(Plain(place.Address)) || own.Equals(IPAddress.IPv6Any) || (own.Equals(IPAddress.Any) && Plain(place.Address).AddressFamily == AddressFamily.InterNetwork)))
        .OrderBy(socket => ((IPEndPoint)socket.Local!).Address is var own && (own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any)) ? 1 : 0)
        .FirstOrDefault();

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string Holder(SocketEntry socket, Language language) => socket.Holders is [{ } holder, ..]
        ? $"{holder.Program} (PID {holder.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)})"
        : Texts.Get(language, socket.Inode is 0 ? "holder.nobody" : "holder.unknown");

    private static string Left(SocketEntry socket) => socket.Timer is { } timer ? Seconds(timer.Expires) : "?";

    private static string Age(TimeSpan? age, Language language) => age is { } known ? " " + Texts.Get(language, "age", ("time", Seconds(known))) : "";

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Max(0, (long)Math.Round(time.TotalSeconds))} s");
}
