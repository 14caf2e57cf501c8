using System.Net;

namespace Soket.SocketTable;

/// <summary>A process that has a socket open.</summary>
/// <param name="ProcessId">Its number.</param>
/// <param name="Program">Its short name (<c>comm</c>), control characters removed.</param>
/// <param name="Descriptor">The descriptor's number in it; -1 when unknown.</param>
public sealed record SocketHolder(int ProcessId, string Program, int Descriptor);

/// <summary>What a TCP socket waits for by itself.</summary>
/// <param name="Kind"><c>retransmit</c>, <c>keep-alive</c>, <c>time-wait</c>, <c>zero-window</c> (the probe of a closed window).</param>
/// <param name="Expires">How long until then.</param>
/// <param name="Tries">How often it was tried without an answer.</param>
public sealed record SocketTimer(string Kind, TimeSpan Expires, int Tries);

/// <summary>The memory of a socket, in bytes (sock_diag(7), SK_MEMINFO).</summary>
/// <param name="Receive">What received data takes, bookkeeping included.</param>
/// <param name="ReceiveLimit">SO_RCVBUF as the kernel counts it.</param>
/// <param name="Send">What data to be sent takes, bookkeeping included.</param>
/// <param name="SendLimit">SO_SNDBUF as the kernel counts it.</param>
/// <param name="Dropped">Packets that were dropped because there was no room.</param>
public sealed record SocketMemory(long Receive, long ReceiveLimit, long Send, long SendLimit, long Dropped);

/// <summary>A socket of this machine as the system's table has it. What the system does not tell is null.</summary>
public sealed record SocketEntry
{
    /// <summary><c>tcp</c>, <c>udp</c>, <c>raw</c>, <c>unix</c>, <c>unixgram</c> or <c>unixseq</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Its state.</summary>
    public required SocketTableState State { get; init; }

    /// <summary>Where it is bound; null for an unnamed Unix socket.</summary>
    public EndPoint? Local { get; init; }

    /// <summary>Its peer; null where there is none.</summary>
    public EndPoint? Remote { get; init; }

    /// <summary>Bytes the program has not read yet; for a listener the connections not accepted yet.</summary>
    public long? ReceiveQueue { get; init; }

    /// <summary>Bytes the peer has not acknowledged yet; for a listener the most connections that may wait (its backlog).</summary>
    public long? SendQueue { get; init; }

    /// <summary>The number of the user whose socket it is.</summary>
    public int? UserId { get; init; }

    /// <summary>The name of that user; the number as text where it has none.</summary>
    public string? User { get; init; }

    /// <summary>The socket's inode; 0 when no process has it (TIME_WAIT), null where there are none.</summary>
    public long? Inode { get; init; }

    /// <summary>What tells this socket from every other one since the system started; 0 where it is not told.</summary>
    public ulong Cookie { get; init; }

    /// <summary>The inode of the other end, for a connected Unix socket.</summary>
    public long? PeerInode { get; init; }

    /// <summary>Who has it open. Empty when nobody has, or when permission is lacking to see it.</summary>
    public IReadOnlyList<SocketHolder> Holders { get; init; } = [];

    /// <summary>The interface it is bound to (SO_BINDTODEVICE); null when it is bound to none.</summary>
    public string? Interface { get; init; }

    /// <summary>What it waits for.</summary>
    public SocketTimer? Timer { get; init; }

    /// <summary>TCP_INFO, where it was asked for.</summary>
    public TcpInfo? Info { get; init; }

    /// <summary>The name of its congestion control, where TCP_INFO was asked for.</summary>
    public string? Congestion { get; init; }

    /// <summary>Its memory, where it was asked for.</summary>
    public SocketMemory? Memory { get; init; }

    /// <summary>Whether the socket is a TCP, UDP or raw one.</summary>
    public bool IsInet => Protocol is "tcp" or "udp" or "raw";
}
