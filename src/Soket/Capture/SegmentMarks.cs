namespace Soket.Capture;

/// <summary>What a TCP segment is, seen against those before it (RFC 9293, 5681, 2018). Several may hold.</summary>
[Flags]
public enum SegmentMarks
{
    /// <summary>Nothing out of the ordinary.</summary>
    None = 0,

    /// <summary>Its bytes, or its SYN or FIN, were sent before.</summary>
    Retransmission = 1,

    /// <summary>It fills a gap that a later segment left: it came late, it was not sent twice.</summary>
    OutOfOrder = 2,

    /// <summary>It repeats some bytes and carries new ones too.</summary>
    Overlap = 4,

    /// <summary>It repeats bytes, and they differ from those sent before.</summary>
    Conflict = 8,

    /// <summary>Bytes before it were not captured.</summary>
    Gap = 16,

    /// <summary>It acknowledges again what was acknowledged, and nothing else is new in it.</summary>
    DuplicateAck = 32,

    /// <summary>The sender has no room left.</summary>
    ZeroWindow = 64,

    /// <summary>Nothing is new but the window.</summary>
    WindowUpdate = 128,

    /// <summary>It fills the peer's window to the last byte.</summary>
    WindowFull = 256,

    /// <summary>It asks whether the peer is still there: the byte before the next, and nothing new.</summary>
    KeepAlive = 512,

    /// <summary>The answer to a keep-alive.</summary>
    KeepAliveAck = 1024,

    /// <summary>It asks a peer without room whether there is room again.</summary>
    ZeroWindowProbe = 2048,

    /// <summary>It acknowledges what was never seen sent.</summary>
    AckOfUnseen = 4096,

    /// <summary>It is longer than a segment can be: the network card or the kernel had joined or not yet cut several.</summary>
    Coalesced = 8192,

    /// <summary>Its sequence number is outside of what the peer accepts.</summary>
    OutOfWindow = 16384,

    /// <summary>A segment after the connection had ended.</summary>
    AfterClose = 32768,
}
