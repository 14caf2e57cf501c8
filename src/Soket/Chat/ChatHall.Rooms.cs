using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>Rooms: who is in which, and what is said in them in one order.</summary>
public sealed partial class ChatHall
{
    private ChatRoom OpenRoom(string name)
    {
        string skeleton = ChatName.Skeleton(name);
        if (!_rooms.TryGetValue(skeleton, out ChatRoom? room))
        {
            ChatSharedLog? log = _share is null ? null : new ChatSharedLog(ChatShare.LogOf(skeleton), _limits.Sessions);
            _rooms[skeleton] = room = new ChatRoom(name, _limits) { EmptySince = _time.GetUtcNow(), Log = log };
            if (log is not null)
                _share!.ByLog[log.Name] = room;
        }

        return room;
    }

    private void Join(ChatMember member, string named, long? seen, bool isAsked = false)
    {
        string name = ChatText.Clean(named).TrimStart('#');
        if (_share is not null)
        {
            JoinShared(member, name, seen, isAsked);
            return;
        }

        bool made = false;
        if (!_rooms.TryGetValue(ChatName.Skeleton(name), out ChatRoom? room))
        {
            if (!ChatName.IsValid(name, out string? reason))
            {
                Tell(member, new ChatNotice(reason, ("name", name), ("least", $"{ChatName.Shortest}"), ("most", $"{ChatName.Longest}")) { IsError = true });
                return;
            }

            if (_rooms.Count >= _limits.MaxRooms && !CloseAnEmptyRoom())
            {
                Tell(member, new ChatNotice("rooms-full", ("most", $"{_limits.MaxRooms}")) { IsError = true });
                return;
            }

            room = OpenRoom(name);
            made = true;
        }

        Sit(member, room, seen, isAsked, made);
    }

    private void Sit(ChatMember member, ChatRoom room, long? seen, bool isAsked, bool made)
    {
        if (!member.Seats.ContainsKey(room))
        {
            if (member.Seats.Count >= _limits.MaxRoomsEach)
            {
                Tell(member, new ChatNotice("rooms-each", ("most", $"{_limits.MaxRoomsEach}")) { IsError = true });
                return;
            }

            if (!member.IsOperator && ChatRoom.IsOn(room.PutOut, member, _time.GetUtcNow()))
            {
                Tell(member, new ChatNotice("put-out", ("room", room.Name)) { IsError = true });
                return;
            }

            if (made)
                room.TryMakeOperator(member);
            room.Members.Add(member);
            // Where one has seen the room before, from there on; else from now on.
            member.Seats[room] = Resume(seen ?? room.Last, room.Last);
            TellJoined(member, room, Math.Max(member.Seats[room], room.Last));
            Append(room, member, ChatEntryKind.Join, member.Name, "");
            Changed(member);
        }

        if (member.CurrentRoom != room)
        {
            if (isAsked && member.CurrentRoom is not null)
                Tell(member, new ChatNotice("current", ("room", room.Name)));
            member.CurrentRoom = room;
        }
    }

    // Another server may have been ahead of this one.
    private long Resume(long seen, long last) => _share is null ? Math.Min(seen, last) : seen;

    private void TellJoined(ChatMember member, ChatRoom room, long last) => Tell(
        member, new ChatJoined(room.Name, room.Topic, [.. room.Members.Select(one => one.Name).Order(StringComparer.OrdinalIgnoreCase).Take(MostNamed)], last) { Count = room.Members.Count });

    private bool CloseAnEmptyRoom()
    {
        ChatRoom? empty = _rooms.Values.Where(room => room.Members.Count == 0 && room != _lobby).MinBy(room => room.EmptySince);
        return empty is not null && _rooms.Remove(ChatName.Skeleton(empty.Name));
    }

    private void Part(ChatMember member, ChatRoom room, string reason)
    {
        if (!member.Seats.Remove(room))
            return;
        room.Members.Remove(member);
        if (room.Members.Count == 0)
            room.EmptySince = _time.GetUtcNow();
        if (member.CurrentRoom == room)
            member.CurrentRoom = member.Seats.Keys.FirstOrDefault();
        if (reason != "kick" && !member.IsAway)
            Append(room, member, ChatEntryKind.Leave, member.Name, reason);
        Changed(member, reason);
    }

    // Null where it could not be kept, which then was not said. On several servers only of who comes and goes: each has its own knowledge of that.
    private ChatEntry? Append(ChatRoom room, ChatMember author, ChatEntryKind kind, string from, string text, long id = 0)
    {
        if (room.Log is { IsLive: false } || (room.Log is not null && !ChatNumbers.HasNote(room.Last)))
            return null;
        long number = (room.Log is null ? _lastNumber : room.Last) + 1;
        var entry = new ChatEntry(room.Name, number, _time.GetUtcNow(), kind, from, text) { Author = author.Number, FromOperator = author.IsOperator, Session = id > 0 ? author.Session : "", Id = id };
        try
        {
            _options.History?.Append(entry);
        }
        catch (IOException e)
        {
            _options.NotKept?.Invoke(e);
            if (entry.IsSaid)
                return null;
        }

        _lastNumber = entry.Number;
        room.Add(entry);
        if (entry.Number > _kept)
            _unkept.Enqueue((entry, room));
        else
            Publish(entry, room);
        return entry;
    }
}
