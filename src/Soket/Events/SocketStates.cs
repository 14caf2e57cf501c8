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
        SocketState.SynReceived => "SYN_RECV",
        SocketState.Closing => "CLOSING",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The state after a call that succeeded.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="call">The call.</param>
    /// <param name="moved">Bytes moved; -1 for a call that moves none. 0 for a receive means the end of the stream.</param>
    /// <param name="transport">What carries the socket. Only TCP has states between ESTABLISHED and CLOSED; what stands on TCP (<c>tls</c>) has none of its own.</param>
    /// <param name="inferred">
    /// Whether the state is concluded rather than shown by the call's success. A successful connect or accept shows ESTABLISHED and an empty receive
    /// shows that a FIN came; that our own FIN left, and whether it was acknowledged, is shown by no call. So FIN_WAIT_2 is never concluded, and
    /// TIME_WAIT is concluded at the peer's FIN, whose segment acknowledges ours unless both were under way at once (CLOSING, RFC 9293 figure 5).
    /// </param>
    public static SocketState After(SocketState state, SocketCall call, long moved, string transport, out bool inferred)
    {
        inferred = false;
        if (transport is "tls" or "ws" or "wss")
            return state;
        bool tcp = transport is "tcp";
        switch (call)
        {
            case SocketCall.Bind:
                return SocketState.Bound;
            case SocketCall.Connect when IsDatagram(transport):
                // It only remembers its peer. UDP gets a port by it if it had none; a Unix datagram socket gets no address.
                return transport is "udp" ? SocketState.Bound : state;
            case SocketCall.Listen:
                return SocketState.Listen;
            case SocketCall.Accept or SocketCall.Connect:
                return state == SocketState.Listen ? state : SocketState.Established;
            case SocketCall.Receive when moved == 0 && tcp && state == SocketState.Established:
                return SocketState.CloseWait;
            case SocketCall.Receive when moved == 0 && tcp && state is SocketState.FinWait1 or SocketState.FinWait2:
                inferred = true;
                return SocketState.TimeWait;
            case SocketCall.Shutdown or SocketCall.Close when tcp && state == SocketState.Established:
                inferred = true;
                return SocketState.FinWait1;
            case SocketCall.Shutdown or SocketCall.Close when tcp && state == SocketState.CloseWait:
                inferred = true;
                return SocketState.LastAck;
            case SocketCall.Close when tcp && state is SocketState.LastAck or SocketState.TimeWait or SocketState.FinWait1 or SocketState.FinWait2:
                return state; // The descriptor is gone; the connection goes on in the kernel.
            case SocketCall.Close or SocketCall.Abort:
                return SocketState.Closed;
            default:
                return state;
        }
    }

    /// <summary>The state after a call that failed.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="call">The call.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="transport">What carries the socket.</param>
    /// <param name="inferred">Whether the state is concluded rather than told by the error.</param>
    public static SocketState AfterFailure(SocketState state, SocketCall call, SocketFailure failure, string transport, out bool inferred)
    {
        inferred = false;
        if (transport is "tls" or "ws" or "wss" || IsDatagram(transport) || state is SocketState.Listen)
            return state; // A reset of a connection that was never accepted is no reset of the listener, and datagram sockets stay usable.
        bool told = failure.InnerException is System.Net.Sockets.SocketException; // A deadline of Soket's own ends a wait, not a connection.
        switch (failure.Error.Name)
        {
            case "EPIPE" when state is SocketState.FinWait1 or SocketState.FinWait2 or SocketState.LastAck or SocketState.TimeWait:
                return state; // Sending after our own half-close; the connection stands.
            case "EPIPE":
                inferred = true; // The reset itself was told to another call, or to none.
                return SocketState.Closed;
            case "ECONNRESET" or "ECONNABORTED":
                return SocketState.Closed;
            case "ETIMEDOUT" or "EHOSTUNREACH" or "ENETUNREACH" when told && call is SocketCall.Send or SocketCall.Receive:
                return SocketState.Closed; // Retransmissions or keep-alive probes went unanswered (tcp(7)).
            default:
                return call == SocketCall.Connect && state is SocketState.None or SocketState.Bound or SocketState.SynSent ? SocketState.Closed : state;
        }
    }

    private static bool IsDatagram(string transport) => transport is "udp" or "unixgram";
}
