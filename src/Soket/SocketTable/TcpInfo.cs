namespace Soket.SocketTable;

/// <summary>What the kernel knows of a TCP connection (tcp(7), TCP_INFO). Figures a kernel does not have are null.</summary>
public sealed record TcpInfo
{
    /// <summary>The smoothed round-trip time.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>How much it varies.</summary>
    public required TimeSpan RoundTripVariance { get; init; }

    /// <summary>The least round-trip time lately.</summary>
    public TimeSpan? LeastRoundTrip { get; init; }

    /// <summary>How long an acknowledgement is waited for before a segment is sent again (RFC 6298).</summary>
    public required TimeSpan RetransmitTimeout { get; init; }

    /// <summary>Segments sent again since the connection began.</summary>
    public required long Retransmits { get; init; }

    /// <summary>Segments sent again and not acknowledged now, one after another.</summary>
    public required int RetransmitsNow { get; init; }

    /// <summary>Segments believed lost now.</summary>
    public required long Lost { get; init; }

    /// <summary>Segments under way.</summary>
    public required long Unacknowledged { get; init; }

    /// <summary>The congestion window, in segments.</summary>
    public required long CongestionWindow { get; init; }

    /// <summary>The slow-start threshold, in segments; null while there is none.</summary>
    public long? SlowStartThreshold { get; init; }

    /// <summary>The largest segment sent, in bytes.</summary>
    public required long SendSegment { get; init; }

    /// <summary>The largest segment received, in bytes.</summary>
    public required long ReceiveSegment { get; init; }

    /// <summary>The path's largest packet, in bytes.</summary>
    public required long PathMtu { get; init; }

    /// <summary>Since data was last sent.</summary>
    public required TimeSpan SinceSent { get; init; }

    /// <summary>Since data last came.</summary>
    public required TimeSpan SinceReceived { get; init; }

    /// <summary>Bytes sent, those sent again included.</summary>
    public long? BytesSent { get; init; }

    /// <summary>Bytes sent again.</summary>
    public long? BytesRetransmitted { get; init; }

    /// <summary>Bytes the peer acknowledged.</summary>
    public long? BytesAcknowledged { get; init; }

    /// <summary>Bytes received.</summary>
    public long? BytesReceived { get; init; }

    /// <summary>How fast data was delivered lately, in bytes a second.</summary>
    public long? DeliveryRate { get; init; }

    /// <summary>The time the connection could not send because the peer's window was closed.</summary>
    public TimeSpan? LimitedByPeer { get; init; }
}
