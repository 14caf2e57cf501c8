using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>
/// The rooms of a chat, who is in them and what is said there: rules and order, no sockets and no protocol. What carries it asks each member what there
/// is for him (<see cref="Take"/>). Any thread.
/// </summary>
/// <remarks>
/// One lock holds it all: what is done under it is short and never waits, except for a write to the history's file. Where an entry counts as said only when the
/// disk has it, it has its place at once and is told to nobody before that (ChatHall.Kept.cs).
/// </remarks>
public sealed partial class ChatHall : IDisposable
{
    private readonly ChatHallOptions _options;
    private readonly ChatLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChatMember> _members = new(StringComparer.Ordinal); // by skeleton
    private readonly Dictionary<string, ChatMember> _bySession = new(StringComparer.Ordinal);
    private readonly HashSet<ChatMember> _all = [];
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal);     // by skeleton
    private readonly ChatPump _pump = new();
    private readonly ChatSessions _sessions;
    private readonly ChatGuesses _guesses;
    private readonly ChatRoom _lobby;
    private long _lastMember;
    private long _said; // written under _lock
    private long _datagramsIn;
    private long _datagramsOut;
    private long _lastNumber; // one row for all rooms, so that a room that was closed and made anew does not begin again
    private bool _draining;

    /// <summary>Opens a hall, with what its history holds.</summary>
    /// <param name="options">How it is.</param>
    /// <exception cref="ArgumentException">The lobby's name is no name.</exception>
    public ChatHall(ChatHallOptions options)
    {
        if (!ChatName.IsValid(options.Lobby, out _))
            throw new ArgumentException("The lobby's name is no name.", nameof(options));
        _options = options;
        _limits = options.Limits;
        _time = options.Time;
        _sessions = new ChatSessions(_limits.Sessions);
        _guesses = new ChatGuesses(_time, TellGuesses);
        if (options.Token is not null)
            _looking = _time.CreateTimer(static hall => ((ChatHall)hall!).PutOutStrangers(), this, _limits.StrangerFor / 4, _limits.StrangerFor / 4);
        if (options.Backplane is { } backplane)
        {
            _share = new ChatShare(backplane, _limits, _time);
            _lobby = OpenRoom(options.Lobby);
            BeginSharing(_share);
            _ticking = _time.CreateTimer(static hall => ((ChatHall)hall!).Tick(), this, TickTime, TickTime);
            return;
        }

        if (options.History is { SyncsFirst: true } first)
        {
            _kept = first.LastNumber;
            first.Synced = Synced;
        }

        Epoch = options.History?.Epoch ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        _lobby = OpenRoom(options.Lobby);
        _lastNumber = options.History?.LastNumber ?? 0;
        foreach (ChatEntry entry in options.History?.TakeLoaded() ?? [])
        {
            if (_rooms.Count >= _limits.MaxRooms && !_rooms.ContainsKey(ChatName.Skeleton(entry.Room)))
                CloseAnEmptyRoom();
            OpenRoom(entry.Room).Add(entry);
            if (entry.Session.Length > 0)
                _sessions.Set(entry.Session, Math.Max(entry.Id, _sessions.Last(entry.Session)));
        }
    }

    /// <summary>Which run of numbers its rooms have; it outlives the process where there is a history, and is the same on all servers of a chat.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>What it takes on.</summary>
    public ChatLimits Limits => _limits;

    /// <summary>Whether saying something writes to a file.</summary>
    internal bool WritesHistory => _options.History is not null;

    /// <summary>Until it is disposed of, those whom this thread says something to are told when that is over, on this thread. It must not wait in between.</summary>
    internal ChatPump.Held TellAtOnce() => _pump.Hold();

    /// <summary>Whether it closes.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_lock)
                return _draining;
        }
    }

    /// <summary>How much was said so far, in rooms and to one alone.</summary>
    public long SaidCount => Interlocked.Read(ref _said);

    /// <summary>How many bytes of datagrams came and went, without their headers; a stream's are counted by the server.</summary>
    public (long Received, long Sent) DatagramBytes => (Interlocked.Read(ref _datagramsIn), Interlocked.Read(ref _datagramsOut));

    /// <summary>How many people there are.</summary>
    public int MemberCount
    {
        get
        {
            lock (_lock)
                return _all.Count;
        }
    }

    /// <summary>The names of those who are there, of a crowd not all.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
                return [.. _members.Values.Take(1000).Select(member => member.Name)];
        }
    }

    /// <summary>Lets somebody in. Without the token that is asked for he is there, but in no room, and can only show it.</summary>
    /// <param name="hello">What he brings along.</param>
    /// <returns>The member; null where the hall is full or closes.</returns>
    public ChatMember? Enter(ChatHello hello)
    {
        lock (_lock)
        {
            if (_draining || _share is { IsReady: false } || (AdmittedCount >= _limits.MaxMembers && !hello.IsOperator))
                return null;
            long number = ++_lastMember, now = _time.GetTimestamp();
            var member = new ChatMember(number, _pump, _share is null ? null : $"{_share.Node}-{number}") { Address = hello.Address, Tokens = _limits.Burst, TokensAt = now, CameAt = now };
            _all.Add(member);
            _strangers.Add(member);
            Admit(member, hello);
            if (_strangers.Count <= _limits.MaxStrangers)
                return member;
            Remove(member, "full");
            return null;
        }
    }

    /// <summary>Says who one is to be after one has come in: what a client's first line tells.</summary>
    /// <param name="member">The member.</param>
    /// <param name="hello">What he brings along.</param>
    public void Introduce(ChatMember member, ChatHello hello)
    {
        lock (_lock)
        {
            if (Waits(member, () => Introduce(member, hello)))
                return;
            // Another name is told to everybody: not faster than anything else.
            if (!member.HasLeft && (!member.IsAdmitted || MayGoOn(member, 0)))
                Admit(member, hello);
        }
    }

    /// <summary>Takes what there is for a member; what comes after it signals him again.</summary>
    /// <param name="member">The member.</param>
    /// <param name="into">Where it goes.</param>
    /// <param name="most">How many at once.</param>
    public void Take(ChatMember member, List<ChatEvent> into, int most = 256)
    {
        lock (_lock)
        {
            // A goodbye comes last.
            while (member.Own.Count > 0 && into.Count < most && member.Own.Peek() is not ChatBye && IsKept(member.Own.Peek()))
                into.Add(member.TakeOwn());
            foreach (ChatRoom room in member.Seats.Keys.ToArray())
            {
                if (into.Count >= most)
                    break;
                int before = into.Count;
                member.Seats[room] = room.Read(member.Seats[room], into, most, _kept);
                if (member.Ignored.Count > 0)
                    Forget(member, into, before);
            }

            if (into.Count < most && member.Own.Count > 0 && IsKept(member.Own.Peek()))
                into.Add(member.TakeOwn());
            if (into.Count >= most || (member.Own.Count > 0 && IsKept(member.Own.Peek())))
                member.Signal();
        }
    }

    /// <summary>Somebody goes.</summary>
    /// <param name="member">The member.</param>
    /// <param name="reason">Why, as <see cref="ChatEntryKind.Leave"/> has it.</param>
    public void Leave(ChatMember member, string reason)
    {
        lock (_lock)
            Remove(member, reason);
    }

    /// <summary>Ends everybody's conversation with a hint when to come back; nobody comes in any more.</summary>
    /// <param name="reconnectAfter">When; each is told a little later than the one before, so that they do not come all at once.</param>
    public void Drain(TimeSpan reconnectAfter)
    {
        lock (_lock)
        {
            _draining = true;
            int place = 0;
            foreach (ChatMember member in _all)
                Tell(member, new ChatBye("drain", reconnectAfter + TimeSpan.FromMilliseconds(5 * place++)));
        }
    }

    /// <summary>Closes the history.</summary>
    public void Dispose()
    {
        _ticking?.Dispose();
        _looking?.Dispose();
        _guesses.Dispose();
        _options.History?.Dispose();
    }

    private void Admit(ChatMember member, ChatHello hello)
    {
        if (hello.IsOperator)
            (member.IsAdmitted, member.IsOperator) = (true, true);
        if (!member.IsAdmitted && _options.Token is { } token && (hello.Token.Length == 0 || !MayLook(member) || !Matches(hello.Token, token)))
        {
            member.Waiting = hello;
            if (hello.Token.Length > 0)
                WrongToken(member);
            else
                Tell(member, new ChatNotice("token-needed") { IsError = true });
            return;
        }

        if (!member.IsAdmitted && AdmittedCount >= _limits.MaxMembers)
        {
            Tell(member, new ChatBye("full", TimeSpan.FromSeconds(10)));
            return;
        }

        _strangers.Remove(member);
        (member.IsAdmitted, member.Waiting) = (true, null);
        if (member.Since == 0)
            member.Since = _time.GetUtcNow().ToUnixTimeMilliseconds();
        string secret = "";
        if (hello.WantsSession)
        {
            secret = hello.Session is { Length: > 0 and <= 64 } had ? had : ChatSessions.NewSecret();
            TakeOver(member, ChatSessions.NameOf(secret));
        }

        // An operator's seat has a name that nobody else can have.
        string name = hello.IsOperator ? hello.Name : ChooseName(member, hello.Name);
        if (member.Name.Length == 0)
            SetName(member, name);
        else if (member.Name != name)
            Rename(member, name);
        Tell(member, new ChatWelcome(member.Name, secret, Epoch));
        if (member.Seats.Count > 0)
            CatchUp(member, hello);
        // Where the server began anew, all there is came after what was seen.
        foreach ((string room, long seen) in hello.Rooms.Take(_limits.MaxRoomsEach))
            Join(member, room, seen < 0 ? null : hello.Epoch == Epoch ? seen : 0);
        if (member.Seats.Count == 0 && member.Steps.Count == 0)
            Join(member, _lobby.Name, null);
        Changed(member);
        if (_share is { IsPaused: true })
            Tell(member, new ChatNotice("paused"));
    }

    // Who says who he is only after he was taken for a guest hears where he has been since.
    private void CatchUp(ChatMember member, ChatHello hello)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string name, long seen) in hello.Rooms)
            known.TryAdd(ChatName.Skeleton(name), seen);
        foreach ((ChatRoom room, long taken) in member.Seats.ToArray())
        {
            // And what was said there since he was there last: as a guest he was sat at the end.
            if (known.TryGetValue(ChatName.Skeleton(room.Name), out long seen) && seen >= 0)
                member.Seats[room] = Resume(hello.Epoch == Epoch ? seen : 0, taken);
            TellJoined(member, room, member.Seats[room]);
        }
    }

    // Whoever has the secret is the one who was there before: what is left of that connection goes.
    private void TakeOver(ChatMember member, string session)
    {
        if (_bySession.TryGetValue(session, out ChatMember? before) && before != member)
        {
            Tell(before, new ChatBye("moved", null));
            (member.Since, member.Had) = (Math.Max(member.Since, before.Since + 1), (before.Name, before.NameSince));
            Remove(before, "moved");
        }

        if (member.Session != session)
            member.Unsettled.Clear(); // they were counts of the other session
        ForgetSession(member);
        (member.Session, member.NextId) = (session, 0);
        _bySession[session] = member;
    }

    private void ForgetSession(ChatMember member)
    {
        if (_bySession.TryGetValue(member.Session, out ChatMember? there) && there == member)
            _bySession.Remove(member.Session);
    }

    private void Remove(ChatMember member, string reason)
    {
        if (member.HasLeft)
            return;
        member.HasLeft = true;
        _all.Remove(member);
        _strangers.Remove(member);
        member.Steps.Clear();
        foreach (ChatRoom room in member.Seats.Keys.ToArray())
            Part(member, room, reason);
        FreeName(member);
        if (_share is not null && member is { Node: null, IsAdmitted: true })
            Send(ChatNoteKind.Gone, note => note with { Key = member.Key, Reason = reason });
        member.Node?.People.Remove(member.Key);
        ForgetSession(member);
        foreach (ChatRoom room in _rooms.Values)
            room.Operators.Remove(member.Key);
        member.Signal();
    }

    private void Tell(ChatMember member, ChatEvent told)
    {
        if (member.Node is not null || member.FullSince is not null)
            return; // his own server tells him; or he has been told the last thing
        // Who lets so much wait reads nothing; the last thing he is told is that.
        if (member.Own.Count >= _limits.Waiting || member.OwnBytes >= _limits.WaitingBytes)
            (member.FullSince, told) = (_time.GetTimestamp(), new ChatBye("slow", TimeSpan.FromSeconds(5)));
        member.PutOwn(told is ChatNotice notice ? notice.Shortened() : told);
        member.Signal();
    }

    /// <summary>Whether so much has waited for somebody for so long that he is put out, whatever he still takes of it.</summary>
    internal bool IsOverdue(ChatMember member)
    {
        lock (_lock)
            return member.FullSince is { } since && _time.GetElapsedTime(since) > _limits.FullFor;
    }

    private static void Forget(ChatMember member, List<ChatEvent> events, int from)
    {
        for (int i = events.Count - 1; i >= from; i--)
        {
            if (events[i] is ChatEntry { Kind: ChatEntryKind.Message or ChatEntryKind.Action } entry && member.Ignored.Contains(ChatName.Skeleton(entry.From)))
                events.RemoveAt(i);
        }
    }

    private static bool Matches(string given, string token) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    internal void Count(int received, int sent)
    {
        Interlocked.Add(ref _datagramsIn, received);
        Interlocked.Add(ref _datagramsOut, sent);
    }

    /// <summary>Tells whoever runs the server something.</summary>
    internal void Warn(ChatNotice notice)
    {
        lock (_lock)
            _options.Warned?.Invoke(notice);
    }

    private void TellGuesses()
    {
        lock (_lock)
        {
            if (_guesses.Take() is { } notice)
                _options.Warned?.Invoke(notice);
        }
    }

    // From an address with many wrong tokens one a second is looked at, over however many connections they come.
    private bool MayLook(ChatMember member) => !(member.SaidTooSoon = _guesses.IsTooSoon(member.Address));

    private void WrongToken(ChatMember member)
    {
        if (_guesses.Wrong(member.Address) is { } notice)
            _options.Warned?.Invoke(notice);
        Tell(member, new ChatNotice(member.SaidTooSoon ? "token-soon" : "token-wrong") { IsError = true });
        if (++member.WrongTokens >= _limits.WrongTokens)
            Tell(member, new ChatBye("token", null));
    }
}
