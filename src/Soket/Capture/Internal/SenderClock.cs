namespace Soket.Capture.Internal;

/// <summary>What in a segment tells when it was sent, seen from its sender.</summary>
/// <param name="Stamp">The timestamp option (RFC 7323), in milliseconds mostly; null where there is none.</param>
/// <param name="Id">The number that IPv4 gave the packet, where this sender is known to count them up; else null.</param>
internal readonly record struct SenderClock(uint? Stamp, ushort? Id)
{
    /// <summary>Whether a segment was sent after another one of the same end; null where it cannot be told.</summary>
    /// <param name="earlier">The other one.</param>
    public bool? IsAfter(SenderClock earlier)
    {
        if (Stamp is { } stamp && earlier.Stamp is { } other && stamp != other)
            return (int)(stamp - other) > 0;
        return Id is { } id && earlier.Id is { } before && id != before ? (short)(id - before) > 0 : null;
    }
}
