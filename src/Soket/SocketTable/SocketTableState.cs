namespace Soket.SocketTable;

/// <summary>The state of a socket as the system's table has it: TCP's (RFC 9293, figure 5), and <see cref="Unconnected"/> for what has no connection.</summary>
public enum SocketTableState
{
    /// <summary>A state this version does not know.</summary>
    Unknown,

    /// <summary>Data flows both ways.</summary>
    Established,

    /// <summary>SYN sent, no answer yet.</summary>
    SynSent,

    /// <summary>SYN received and answered; the last step of the handshake is awaited.</summary>
    SynReceived,

    /// <summary>This end closed first; its FIN is not acknowledged yet.</summary>
    FinWait1,

    /// <summary>This end closed first; the peer may still send.</summary>
    FinWait2,

    /// <summary>Both closed, this end first; old segments are waited out.</summary>
    TimeWait,

    /// <summary>No connection: made, perhaps bound, and neither listening nor connecting.</summary>
    Closed,

    /// <summary>The peer closed first; this end may still send.</summary>
    CloseWait,

    /// <summary>Both closed, the peer first; the last acknowledgement is awaited.</summary>
    LastAck,

    /// <summary>Waiting for connections.</summary>
    Listen,

    /// <summary>Both closed at once; the peer's acknowledgement is awaited.</summary>
    Closing,

    /// <summary>A datagram, raw or Unix socket without a peer.</summary>
    Unconnected,
}

/// <summary>The names of states. Pure.</summary>
public static class SocketTableStates
{
    private static readonly string[] Names =
        ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "UNCONN"];

    /// <summary>Every state that has a name, in the kernel's order.</summary>
    public static IReadOnlyList<SocketTableState> All { get; } = [.. Enum.GetValues<SocketTableState>().Where(state => state != SocketTableState.Unknown)];

    /// <summary>The state's name as the field writes it: <c>ESTABLISHED</c>, <c>FIN_WAIT_2</c>.</summary>
    public static string Name(this SocketTableState state) => state >= 0 && (int)state < Names.Length ? Names[(int)state] : "?";

    /// <summary>Reads a state however people write it: <c>FIN_WAIT_2</c>, <c>fin-wait-2</c>, <c>FIN_WAIT2</c>, <c>estab</c>, <c>syn-recv</c>, <c>SYN_RECEIVED</c>.</summary>
    public static bool TryParse(string text, out SocketTableState state)
    {
        string plain = Plain(text);
        state = plain switch
        {
            "ESTAB" => SocketTableState.Established,
            "SYNRECEIVED" => SocketTableState.SynReceived,
            "LISTENING" => SocketTableState.Listen,
            "CLOSE" or "UNBOUND" => SocketTableState.Closed,
            "UNCONNECTED" => SocketTableState.Unconnected,
            _ => All.FirstOrDefault(known => Plain(known.Name()) == plain),
        };
        return state != SocketTableState.Unknown;
    }

    private static string Plain(string text) => string.Concat(text.Where(c => c is not ('_' or '-' or ' '))).ToUpperInvariant();
}
