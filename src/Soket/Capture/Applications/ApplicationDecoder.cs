namespace Soket.Capture.Applications;

/// <summary>Reads the messages of one application's protocol out of both directions of a connection. Bounded: it keeps what it needs of a message, never its body.</summary>
internal abstract class ApplicationDecoder
{
    // A line of a diagram is no longer; what a peer writes may be.
    private const int LongestText = 120;

    /// <summary>The protocol as people write it.</summary>
    public abstract string Protocol { get; }

    /// <summary>Whether the connection speaks something else from here on.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What it speaks then; null where that has to be found out.</summary>
    public ApplicationDecoder? Next { get; private set; }

    /// <summary>Reads what it can.</summary>
    /// <param name="fromInitiator">The direction.</param>
    /// <param name="bytes">What came in order and was not read yet; may be empty, after bytes that passed by unread.</param>
    /// <param name="ended">Whether nothing follows.</param>
    /// <param name="found">The messages that ended.</param>
    /// <returns>How many bytes are done with; more than there are: those that come next need not be read, and it asks again when they have passed; 0: more
    /// are needed; -1: it is another protocol.</returns>
    public abstract long Read(bool fromInitiator, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found);

    /// <summary>Bytes are missing in a direction.</summary>
    /// <returns>Whether it can go on there.</returns>
    public virtual bool Lost(bool fromInitiator) => false;

    /// <summary>The connection speaks another protocol from here on.</summary>
    protected void HandOver(ApplicationDecoder? next) => (IsDone, Next) = (true, next);

    /// <summary>A peer's text, no longer than a line.</summary>
    public static string Cut(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText - 1), "…");
}
