namespace Soket.Chat.Internal;

/// <summary>A log that is followed, and how far. Under the hall's lock.</summary>
internal sealed class ChatSharedLog(string name, int sessions)
{
    public string Name { get; } = name;

    /// <summary>The place of the record that comes next.</summary>
    public long Next { get; set; }

    /// <summary>The count of the mark that one has sent to the end of what is there; 0 before it is followed.</summary>
    public long Mark { get; set; }

    public bool IsMarkTaken { get; set; }

    /// <summary>Whether one's own mark has come: all that was there before has been read.</summary>
    public bool IsLive { get; set; }

    public ChatCopies Copies { get; } = new(sessions);

    /// <summary>It begins again.</summary>
    public void Restart()
    {
        Next = 0;
        Copies.Clear();
    }
}
