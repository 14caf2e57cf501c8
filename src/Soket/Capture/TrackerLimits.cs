namespace Soket.Capture;

/// <summary>How much a <see cref="ConversationTracker"/> keeps. What is beyond is counted, and the oldest goes first.</summary>
public sealed record TrackerLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static TrackerLimits Default { get; } = new();

    /// <summary>How many conversations are open at a time, 1 or more. Beyond, the one that was silent the longest is let go.</summary>
    public int Conversations { get; init; } = 4096;

    /// <summary>How many packets a conversation keeps, 0 or more: the first ones.</summary>
    public int Packets { get; init; } = ConversationTracker.PacketLimit;

    /// <summary>How many packets all open conversations keep together. Beyond, the conversation that was silent the longest is let go.</summary>
    public int PacketsInAll { get; init; } = 200_000;

    /// <summary>How many bytes of their streams all conversations hold together, to put them in order and to read the application's messages from. Beyond,
    /// the conversation that was silent the longest is no longer read, and its packets go on being told.</summary>
    public long StreamBytes { get; init; } = 64 << 20;
}
