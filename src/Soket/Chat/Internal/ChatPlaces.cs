namespace Soket.Chat.Internal;

/// <summary>Where a client is, what it has seen there and who is there too. Any thread.</summary>
internal sealed class ChatPlaces
{
    // What a server can make a client hold, whatever it tells.
    private const int MostRooms = 256;
    private const int MostNames = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Place> _rooms = new(StringComparer.Ordinal); // under _lock
    private string? _current;                                                         // under _lock
    private string? _heading;                                                         // under _lock; asked for, and not answered yet

    private sealed class Place(long seen)
    {
        /// <summary>The number of the last entry that was seen; -1 before one was in it.</summary>
        public long Seen { get; set; } = seen;

        /// <summary>The number of the last entry when one was told who is there: what comes of before says nothing new of that.</summary>
        public long Told { get; set; }

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);
    }

    public ChatPlaces(IEnumerable<string> rooms)
    {
        foreach (string room in rooms)
            _rooms[room.TrimStart('#')] = new Place(-1);
    }

    public string? Current
    {
        get
        {
            lock (_lock)
                return _current;
        }
    }

    /// <summary>Where a line is said: behind a line that goes to another room there, before the server has answered it.</summary>
    public string? RoomFor(string line)
    {
        lock (_lock)
        {
            string? room = _heading ?? _current;
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var command, var wanted, ..] && command.Equals("/join", StringComparison.OrdinalIgnoreCase))
                _heading = wanted.TrimStart('#');
            return room;
        }
    }

    public IReadOnlyList<string> Rooms
    {
        get
        {
            lock (_lock)
                return [.. _rooms.Keys];
        }
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
                return [.. _rooms.Values.SelectMany(place => place.Names).Distinct()];
        }
    }

    /// <summary>The rooms with what was seen in each, the current one last: the server takes the last for the current one.</summary>
    public IReadOnlyDictionary<string, long> Seen
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, long>(_rooms.OrderBy(room => room.Key == _current).Select(room => KeyValuePair.Create(room.Key, room.Value.Seen)));
        }
    }

    /// <summary>A connection begins. What was asked for on the one before is not answered on it; before the first one nothing was.</summary>
    public void Begin()
    {
        lock (_lock)
            _heading = _current is null ? _heading : null;
    }

    /// <summary>The server's numbers begin at 1 again.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            foreach (Place place in _rooms.Values)
                place.Seen = Math.Min(place.Seen, 0);
        }
    }

    /// <summary>Takes what was told; false for what was seen before.</summary>
    public bool Take(ChatEvent told)
    {
        lock (_lock)
        {
            switch (told)
            {
                case ChatJoined joined:
                    Join(joined);
                    return true;
                case ChatParted parted:
                    _rooms.Remove(parted.Room);
                    if (_current == parted.Room)
                        _current = _rooms.Keys.FirstOrDefault();
                    return true;
                case ChatNotice { Code: "current" } notice:
                    Turn(notice.Values.FirstOrDefault(value => value.Name == "room").Value ?? _current);
                    return true;
                case ChatNotice { IsError: true, Id: 0 }: // it may be the answer, and then one stays where one is
                    _heading = null;
                    return true;
                case ChatEntry entry:
                    return TakeEntry(entry);
                default:
                    return true;
            }
        }
    }

    private void Join(ChatJoined joined)
    {
        if (!_rooms.TryGetValue(joined.Room, out Place? place))
        {
            // Asked for in another spelling, which the server knows to be the same.
            foreach (string wanted in _rooms.Where(room => room.Value.Seen < 0 && ChatName.Skeleton(room.Key) == ChatName.Skeleton(joined.Room)).Select(room => room.Key).ToArray())
                _rooms.Remove(wanted);
            if (_rooms.Count >= MostRooms)
                return;
            _rooms[joined.Room] = place = new Place(-1);
        }

        // After a lost connection what was seen before counts: the rest is still to come.
        if (place.Seen < 0 || place.Seen > joined.Last)
            place.Seen = joined.Last;
        place.Told = joined.Last;
        place.Names.Clear();
        foreach (string name in joined.Names)
            Add(place, name);
        Turn(joined.Room);
    }

    private bool Add(Place place, string name) =>
        name.Length <= ChatName.LongestText && _rooms.Values.Sum(each => each.Names.Count) < MostNames && place.Names.Add(name);

    private void Turn(string? room)
    {
        _current = room;
        if (_heading is not null && room is not null && ChatName.Skeleton(_heading) == ChatName.Skeleton(room))
            _heading = null;
    }

    private bool TakeEntry(ChatEntry entry)
    {
        if (!_rooms.TryGetValue(entry.Room, out Place? place) || entry.Number <= place.Seen)
            return false;
        place.Seen = entry.Number;
        if (entry.Number <= place.Told)
            return true;
        _ = entry.Kind switch
        {
            ChatEntryKind.Join => Add(place, entry.From),
            ChatEntryKind.Leave => place.Names.Remove(entry.From),
            ChatEntryKind.Nick => place.Names.Remove(entry.From) && Add(place, entry.Text),
            ChatEntryKind.Kick => place.Names.Remove(entry.Text.Split(':')[0]),
            _ => true,
        };
        return true;
    }
}
