namespace Soket.Protocols.Packets;

/// <summary>Which way a packet went, seen from the machine that captured it.</summary>
public enum PacketDirection
{
    /// <summary>Not told.</summary>
    Unknown,

    /// <summary>It came in.</summary>
    Inbound,

    /// <summary>It went out.</summary>
    Outbound,
}

/// <summary>One packet as it was captured, with what the capture says about it.</summary>
public readonly record struct CapturedPacket
{
    /// <summary>When it was captured: nanoseconds since 1970-01-01 00:00 UTC.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>What <see cref="Bytes"/> begin with.</summary>
    public required LinkType Link { get; init; }

    /// <summary>The bytes that were kept. A source may lend them: they are good until the next packet is asked for.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>How long it was on the wire; more than <see cref="Bytes"/> where the capture kept only the first bytes.</summary>
    public required int OriginalLength { get; init; }

    /// <summary>The interface within the capture (pcapng counts them from 0).</summary>
    public int Interface { get; init; }

    /// <summary>Which way it went.</summary>
    public PacketDirection Direction { get; init; }

    /// <summary>What was written beside it (pcapng's opt_comment); null where nothing was.</summary>
    public string? Comment { get; init; }

    /// <summary>Whether it stands for several packets: the network card or the kernel had joined them, or was still to cut them (offload). A file does not tell.</summary>
    public bool Coalesced { get; init; }

    /// <summary>Of a coalesced packet, how many bytes of data each of its segments had; 0 where it is not known.</summary>
    public int SegmentSize { get; init; }

    /// <summary>Whether its transport checksum was still to be computed (offload): what stands in its place is not wrong. A file does not tell.</summary>
    public bool ChecksumPending { get; init; }

    /// <summary>Whether it was never captured but written from what the calls of a socket told.</summary>
    public bool Inferred { get; init; }
}
