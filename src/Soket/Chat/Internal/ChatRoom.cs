namespace Soket.Chat.Internal;

/// <summary>One room: who is in it, and what was said. Under the hall's lock.</summary>
/// <remarks>
/// What was said and who came and went are kept apart, so that a crowd that comes and goes does not push out what was said; their numbers are one row.
/// </remarks>
internal sealed class ChatRoom(string name, ChatLimits limits)
{
    private const int MostNotes = 200; // of comings and goings, and of people who are muted or put out

    public string Name { get; } = name;

    public string Topic { get; set; } = "";

    public HashSet<ChatMember> Members { get; } = [];

    /// <summary>Those who may put out and mute here, by session, else by number: who comes back still may.</summary>
    public HashSet<string> Operators { get; } = new(StringComparer.Ordinal);

    public ChatLog Said { get; } = new(limits.History, limits.HistoryBytes);

    public ChatLog Notes { get; } = new(MostNotes, MostNotes * 1024);

    /// <summary>The number of the last entry.</summary>
    public long Last { get; private set; }

    /// <summary>What it is on all servers; null where there is one.</summary>
    public ChatSharedLog? Log { get; init; }

    /// <summary>Since when nobody is in it.</summary>
    public DateTimeOffset EmptySince { get; set; }

    /// <summary>Who must not speak, and who must not come back yet, by number and by session.</summary>
    public Dictionary<string, DateTimeOffset> Muted { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, DateTimeOffset> PutOut { get; } = new(StringComparer.Ordinal);

    public void Add(ChatEntry entry)
    {
        Last = entry.Number;
        (entry.IsSaid ? Said : Notes).Add(entry);
        if (entry.Kind == ChatEntryKind.Topic)
            Topic = entry.Text;
    }

    /// <summary>It begins again, with nothing in it.</summary>
    public void Restart()
    {
        Log!.Restart();
        Said.Clear();
        Notes.Clear();
        (Last, Topic) = (0, "");
    }

    public bool IsOperator(ChatMember member) => member.IsOperator || Operators.Contains(member.Key) || (member.Session.Length > 0 && Operators.Contains(member.Session));

    /// <summary>Makes somebody an operator here; false where he is one, or there are as many as there may be.</summary>
    public bool TryMakeOperator(ChatMember member) => !IsOperator(member) && TryMakeOperator(member.Key, member.Session);

    public bool TryMakeOperator(string key, string session) => Operators.Count < MostNotes && Operators.Add(session.Length > 0 ? session : key);

    /// <summary>Adds what comes after a number, up to another, to a list, in order, and gives the number of the last one.</summary>
    public long Read(long after, List<ChatEvent> into, int most, long upTo)
    {
        if (after < Math.Min(Said.Evicted, upTo))
        {
            into.Add(new ChatGap(Name, after, Said.Evicted + 1));
            after = Said.Evicted;
        }

        int said = Said.After(after), notes = Notes.After(after);
        while (into.Count < most && (said < Said.Count || notes < Notes.Count))
        {
            bool saidFirst = notes >= Notes.Count || (said < Said.Count && Said[said].Number < Notes[notes].Number);
            ChatEntry next = saidFirst ? Said[said++] : Notes[notes++];
            if (next.Number > upTo)
                break;
            into.Add(next);
            after = next.Number;
        }

        return after;
    }

    public static bool IsOn(Dictionary<string, DateTimeOffset> list, ChatMember member, DateTimeOffset now) =>
        (list.TryGetValue(member.Key, out DateTimeOffset until) && until > now)
        || (member.Session.Length > 0 && list.TryGetValue(member.Session, out until) && until > now);

    public static void Put(Dictionary<string, DateTimeOffset> list, string key, string session, DateTimeOffset now, DateTimeOffset until)
    {
        foreach (string old in list.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToArray())
            list.Remove(old);
        if (until <= now)
            return;
        if (list.Count >= MostNotes)
            list.Remove(list.MinBy(entry => entry.Value).Key);
        list[key] = until;
        if (session.Length > 0)
            list[session] = until;
    }
}
