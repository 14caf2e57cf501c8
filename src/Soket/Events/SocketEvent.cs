using System.Net;
using Soket.Explain;

namespace Soket.Events;

/// <summary>Which part a socket plays.</summary>
public enum SocketRole
{
    /// <summary>It asked for the connection, or sends the first datagram.</summary>
    Client,

    /// <summary>The welcoming socket: it accepts connections and carries none.</summary>
    Listener,

    /// <summary>The connection socket that accept(2) gave, or a datagram socket that answers.</summary>
    Server,
}

/// <summary>The states of a socket: TCP's own (RFC 9293 3.3.2), and the few that other sockets have.</summary>
public enum SocketState
{
    /// <summary>Not told by this event.</summary>
    None,

    /// <summary>No connection.</summary>
    Closed,

    /// <summary>Bound to an address; a datagram socket that is ready, or a stream that neither listens nor connects.</summary>
    Bound,

    /// <summary>Waiting for connections.</summary>
    Listen,

    /// <summary>SYN sent, no answer yet.</summary>
    SynSent,

    /// <summary>Data flows both ways.</summary>
    Established,

    /// <summary>This end closed first; its FIN is not acknowledged yet.</summary>
    FinWait1,

    /// <summary>This end closed first; the peer may still send.</summary>
    FinWait2,

    /// <summary>The peer closed first; this end may still send.</summary>
    CloseWait,

    /// <summary>Both closed, the peer first; the last acknowledgement is awaited.</summary>
    LastAck,

    /// <summary>Both closed, this end first; old segments are waited out.</summary>
    TimeWait,

    /// <summary>SYN received and answered; the last step of the handshake is awaited. No call shows it: packets do.</summary>
    SynReceived,

    /// <summary>Both closed at once; the peer's acknowledgement is awaited. No call shows it: packets do.</summary>
    Closing,
}

/// <summary>One thing a socket did. Everything a person looks at is a view of these.</summary>
/// <remarks>Numbers that do not apply are -1, references that do not apply are null.</remarks>
public readonly record struct SocketEvent
{
    /// <summary>The place in the stream, from 1, without gaps.</summary>
    public long Sequence { get; init; }

    /// <summary>When the call ended, wall clock, UTC.</summary>
    public DateTime Utc { get; init; }

    /// <summary>When the call ended, monotonic, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts.</summary>
    public long Timestamp { get; init; }

    /// <summary>How long the call took, waiting included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The socket: unique within the stream, never reused (descriptor numbers are).</summary>
    public long Connection { get; init; }

    /// <summary>The listener that accepted it, or, for <c>tls</c>, the connection that carries it; 0 when there is none.</summary>
    public long Parent { get; init; }

    /// <summary>Which part the socket plays.</summary>
    public SocketRole Role { get; init; }

    /// <summary>What carries it: <c>tcp</c>, <c>udp</c>, <c>unix</c>, <c>unixgram</c>, <c>memory</c>. <c>tls</c> is the layer above a connection
    /// (its <see cref="Parent"/>): the plain text moved, while the connection's own events carry the records. <c>resolver</c> is no socket: names were looked up.</summary>
    public string Transport { get; init; }

    /// <summary>The call's number; datagrams moved by one call share it.</summary>
    public long CallId { get; init; }

    /// <summary>The call.</summary>
    public SocketCall Call { get; init; }

    /// <summary>Bytes the call was asked to move; -1 when it moves none.</summary>
    public long Requested { get; init; }

    /// <summary>Bytes it moved; -1 when it moves none.</summary>
    public long Moved { get; init; }

    /// <summary>How many bytes had moved in this direction of the stream before; -1 where there is no stream.</summary>
    public long StreamOffset { get; init; }

    /// <summary>The option set or read, by its system name: <c>SO_KEEPALIVE</c>.</summary>
    public string? Option { get; init; }

    /// <summary>The option's value, or the result of a call that has one (addresses resolved, the TLS version).</summary>
    public string? Value { get; init; }

    /// <summary>Why it happened, as a stable key: <c>half-close</c>, <c>peer-closed</c>, <c>idle-timeout</c>, <c>truncated</c> ...</summary>
    public string? Reason { get; init; }

    /// <summary>The state after the call.</summary>
    public SocketState State { get; init; }

    /// <summary>Whether the state was concluded from the calls (true) or told by the system (false).</summary>
    public bool StateInferred { get; init; }

    /// <summary>The socket's own address.</summary>
    public EndPoint? Local { get; init; }

    /// <summary>The peer's address.</summary>
    public EndPoint? Remote { get; init; }

    /// <summary>The failure, when the call failed.</summary>
    public SocketFailure? Failure { get; init; }
}
