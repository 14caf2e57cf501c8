using System.Security.Cryptography;

namespace Soket.Chat.Internal;

/// <summary>What a hall knows that shares its rooms with others: the logs it follows, the other servers, and what waits for their answer. Under the hall's lock.</summary>
internal sealed class ChatShare(IChatBackplane backplane, ChatLimits limits, TimeProvider time)
{
    public const string RoomsLog = "rooms";

    /// <summary>One's own name among the servers: a new one for each process, so that nobody is taken for who he was before.</summary>
    public string Node { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    public IChatBackplane Backplane { get; } = backplane;

    /// <summary>Which rooms there are, as a log like the others.</summary>
    public ChatSharedLog Rooms { get; } = new(RoomsLog, limits.Sessions);

    /// <summary>The rooms by the names of their logs.</summary>
    public Dictionary<string, ChatRoom> ByLog { get; } = new(StringComparer.Ordinal);

    /// <summary>The rooms that the log of rooms has, by skeleton.</summary>
    public HashSet<string> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>The rooms that one has asked to be made, by skeleton.</summary>
    public Dictionary<string, ChatWish> Wishes { get; } = new(StringComparer.Ordinal);

    /// <summary>From where new rooms are made.</summary>
    public ChatMakers Makers { get; } = new(time);

    /// <summary>The other servers.</summary>
    public Dictionary<string, ChatNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>What was said to one person alone on another server, until it answers.</summary>
    public SortedDictionary<long, ChatPrivate> Privates { get; } = [];

    /// <summary>What was said to people here, by where it came from: what is sent again is told once.</summary>
    public ChatCopies Told { get; } = new(limits.Sessions);

    public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady { get; set; }

    public bool IsPaused { get; set; } = true;

    /// <summary>How many notes one has sent, records, and things for one person alone.</summary>
    public long Notes { get; set; }

    public long Records { get; set; }

    public long PrivateNumber { get; set; }

    /// <summary>Since when one hears the others, and first did; 0 before.</summary>
    public long ResumedAt { get; set; }

    public long BegunAt { get; set; }

    /// <summary>When that was, in milliseconds since 1970.</summary>
    public long BegunOn { get; set; }

    /// <summary>When one has last told that one is alive, and of everybody.</summary>
    public long BeatAt { get; set; }

    public long AllAt { get; set; } = -1_000_000;

    /// <summary>Somebody would like to hear of everybody.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Records of the logs that no server of ours can have written.</summary>
    public long Strange { get; set; }

    public static string LogOf(string skeleton) => "room." + skeleton;
}

/// <summary>A room that is being made, and who has made it.</summary>
internal sealed class ChatWish(ChatSharedRecord record)
{
    public ChatSharedRecord Record { get; } = record;

    public bool IsTaken { get; set; }
}

/// <summary>Another server of the chat, as far as one has heard of it.</summary>
internal sealed class ChatNode(string name)
{
    public string Name { get; } = name;

    /// <summary>Its people, by key.</summary>
    public Dictionary<string, ChatMember> People { get; } = new(StringComparer.Ordinal);

    public long HeardAt { get; set; }

    /// <summary>The count of its last note.</summary>
    public long Last { get; set; }

    /// <summary>Whether nothing of it is missing.</summary>
    public bool IsKnown { get; set; }

    public long AskedAt { get; set; } = -1_000_000;

    /// <summary>Since when it is silent; 0 when it is not.</summary>
    public long AwayAt { get; set; }
}

/// <summary>What was said to one person alone on another server.</summary>
internal sealed record ChatPrivate(ChatMember From, ChatWhisper Whisper, string Node, string Key, long Id, long BegunAt)
{
    public long SentAt { get; set; }
}

/// <summary>What a member waits for: a room that is not read yet, or what he has asked for after it.</summary>
internal sealed record ChatStep(string Room, string Skeleton, long? Seen, bool IsAsked, Action? Act);
