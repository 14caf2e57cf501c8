using System.Net;

namespace Soket.Capture.Synthesis;

/// <summary>One end of a TCP connection whose packets are concluded.</summary>
internal sealed class InferredEnd(IPEndPoint address, uint firstNumber)
{
    public IPEndPoint Address { get; } = address;

    /// <summary>The number of its SYN: made up.</summary>
    public uint FirstNumber { get; } = firstNumber;

    /// <summary>The socket that tells of this end; 0 when none does.</summary>
    public long Socket { get; set; }

    public bool IsSeen => Socket != 0;

    /// <summary>Whether the socket has told its close.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The place in its stream of the next byte that has not been in a packet yet; -1 before the first.</summary>
    public long Next { get; set; } = -1;

    /// <summary>Whether its FIN was written.</summary>
    public bool Finished { get; set; }

    /// <summary>How much of the other's stream it is known to have read, the FIN counted as one.</summary>
    public long Read { get; set; }

    /// <summary>How much of the other's stream its packets have acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Whether it has told its window as it counts after the handshake, scaled: a SYN never is (RFC 7323 2.2).</summary>
    public bool Scales { get; set; }

    /// <summary>A close without a shutdown before it that waits for the other end to say whether it was a FIN or an RST.</summary>
    public bool ClosesSilently { get; set; }

    /// <summary>What it has sent, the FIN counted as one.</summary>
    public long Sent => Math.Max(0, Next) + (Finished ? 1 : 0);
}
