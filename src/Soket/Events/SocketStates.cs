using Soket.Explain;

namespace Soket.Events;

/// <summary>What the calls on a socket tell about its state (RFC 9293, figure 5). Pure.</summary>
public static class SocketStates
{
    /// <summary>The state's name as the field writes it: <c>ESTABLISHED</c>, <c>FIN_WAIT_2</c>. Empty for <see cref="SocketState.None"/>.</summary>
    public static string Name(this SocketState state) => state switch
    {
        SocketState.None => "",
        SocketState.Closed => "CLOSED",
        SocketState.Bound => "BOUND",
        SocketState.Listen => "LISTEN",
        SocketState.SynSent => "SYN_SENT",
        SocketState.Established => "ESTABLISHED",
        SocketState.FinWait1 => "FIN_WAIT_1",
        SocketState.FinWait2 => "FIN_WAIT_2",
        SocketState.CloseWait => "CLOSE_WAIT",
        SocketState.LastAck => "LAST_ACK",
        SocketState.TimeWait => "TIME_WAIT",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The state after a call that succeeded.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="call">The call.</param>
    /// <param name="moved">Bytes moved; -1 for a call that moves none.</param>
    /// <param name="transport">What carries the socket.</param>
    /// <param name="inferred">
    /// Whether the state is concluded rather than shown by the call's success. A successful connect shows ESTABLISHED and an empty receive shows
    /// that a FIN came; whether our own FIN was acknowledged is never shown by a call.
    /// </param>
    public static SocketState After(SocketState state, SocketCall call, long moved, string transport, out bool inferred)
    {
        bool tcp = transport is "tcp";
        inferred = false;
        switch (call)
        {
            case SocketCall.Bind:
                return SocketState.Bound;
            case SocketCall.Listen:
                return SocketState.Listen;
            case SocketCall.Accept or SocketCall.Connect:
                return state == SocketState.Listen ? state : SocketState.Established;
            case SocketCall.Receive when moved == 0 && state is SocketState.Established:
                return tcp ? SocketState.CloseWait : state;
            case SocketCall.Receive when moved == 0 && state is SocketState.FinWait1 or SocketState.FinWait2:
                inferred = true;
                return SocketState.TimeWait;
            case SocketCall.Shutdown when tcp && state == SocketState.Established:
                inferred = true;
                return SocketState.FinWait1;
            case SocketCall.Shutdown when tcp && state == SocketState.CloseWait:
                inferred = true;
                return SocketState.LastAck;
            case SocketCall.Close when tcp && state is SocketState.Established:
                inferred = true;
                return SocketState.FinWait1;
            case SocketCall.Close when tcp && state is SocketState.CloseWait:
                inferred = true;
                return SocketState.LastAck;
            case SocketCall.Close when tcp && state is SocketState.LastAck or SocketState.TimeWait or SocketState.FinWait1 or SocketState.FinWait2:
                return state;
            case SocketCall.Close or SocketCall.Abort:
                return SocketState.Closed;
            default:
                return state;
        }
    }
}
