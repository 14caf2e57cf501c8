namespace Soket.Chat;

/// <summary>
/// What halls on several servers share: logs, which everybody reads in one order, and notes, which reach whoever listens at the moment. What is in them is the
/// halls' own affair.
/// </summary>
/// <remarks>
/// A record may come to be in its log twice, when nobody could say whether it had got there; the halls know copies by what is in them. None of its calls waits.
/// </remarks>
public interface IChatBackplane : IAsyncDisposable
{
    /// <summary>Begins to tell a listener what there is. Once.</summary>
    /// <param name="listener">Who is told, on any thread, one call at a time for each log and for the notes.</param>
    void Start(IChatBackplaneListener listener);

    /// <summary>Reads a log from the oldest record that is kept, and goes on reading. Makes the log where it is not there.</summary>
    /// <param name="log">The log's name: at most 100 characters.</param>
    void Follow(string log);

    /// <summary>Takes a record for a log. It is in the log when the listener hears it; until then it is sent again, in order, after every interruption.</summary>
    /// <param name="log">The log; it is followed.</param>
    /// <param name="record">The record.</param>
    /// <returns>False where too much waits already; then it was not taken.</returns>
    bool TryAppend(string log, ReadOnlyMemory<byte> record);

    /// <summary>Sends a note to all that listen now, oneself perhaps among them; during an interruption to nobody.</summary>
    /// <param name="note">The note.</param>
    void Send(ReadOnlyMemory<byte> note);
}

/// <summary>Who is told what a backplane brings. None of its calls waits or throws.</summary>
public interface IChatBackplaneListener
{
    /// <summary>A record of a log that is followed, in the log's order.</summary>
    /// <param name="log">The log.</param>
    /// <param name="offset">Its place, from 0 on, higher than the one before.</param>
    /// <param name="record">The record; the listener may keep it.</param>
    /// <param name="isAfterGap">Whether records before it are no longer kept that were never told.</param>
    void Appended(string log, long offset, ReadOnlyMemory<byte> record, bool isAfterGap);

    /// <summary>A log is not the one it was: it begins again at its first record.</summary>
    /// <param name="log">The log.</param>
    void Restarted(string log);

    /// <summary>A note, each sender's in order; some may be missing.</summary>
    /// <param name="note">The note.</param>
    void Noted(ReadOnlyMemory<byte> note);

    /// <summary>Nothing comes and goes for now.</summary>
    /// <param name="reason">Why, in the system's words; may be empty.</param>
    void Paused(string reason);

    /// <summary>It goes on, or has begun.</summary>
    void Resumed();
}
