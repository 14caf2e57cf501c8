using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>Rooms that are shared with other servers: what is said goes into the room's log, and is said when it comes out of it.</summary>
public sealed partial class ChatHall
{
    private const int MostUnsettled = 1_000;
    private static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(1);

    private readonly ChatShare? _share;
    private readonly ITimer? _ticking;
    private readonly Dictionary<long, (ChatMember Member, long Id)> _nameless = []; // who has a count and no session, by record

    /// <summary>Waits until people can come in: at once, or when the rooms that are shared with other servers are known.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task ReadyAsync(CancellationToken cancellationToken = default) => _share?.Ready.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    private long NowMs => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>What is done from time to time.</summary>
    internal void Tick()
    {
        lock (_lock)
        {
            if (_share is null)
                return;
            foreach (ChatSharedLog log in _share.ByLog.Values.Select(room => room.Log!).Append(_share.Rooms).Where(log => log.Mark > 0 && !log.IsMarkTaken))
                SendMark(log);
            foreach (ChatWish wish in _share.Wishes.Values.Where(wish => !wish.IsTaken))
                wish.IsTaken = _share.Backplane.TryAppend(ChatShare.RoomsLog, wish.Record.Write());
            TendPrivates();
            if (!_share.IsPaused)
                TendServers();
        }
    }

    private void BeginSharing(ChatShare share)
    {
        share.Backplane.Start(new Listener(this));
        lock (_lock)
            Follow(share.Rooms);
    }

    private void Follow(ChatSharedLog log)
    {
        if (log.Mark > 0)
            return;
        log.Mark = ++_share!.Records;
        _share.Backplane.Follow(log.Name);
        SendMark(log);
    }

    private void SendMark(ChatSharedLog log)
    {
        var mark = new ChatSharedRecord(_share!.Node, _share.Node, log.Mark) { IsMark = true, Epoch = log == _share.Rooms ? ChatSessions.NewSecret()[..16] : "" };
        log.IsMarkTaken = _share.Backplane.TryAppend(log.Name, mark.Write());
    }

    private void TakeRecord(string name, long offset, ReadOnlyMemory<byte> bytes, bool isAfterGap)
    {
        lock (_lock)
        {
            ChatRoom? room = _share!.ByLog.GetValueOrDefault(name);
            if ((room?.Log ?? (name == ChatShare.RoomsLog ? _share.Rooms : null)) is not { } log || offset < log.Next)
                return;
            if (isAfterGap)
                room?.Said.Skip(ChatNumbers.Of(offset - 1));
            log.Next = offset + 1;
            if (!ChatSharedRecord.TryRead(bytes, out ChatSharedRecord? record))
                _share.Strange++;
            else if (record.IsMark)
                TakeMark(log, room, record);
            else if (!log.Copies.Add(record.Session, record.Id))
                Settle(log, record, 0, isCopy: true);
            else if (room is null && record.Kind is null)
                TakeRoom(record);
            else if (room is not null && record.Kind is { } kind)
                TakeEntry(room, kind, record, offset);
            else
                _share.Strange++;
        }
    }

    private void TakeMark(ChatSharedLog log, ChatRoom? room, ChatSharedRecord record)
    {
        if (room is null && Epoch.Length == 0)
            Epoch = record.Epoch; // of the first who ever came
        if (record.Node != _share!.Node || record.Id != log.Mark || log.IsLive)
            return;
        log.IsLive = true;
        if (room is null)
            RoomsAreKnown();
        else if (room == _lobby && !_share.IsReady)
            _share.IsReady = _share.Ready.TrySetResult();
        StepAll();
    }

    private void RoomsAreKnown()
    {
        // Where the broker had lost everything, the others cannot know of the rooms that are open here.
        foreach (ChatRoom room in _rooms.Values.Where(room => !_share!.Known.Contains(ChatName.Skeleton(room.Name))))
            Wish(room.Name, null);
        Follow(_lobby.Log!);
        foreach (ChatMember member in _all)
            Tell(member, new ChatWelcome(member.Name, "", Epoch));
    }

    private void TakeRoom(ChatSharedRecord record)
    {
        string skeleton = ChatName.Skeleton(record.Room);
        _share!.Wishes.Remove(skeleton);
        if (!_rooms.ContainsKey(skeleton) && _rooms.Count < _limits.MaxRooms)
        {
            ChatRoom room = OpenRoom(record.Room);
            if (record.Whom.Length > 0)
                room.TryMakeOperator(record.Whom, record.WhomSession);
            foreach (ChatMember far in _share.Nodes.Values.SelectMany(node => node.People.Values).Where(far => far.Elsewhere.Contains(skeleton)))
            {
                room.Members.Add(far);
                far.Seats[room] = 0;
            }
        }

        _share.Known.Add(skeleton);
        StepAll();
    }

    private void Wish(string name, ChatMember? founder)
    {
        string skeleton = ChatName.Skeleton(name);
        if (_share!.Wishes.ContainsKey(skeleton))
            return;
        var wish = new ChatWish(new ChatSharedRecord(_share.Node, _share.Node, ++_share.Records) { Room = name, Whom = founder?.Key ?? "", WhomSession = founder?.Session ?? "" });
        wish.IsTaken = _share.Backplane.TryAppend(ChatShare.RoomsLog, wish.Record.Write());
        _share.Wishes[skeleton] = wish;
    }

    private void TakeEntry(ChatRoom room, ChatEntryKind kind, ChatSharedRecord record, long offset)
    {
        var entry = new ChatEntry(room.Name, ChatNumbers.Of(offset), record.Time, kind, record.From, record.Text)
        {
            Author = record.Node == _share!.Node ? record.Author : 0,
            FromOperator = record.FromOperator,
            Session = record.IsClients ? record.Session : "",
            Id = record.Id,
        };
        room.Add(entry);
        if (room.Log!.IsLive)
        {
            _options.Heard?.Invoke(entry);
            if (record.Node == _share.Node && kind is (ChatEntryKind.Message or ChatEntryKind.Action))
                Interlocked.Increment(ref _said); // each server counts its own people's
        }

        foreach (ChatMember member in room.Members)
            member.Signal();
        Apply(room, entry, record);
        Settle(room.Log, record, entry.Number, isCopy: false);
    }

    // What an operator has done holds on every server, and for those that come later as long as it would have held.
    private void Apply(ChatRoom room, ChatEntry entry, ChatSharedRecord record)
    {
        DateTimeOffset now = _time.GetUtcNow();
        switch (entry.Kind)
        {
            case ChatEntryKind.Kick:
                ChatRoom.Put(room.PutOut, record.Whom, record.WhomSession, now, record.Time + PutOutFor);
                if (room.Log!.IsLive && FindByKey(record.Whom, record.WhomSession) is { } other && other.Seats.ContainsKey(room))
                    PutOut(other, room, entry.From, entry.Text.Split(": ", 2) is [_, var why] ? why : "");
                break;
            case ChatEntryKind.Mute:
                ChatRoom.Put(room.Muted, record.Whom, record.WhomSession, now, record.Time + TimeSpan.FromMinutes(record.Minutes));
                break;
            case ChatEntryKind.Unmute:
                _ = room.Muted.Remove(record.Whom) | room.Muted.Remove(record.WhomSession);
                break;
            case ChatEntryKind.Operator:
                room.TryMakeOperator(record.Whom, record.WhomSession);
                break;
        }
    }

    // It is in the log: whoever waits for that hears it, on whichever server he is by now.
    private void Settle(ChatSharedLog log, ChatSharedRecord record, long number, bool isCopy)
    {
        if (!record.IsClients)
        {
            if (record.Node == _share!.Node && _nameless.Remove(record.Id, out (ChatMember Member, long Id) nameless) && !nameless.Member.HasLeft)
                Tell(nameless.Member, new ChatAck(nameless.Id, number));
        }
        else if (_bySession.TryGetValue(record.Session, out ChatMember? member) && member.Node is null)
        {
            if (member.Unsettled.Remove(record.Id) || (log.IsLive && !isCopy))
                Tell(member, new ChatAck(record.Id, number));
        }
    }

    private bool TryShare(ChatRoom room, ChatMember author, ChatEntryKind kind, string text, long id = 0, ChatMember? whom = null, int minutes = 0)
    {
        bool isClients = id > 0 && author.Session.Length > 0;
        var record = new ChatSharedRecord(_share!.Node, isClients ? author.Session : _share.Node, isClients ? id : ++_share.Records)
        {
            Kind = kind,
            Time = _time.GetUtcNow(),
            From = author.Name,
            Text = text,
            Author = author.Number,
            FromOperator = author.IsOperator,
            Whom = whom?.Key ?? "",
            WhomSession = whom?.Session ?? "",
            Minutes = minutes,
        };
        if (!_share.Backplane.TryAppend(room.Log!.Name, record.Write()))
            return false;
        if (id > 0 && !isClients)
            _nameless[record.Id] = (author, id);
        return true;
    }

    private void SayShared(ChatMember member, ChatRoom room, ChatEntryKind kind, string text, long id)
    {
        if (id > 0 && member.Session.Length > 0 && room.Log!.Copies.Has(member.Session, id))
            Done(member, id, 0); // at another server, before he came here
        else if (member.Unsettled.Count >= MostUnsettled || _nameless.Count >= MostUnsettled || !TryShare(room, member, kind, text, id))
            Tell(member, new ChatNotice("busy") { IsError = true, Id = id, RetryAfter = Busy });
        else
            Taken(member, id);
    }

    // It was taken, and will be acknowledged.
    private static void Taken(ChatMember member, long id)
    {
        if (id <= 0)
            return;
        member.NextId = id + 1;
        if (member.Session.Length > 0)
            member.Unsettled.Add(id);
    }

    // As on one server, but what was dealt with elsewhere is known by the logs, not here: a connection begins at any count.
    private bool IsNextShared(ChatMember member, long id)
    {
        member.IsPassedOver = member.NextId > 0 && id != member.NextId;
        if (member.NextId > 0 && id < member.NextId)
        {
            if (!member.Unsettled.Contains(id))
                Tell(member, new ChatAck(id, 0));
            return false;
        }

        if (member.NextId > 0 && id > member.NextId)
            return false;
        member.NextId = id;
        return true;
    }

    private void TakeRestart(string name)
    {
        lock (_lock)
        {
            if (name == ChatShare.RoomsLog)
            {
                _share!.Rooms.Restart();
                _share.Known.Clear();
                (Epoch, _share.Rooms.IsLive, _share.Rooms.Mark) = ("", false, ++_share.Records);
                SendMark(_share.Rooms);
            }
            else if (_share!.ByLog.GetValueOrDefault(name) is { } room)
            {
                room.Restart();
                foreach (ChatMember member in room.Members.Where(member => member.Node is null))
                {
                    member.Seats[room] = 0;
                    TellJoined(member, room, 0);
                }
            }
        }
    }

    private void TakePause(string reason)
    {
        lock (_lock)
        {
            if (_share!.IsPaused && _share.IsReady)
                return;
            _share.IsPaused = true;
            foreach (ChatMember member in _all)
                Tell(member, new ChatNotice("paused"));
            _options.Interrupted?.Invoke(reason);
        }
    }

    private void TakeResume()
    {
        lock (_lock)
        {
            if (!_share!.IsPaused)
                return;
            bool isFirst = _share.ResumedAt == 0;
            (_share.IsPaused, _share.ResumedAt) = (false, Math.Max(1, NowMs));
            if (isFirst)
                (_share.BegunAt, _share.BegunOn) = (_share.ResumedAt, _time.GetUtcNow().ToUnixTimeMilliseconds());
            GreetServers();
            if (isFirst)
                return;
            foreach (ChatMember member in _all)
                Tell(member, new ChatNotice("resumed"));
            _options.Interrupted?.Invoke(null);
        }
    }

    // What the backplane calls.
    private sealed class Listener(ChatHall hall) : IChatBackplaneListener
    {
        public void Appended(string log, long offset, ReadOnlyMemory<byte> record, bool isAfterGap) => hall.TakeRecord(log, offset, record, isAfterGap);

        public void Restarted(string log) => hall.TakeRestart(log);

        public void Noted(ReadOnlyMemory<byte> note) => hall.TakeNote(note);

        public void Paused(string reason) => hall.TakePause(reason);

        public void Resumed() => hall.TakeResume();
    }
}
