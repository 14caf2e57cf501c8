namespace Soket.Chat.Internal;

/// <summary>
/// Which records of a log have been there before: each carries a session and its count there, and the first one in the log's order counts. What decides is in
/// the log alone, so every server comes to the same answer. Bounded: the sessions heard longest ago are forgotten first. Under the hall's lock.
/// </summary>
internal sealed class ChatCopies(int most)
{
    // More than anybody sends before he has heard that it arrived; what is further back than this has been there.
    private const int Window = 256;

    private readonly Dictionary<string, LinkedListNode<Heard>> _sessions = new(StringComparer.Ordinal);
    private readonly LinkedList<Heard> _byAge = new();

    private sealed class Heard(string session)
    {
        public string Session { get; } = session;

        public long Highest { get; set; }

        public ulong[] Bits { get; } = new ulong[Window / 64];
    }

    /// <summary>Whether a record has been there.</summary>
    public bool Has(string session, long id) => _sessions.TryGetValue(session, out LinkedListNode<Heard>? node) && Has(node.Value, id);

    /// <summary>Notes a record; false where it has been there.</summary>
    public bool Add(string session, long id)
    {
        if (!_sessions.TryGetValue(session, out LinkedListNode<Heard>? node))
            node = new LinkedListNode<Heard>(new Heard(session));
        else if (Has(node.Value, id))
            return false;
        else
            _byAge.Remove(node);
        _sessions[session] = node;
        _byAge.AddLast(node);
        Mark(node.Value, id);
        if (_byAge.Count > most)
        {
            _sessions.Remove(_byAge.First!.Value.Session);
            _byAge.RemoveFirst();
        }

        return true;
    }

    public void Clear()
    {
        _sessions.Clear();
        _byAge.Clear();
    }

    private static bool Has(Heard heard, long id) => id <= heard.Highest && (heard.Highest - id >= Window || (heard.Bits[Place(id)] & Bit(id)) != 0);

    private static void Mark(Heard heard, long id)
    {
        if (id - heard.Highest >= Window)
            Array.Clear(heard.Bits);
        else
        {
            for (long between = heard.Highest + 1; between < id; between++)
                heard.Bits[Place(between)] &= ~Bit(between);
        }

        heard.Highest = Math.Max(heard.Highest, id);
        heard.Bits[Place(id)] |= Bit(id);
    }

    private static int Place(long id) => (int)((ulong)id % Window / 64);

    private static ulong Bit(long id) => 1UL << (int)((ulong)id % 64);
}
