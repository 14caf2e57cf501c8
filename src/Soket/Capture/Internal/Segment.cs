using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>A segment in the numbers of its connection: counted from the SYN of each end.</summary>
internal readonly record struct Segment
{
    public required TcpFlags Flags { get; init; }

    /// <summary>The place of the first thing it carries: SYN, byte or FIN.</summary>
    public required long Sequence { get; init; }

    /// <summary>Bytes of data on the wire; 0 for a reset, whose data is no part of the stream.</summary>
    public required int Length { get; init; }

    /// <summary>The next number awaited from the peer; -1 without ACK.</summary>
    public required long Acknowledgment { get; init; }

    /// <summary>The window without its scale.</summary>
    public required int RawWindow { get; init; }

    /// <summary>When it was sent, as far as it tells.</summary>
    public required SenderClock Clock { get; init; }

    /// <summary>When it was captured, nanoseconds.</summary>
    public required long At { get; init; }

    public bool Syn => (Flags & TcpFlags.Syn) != 0;

    public bool Fin => (Flags & TcpFlags.Fin) != 0;

    public bool Rst => (Flags & TcpFlags.Rst) != 0;

    public bool Ack => (Flags & TcpFlags.Ack) != 0;

    /// <summary>Whether it begins, ends or breaks the connection.</summary>
    public bool IsControl => (Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;

    /// <summary>Whether it carries nothing but what it says of the other direction.</summary>
    public bool IsBare => Length == 0 && !IsControl;

    /// <summary>The place of its first byte of data.</summary>
    public long DataAt => Sequence + (Syn ? 1 : 0);

    /// <summary>The number behind the last it takes.</summary>
    public long End => DataAt + Length + (Fin && !Rst ? 1 : 0);
}
