using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>An interface that packets were captured on. Its texts were chosen by whoever made the file: not for a terminal as they are.</summary>
public sealed record CaptureInterface
{
    /// <summary>What its packets begin with.</summary>
    public required LinkType Link { get; init; }

    /// <summary>Its name, <c>eth0</c>; null where it is not told.</summary>
    public string? Name { get; init; }

    /// <summary>What it is, in words.</summary>
    public string? Description { get; init; }

    /// <summary>How many bytes of a packet were kept at most; 0 where there was no limit.</summary>
    public int SnapLength { get; init; }

    /// <summary>How many packets it received, as the end of a capture tells; null where it does not.</summary>
    public long? Received { get; init; }

    /// <summary>How many of them were lost before they could be written, for want of room; null where it is not told.</summary>
    public long? Dropped { get; init; }
}
