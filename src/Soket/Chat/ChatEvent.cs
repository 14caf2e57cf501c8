namespace Soket.Chat;

/// <summary>What somebody in a chat is told.</summary>
public abstract record ChatEvent
{
    /// <summary>How much room it takes, bytes, roughly; what it shares with others is not counted.</summary>
    internal virtual int Size => 64;
}

/// <summary>The kinds of entries of a room.</summary>
public enum ChatEntryKind
{
    /// <summary>Something said.</summary>
    Message,

    /// <summary>Something done: <c>/me waves</c>.</summary>
    Action,

    /// <summary>A new topic, which may be empty.</summary>
    Topic,

    /// <summary>Somebody came.</summary>
    Join,

    /// <summary>Somebody went; the text is the reason's key: <c>left</c>, <c>quit</c>, <c>lost</c>, <c>idle</c>, <c>slow</c>, <c>drain</c>, <c>moved</c>, <c>away</c>.</summary>
    Leave,

    /// <summary>Somebody has another name; the text is the new one.</summary>
    Nick,

    /// <summary>Somebody was put out by <see cref="ChatEntry.From"/>; the text is who, and why.</summary>
    Kick,

    /// <summary>Somebody (the text) was muted by <see cref="ChatEntry.From"/>.</summary>
    Mute,

    /// <summary>Somebody (the text) may speak again.</summary>
    Unmute,

    /// <summary>Somebody (the text) was made an operator of the room.</summary>
    Operator,
}

/// <summary>One entry of a room. The number is its place in the room's order, which is the same for everybody.</summary>
/// <param name="Room">The room.</param>
/// <param name="Number">Its place, from 1 on, each higher than the one before.</param>
/// <param name="Time">When, by the server's clock.</param>
/// <param name="Kind">What it is.</param>
/// <param name="From">Who.</param>
/// <param name="Text">What.</param>
public sealed record ChatEntry(string Room, long Number, DateTimeOffset Time, ChatEntryKind Kind, string From, string Text) : ChatEvent
{
    /// <summary>Whether it belongs to what was said, and not to who came and went.</summary>
    public bool IsSaid => Kind is ChatEntryKind.Message or ChatEntryKind.Action or ChatEntryKind.Topic;

    /// <summary>The session it came from and its count there, which tell a message that is sent again; empty and 0 for none.</summary>
    public string Session { get; init; } = "";

    /// <inheritdoc cref="Session"/>
    public long Id { get; init; }

    internal long Author { get; init; }

    internal bool FromOperator { get; init; }

    internal override int Size => 160 + (Text.Length * 4);

    // What it is on the wire, once for everybody; written by whoever is first, and equal whoever that is.
    internal byte[]? Json { get; set; }

    internal byte[]? Line { get; set; }
}

/// <summary>An entry that was asked for: of the history, not of now.</summary>
/// <param name="Entry">The entry.</param>
public sealed record ChatRecall(ChatEntry Entry) : ChatEvent;

/// <summary>What somebody said to one person alone.</summary>
/// <param name="From">Who.</param>
/// <param name="To">To whom.</param>
/// <param name="Text">What.</param>
/// <param name="Time">When.</param>
public sealed record ChatWhisper(string From, string To, string Text, DateTimeOffset Time) : ChatEvent
{
    internal override int Size => 64 + (Text.Length * 2);
}

/// <summary>A word of the server to one person: an answer to a command, or why something was not done. Its text is <c>chat.CODE</c>.</summary>
/// <param name="Code">What it is: <c>who</c>, <c>name-taken</c> ...</param>
/// <param name="Values">What stands in the text's places.</param>
public sealed record ChatNotice(string Code, params IReadOnlyList<(string Name, string Value)> Values) : ChatEvent
{
    private const int MostEchoed = 64;

    /// <summary>Whether it says that something was not done.</summary>
    public bool IsError { get; init; }

    /// <summary>The count of the message that it answers; 0 for none.</summary>
    public long Id { get; init; }

    /// <summary>After how long the same may be tried again, where waiting helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    internal override int Size => 64 + (Values.Sum(value => value.Value.Length) * 2);

    /// <summary>The same, where what somebody has asked for is longer than any name with the beginning of it only.</summary>
    internal ChatNotice Shortened() => Values.Any(IsLong) ? this with { Values = [.. Values.Select(value => (value.Name, IsLong(value) ? Cut(value.Value) : value.Value))] } : this;

    private static bool IsLong((string Name, string Value) value) => value.Name is "name" or "room" or "command" && value.Value.Length > MostEchoed;

    private static string Cut(string text) => text[..(char.IsHighSurrogate(text[MostEchoed - 1]) ? MostEchoed - 1 : MostEchoed)] + "...";
}

/// <summary>One is in a room now.</summary>
/// <param name="Room">The room.</param>
/// <param name="Topic">Its topic; may be empty.</param>
/// <param name="Names">Who is there.</param>
/// <param name="Last">The number of its last entry.</param>
public sealed record ChatJoined(string Room, string Topic, IReadOnlyList<string> Names, long Last) : ChatEvent
{
    /// <summary>How many are there; of a crowd not all are named.</summary>
    public int Count { get; init; }

    internal override int Size => 64 + (Names.Count * 8);
}

/// <summary>One is in a room no more.</summary>
/// <param name="Room">The room.</param>
/// <param name="Reason">Why: <c>left</c>, <c>kick</c>.</param>
public sealed record ChatParted(string Room, string Reason) : ChatEvent;

/// <summary>A message was accepted.</summary>
/// <param name="Id">Its count in the session.</param>
/// <param name="Number">Its place in the room's order; 0 where it has none, or was accepted before.</param>
public sealed record ChatAck(long Id, long Number) : ChatEvent
{
    // The number of an entry that must be kept before this is true.
    internal long After { get; init; }
}

/// <summary>Entries of a room are no longer kept that one has not seen.</summary>
/// <param name="Room">The room.</param>
/// <param name="After">The last one that was seen.</param>
/// <param name="Before">The first one that follows.</param>
public sealed record ChatGap(string Room, long After, long Before) : ChatEvent;

/// <summary>One has come in, or has another name.</summary>
/// <param name="Name">One's name.</param>
/// <param name="Session">What one comes back with; a secret. Empty where no session was asked for.</param>
/// <param name="Epoch">Which run of numbers the rooms have: another one than before begins at 1 again.</param>
public sealed record ChatWelcome(string Name, string Session, string Epoch) : ChatEvent;

/// <summary>The server ends the conversation.</summary>
/// <param name="Reason">Why: <c>quit</c>, <c>drain</c>, <c>slow</c>, <c>idle</c>, <c>moved</c>, <c>token</c>, <c>full</c>.</param>
/// <param name="ReconnectAfter">After how long to come back; null where there is no use in it.</param>
public sealed record ChatBye(string Reason, TimeSpan? ReconnectAfter) : ChatEvent
{
    /// <summary>The reason that a client gives where the server ended without a goodbye.</summary>
    public const string Lost = "lost";
}

/// <summary>The answer to a question whether anybody is there.</summary>
public sealed record ChatPong : ChatEvent;
