namespace Soket.Chat.Internal;

/// <summary>
/// The numbers of a shared room. What is said has its place in the log, the same for everybody; who comes and goes is each server's own knowledge, and gets
/// numbers in between. So a client that goes on at another server, after the last number it saw, misses nothing that was said.
/// </summary>
internal static class ChatNumbers
{
    // JSON's numbers are exact up to 2^53: 8.6 billion records of a room, a million notes after each.
    private const int NoteBits = 20;

    /// <summary>The number of a record.</summary>
    public static long Of(long offset) => (offset + 1) << NoteBits;

    /// <summary>Whether there is a number for one more note after another number.</summary>
    public static bool HasNote(long last) => (last & ((1 << NoteBits) - 1)) != (1 << NoteBits) - 1;
}
