using Soket.Events;

namespace Soket.Capture.Internal;

/// <summary>
/// What packets show of the states of both ends (RFC 9293, figure 5). What an end must acknowledge, a SYN or a FIN, counts as received when it
/// has acknowledged it; a bare acknowledgement counts as received when it was captured, since nothing ever answers it.
/// </summary>
internal static class TcpStates
{
    /// <summary>The state of an end.</summary>
    /// <param name="end">The end.</param>
    /// <param name="peer">The other one.</param>
    public static SocketState Of(TcpEnd end, TcpEnd peer)
    {
        bool acknowledged = end.KnownAcked >= 1, acknowledges = end.HighestAck >= 1;
        if ((end.SynSeen || peer.SynSeen) && !(acknowledged && acknowledges))
        {
            // Somebody was asked; whether anybody listens there is not shown before there is an answer.
            if (!end.Sent)
                return acknowledged ? SocketState.SynSent : SocketState.None;
            return acknowledges ? SocketState.SynReceived : SocketState.SynSent;
        }

        bool received = peer.FinAt >= 0 && end.HighestAck > peer.FinAt;
        if (end.FinAt < 0)
            return received ? SocketState.CloseWait : SocketState.Established;
        bool finAcknowledged = end.KnownAcked > end.FinAt;
        if (end.FinAnswers)
            return finAcknowledged ? SocketState.Closed : SocketState.LastAck;
        if (received)
            return finAcknowledged ? SocketState.TimeWait : SocketState.Closing;
        // Both closed at once (figure 13): the peer's FIN came before the acknowledgement that has arrived.
        bool atOnce = peer.FinAt >= 0 && !peer.FinAnswers;
        return !finAcknowledged ? SocketState.FinWait1 : atOnce ? SocketState.Closing : SocketState.FinWait2;
    }
}
