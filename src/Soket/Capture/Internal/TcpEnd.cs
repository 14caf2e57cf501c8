using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>One end of a TCP connection, as its segments show it. Numbers are counted from its SYN (0), and go on past 32 bits.</summary>
internal sealed class TcpEnd
{
    private uint _base;
    private ushort _packet; // the number of the last packet, and how many steps led up to it
    private int _steps;

    /// <summary>Whether it is known from which number to count.</summary>
    public bool HasBase { get; private set; }

    /// <summary>Whether the SYN was captured, and the base is more than a guess.</summary>
    public bool SynSeen { get; private set; }

    /// <summary>Whether any segment of it was captured.</summary>
    public bool Sent { get; set; }

    /// <summary>The number behind the highest that was sent.</summary>
    public long Next { get; set; }

    /// <summary>When <see cref="Next"/> last grew, nanoseconds.</summary>
    public long NextAt { get; set; }

    /// <summary>The lowest number that was captured: where the capture began before the connection did not, what lies before it may have been sent already.</summary>
    public long First { get; set; }

    /// <summary>When the segment that was captured first was sent.</summary>
    public SenderClock FirstClock { get; set; }

    public SequenceHoles Holes { get; } = new();

    /// <summary>What its last segment acknowledged; -1 where none did.</summary>
    public long LastAck { get; set; } = -1;

    /// <summary>The highest it has acknowledged; -1 where it has not.</summary>
    public long HighestAck { get; set; } = -1;

    /// <summary>How much of its own it knows to be acknowledged: what the peer told, less what it sent again because it had not heard.</summary>
    public long KnownAcked { get; set; } = -1;

    /// <summary>How often the last acknowledgement was repeated.</summary>
    public int DuplicateAcks { get; set; }

    /// <summary>The window as it stands in the last segment, without its scale; -1 where there was none.</summary>
    public int RawWindow { get; set; } = -1;

    /// <summary>The window of the last segment, in bytes.</summary>
    public long Window { get; set; }

    /// <summary>The number behind the last that it was ever ready to take.</summary>
    public long Edge { get; set; } = -1;

    /// <summary>The window scale it offered in its SYN; null where it offered none.</summary>
    public byte? Scale { get; set; }

    /// <summary>The longest segment it takes, as its SYN says.</summary>
    public ushort? MaximumSegmentSize { get; set; }

    /// <summary>What its last segment was.</summary>
    public SegmentMarks LastMarks { get; set; }

    /// <summary>Where its FIN stands; -1 where it sent none.</summary>
    public long FinAt { get; set; } = -1;

    /// <summary>Whether it sent its FIN after it had acknowledged the peer's: it closed second.</summary>
    public bool FinAnswers { get; set; }

    /// <summary>Whether the end of its stream was told to whoever reads it.</summary>
    public bool EndTold { get; set; }

    /// <summary>Where it asked a peer without room with one byte that may or may not have been taken; -1 where it did not.</summary>
    public long ProbeAt { get; set; } = -1;

    /// <summary>When its SYN was captured, the last time; nanoseconds.</summary>
    public long SynAt { get; set; }

    public TcpStream? Stream { get; set; }

    /// <summary>Whether a SYN with this number begins another connection than the one that is known.</summary>
    public bool IsOtherBase(uint sequence) => HasBase && sequence != _base;

    /// <summary>The place of a sequence number. The first one that is seen says where to count from: a SYN is 0, anything else the first byte, 1.</summary>
    public long Place(uint sequence, bool syn)
    {
        if (!HasBase)
            (_base, HasBase) = (syn ? sequence : sequence - 1, true);
        if (syn && sequence == _base)
            SynSeen = true;
        return Near(sequence);
    }

    /// <summary>The place of a number the peer acknowledges.</summary>
    public long PlaceAcked(uint acknowledgment)
    {
        if (!HasBase)
            (_base, HasBase) = (acknowledgment - 1, true);
        return Near(acknowledgment);
    }

    // 32 bits say where around the last number: half of them before it, half after (RFC 9293 3.4).
    private long Near(uint sequence) => Next + (int)(sequence - (_base + (uint)Next));

    /// <summary>The number of an IPv4 packet, once a few in a row have shown that this end counts them up: others draw them by lot, or write 0 (RFC 6864).</summary>
    /// <param name="id">The packet's number.</param>
    public ushort? Counted(ushort id)
    {
        int step = (ushort)(id - _packet);
        bool counts = _steps >= 3;
        // A late packet steps back, and is followed by a larger step forward.
        if (step is >= 1 and <= 64)
            (_packet, _steps) = (id, Math.Min(_steps + 1, 8));
        else if (!counts || step is > 64 and < ushort.MaxValue - 1024)
            (_packet, _steps) = (id, 0);
        return counts && _steps > 0 ? id : null;
    }

    public void TakeOptions(TcpOptions options)
    {
        // RFC 7323 2.3: a shift of more than 14 is taken as 14.
        Scale = options.WindowScale is { } scale ? Math.Min(scale, (byte)14) : null;
        MaximumSegmentSize = options.MaximumSegmentSize;
    }
}
