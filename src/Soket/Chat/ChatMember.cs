using System.Globalization;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>One who takes part in a chat: made by <see cref="ChatHall.Enter"/>, and from then on asked for what there is for him.</summary>
/// <remarks>
/// Rooms are not copied to their members: a member has his place in each, and takes what came after it when he can. So nobody waits for a slow one,
/// who catches up from what is kept or is told of the gap. Only what is for him alone waits in a queue of his own, which is bounded.
/// </remarks>
public sealed class ChatMember
{
    private readonly ChatSignal? _signal; // null for one who is on another server: he is not told anything here

    internal ChatMember(long number, ChatPump pump, string? key = null)
    {
        Number = number;
        Key = key ?? number.ToString(CultureInfo.InvariantCulture);
        _signal = new(pump);
    }

    internal ChatMember(string key, ChatNode node) => (Key, Node) = (key, node);

    /// <summary>His name now. Any thread.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>Whether he sits at the server, or has shown the operators' token.</summary>
    public bool IsOperator { get; internal set; }

    /// <summary>The room that what he says without naming one goes to; null for none.</summary>
    public string? Current => CurrentRoom?.Name;

    /// <summary>In how many rooms he is.</summary>
    public int RoomCount => Seats.Count;

    /// <summary>His address, as words; for operators.</summary>
    public string Address { get; internal init; } = "";

    internal long Number { get; }

    /// <summary>What he is known by where he has no session: his number, and his server where there are several.</summary>
    internal string Key { get; }

    /// <summary>The other server that he is on; null for this one.</summary>
    internal ChatNode? Node { get; }

    internal string Session { get; set; } = "";

    // From here on: under the hall's lock.

    internal bool IsAdmitted { get; set; }

    internal bool HasLeft { get; set; }

    internal ChatRoom? CurrentRoom { get; set; }

    /// <summary>His rooms with the number of the last entry he took.</summary>
    internal Dictionary<ChatRoom, long> Seats { get; } = [];

    internal Queue<ChatEvent> Own { get; } = new();

    /// <summary>How much that is, bytes, roughly.</summary>
    internal int OwnBytes { get; private set; }

    /// <summary>Since when it was too much, as the clock's timestamp; from then on there is nothing more for him.</summary>
    internal long? FullSince { get; set; }

    /// <summary>When he came, as the clock's timestamp.</summary>
    internal long CameAt { get; init; }

    internal HashSet<string> Ignored { get; } = new(StringComparer.Ordinal);

    internal double Tokens { get; set; }

    internal long TokensAt { get; set; }

    internal int WrongTokens { get; set; }

    /// <summary>Whether his last token was not looked at.</summary>
    internal bool SaidTooSoon { get; set; }

    /// <summary>What he brought along, until he has shown the token.</summary>
    internal ChatHello? Waiting { get; set; }

    internal bool IsGuest { get; set; }

    /// <summary>How much of a room's history it is told at once, bytes.</summary>
    internal int RecallBytes { get; set; } = int.MaxValue;

    // From here on: where several servers share the rooms.

    /// <summary>Since when he is here, and has his name, in milliseconds since 1970.</summary>
    internal long Since { get; set; }

    internal long NameSince { get; set; }

    /// <summary>The name he had elsewhere, and since when.</summary>
    internal (string Name, long Since) Had { get; set; } = ("", 0);

    /// <summary>Whether his server is silent.</summary>
    internal bool IsAway { get; set; }

    /// <summary>The rooms he is in on another server, by skeleton.</summary>
    internal IReadOnlyList<string> Elsewhere { get; set; } = [];

    /// <summary>What he waits for, in order.</summary>
    internal LinkedList<ChatStep> Steps { get; } = new();

    internal bool IsStepping { get; set; }

    /// <summary>The count of the message that must come next; 0 for any.</summary>
    internal long NextId { get; set; }

    /// <summary>Whether his last message was passed over for its count.</summary>
    internal bool IsPassedOver { get; set; }

    /// <summary>The counts of what was taken and is not in the log yet.</summary>
    internal HashSet<long> Unsettled { get; } = [];

    /// <summary>Whether his last message was passed over for its count. Asked once.</summary>
    internal bool TakePassedOver()
    {
        bool was = IsPassedOver;
        IsPassedOver = false;
        return was;
    }

    /// <summary>Something more is for him alone.</summary>
    internal void PutOwn(ChatEvent told)
    {
        Own.Enqueue(told);
        OwnBytes += told.Size;
    }

    /// <summary>The next of what is for him alone; there is something.</summary>
    internal ChatEvent TakeOwn()
    {
        ChatEvent told = Own.Dequeue();
        OwnBytes -= told.Size;
        return told;
    }

    /// <summary>Waits until there may be something to take. One waits at a time.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => _signal!.WaitAsync(inline: false, cancellationToken);

    /// <summary>As <see cref="WaitAsync"/>; what follows goes on at once, on the thread that tells the others as well, and must not block.</summary>
    internal ValueTask WaitInlineAsync(CancellationToken cancellationToken) => _signal!.WaitAsync(inline: true, cancellationToken);

    internal void Signal() => _signal?.Give();
}
