using System.Globalization;
using System.Text;
using Soket.Chat.Internal;
using Soket.Languages;

namespace Soket.Chat;

/// <summary>What members ask for by a command.</summary>
public sealed partial class ChatHall
{
    private const int MostRecalled = 200;
    private const int MostNamed = 200;
    private const int LongestRemark = 200; // a topic, and why somebody is put out
    private static readonly TimeSpan PutOutFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UsualMute = TimeSpan.FromMinutes(10);

    private delegate void Command(ChatHall hall, ChatMember member, string rest);

    private static readonly Dictionary<string, Command> Commands = new(StringComparer.OrdinalIgnoreCase)
    {
        ["help"] = static (hall, member, _) => hall.Tell(member, new ChatNotice("help")),
        ["nick"] = static (hall, member, rest) => hall.Nick(member, rest),
        ["join"] = static (hall, member, rest) => hall.JoinAsked(member, rest),
        ["leave"] = static (hall, member, rest) => hall.LeaveRoom(member, rest),
        ["rooms"] = static (hall, member, _) => hall.ListRooms(member),
        ["who"] = static (hall, member, rest) => hall.Who(member, rest),
        ["msg"] = static (hall, member, rest) => hall.WhisperAsked(member, rest),
        ["me"] = static (hall, member, rest) => hall.DoAsked(member, rest),
        ["topic"] = static (hall, member, rest) => hall.SetTopic(member, rest),
        ["history"] = static (hall, member, rest) => hall.Recall(member, rest),
        ["ignore"] = static (hall, member, rest) => hall.Ignore(member, rest, true),
        ["unignore"] = static (hall, member, rest) => hall.Ignore(member, rest, false),
        ["kick"] = static (hall, member, rest) => hall.Kick(member, rest),
        ["mute"] = static (hall, member, rest) => hall.Mute(member, rest, true),
        ["unmute"] = static (hall, member, rest) => hall.Mute(member, rest, false),
        ["op"] = static (hall, member, rest) => hall.MakeOperator(member, rest),
        ["oper"] = static (hall, member, rest) => hall.BecomeOperator(member, rest),
        ["pass"] = static (hall, member, _) => hall.Tell(member, new ChatNotice("pass-needless")),
        ["quit"] = static (hall, member, _) => hall.Tell(member, new ChatBye("quit", null)),
    };

    /// <summary>The commands, as they are typed after the slash.</summary>
    public static IReadOnlyCollection<string> CommandNames => Commands.Keys;

    private void Obey(ChatMember member, string text)
    {
        (string name, string rest) = Split(text);
        if (!member.IsAdmitted && name.Equals("pass", StringComparison.OrdinalIgnoreCase))
        {
            Admit(member, (member.Waiting ?? new ChatHello()) with { Token = rest.Length > 0 ? rest : " " });
            return;
        }

        // Help and the end are for everybody; saying something counts itself.
        bool free = name.ToUpperInvariant() is "HELP" or "QUIT" or "ME" or "MSG";
        if (!free && !MayGoOn(member, 0))
            return;
        if (Commands.TryGetValue(name, out Command? command))
            command(this, member, rest);
        else if (Nearest.Of(name, Commands.Keys) is { } nearest)
            Tell(member, new ChatNotice("command-nearest", ("command", name), ("nearest", nearest)) { IsError = true });
        else
            Tell(member, new ChatNotice("command", ("command", name)) { IsError = true });
    }

    private void Nick(ChatMember member, string name)
    {
        if (name.Length == 0)
            Tell(member, new ChatNotice("nick-usage") { IsError = true });
        else if (Refusal(member, name) is { } refusal)
            Tell(member, refusal);
        else if (name != member.Name)
        {
            member.IsGuest = false;
            Rename(member, name);
            Tell(member, new ChatNotice("nick", ("name", name)));
        }
    }

    private void JoinAsked(ChatMember member, string room)
    {
        if (room.Length == 0)
            Tell(member, new ChatNotice("join-usage") { IsError = true });
        else
            Join(member, room, null, isAsked: true);
    }

    private void LeaveRoom(ChatMember member, string named)
    {
        ChatRoom? room = named.Length == 0 ? member.CurrentRoom : _rooms.GetValueOrDefault(ChatName.Skeleton(named.TrimStart('#')));
        if (room is null || !member.Seats.ContainsKey(room))
        {
            Tell(member, (named.Length == 0 ? new ChatNotice("no-room") : new ChatNotice("not-in-room", ("room", named))) with { IsError = true });
            return;
        }

        Part(member, room, "left");
        Tell(member, new ChatParted(room.Name, "left"));
        if (member.CurrentRoom is { } current)
            Tell(member, new ChatNotice("current", ("room", current.Name)));
    }

    private void ListRooms(ChatMember member) => Tell(member, new ChatNotice(
        "rooms",
        ("count", $"{_rooms.Count}"),
        ("rooms", string.Join(", ", _rooms.Values.OrderByDescending(room => room.Members.Count).Take(MostNamed).Select(room => $"{room.Name} ({room.Members.Count})")))));

    private void Who(ChatMember member, string named)
    {
        ChatRoom? room = named.Length == 0 ? member.CurrentRoom : _rooms.GetValueOrDefault(ChatName.Skeleton(named.TrimStart('#')));
        if (room is null)
        {
            Tell(member, (named.Length == 0 ? new ChatNotice("no-room") : new ChatNotice("room-unknown", ("room", named))) with { IsError = true });
            return;
        }

        IEnumerable<string> names = room.Members.OrderBy(one => one.Name, StringComparer.OrdinalIgnoreCase).Take(MostNamed)
            .Select(one => (one.IsAway ? "~" : "") + (room.IsOperator(one) ? "@" : "") + one.Name + (member.IsOperator && one.Address.Length > 0 ? $" ({one.Address})" : ""));
        Tell(member, new ChatNotice("who", ("room", room.Name), ("count", $"{room.Members.Count}"), ("names", string.Join(", ", names))));
    }

    private void WhisperAsked(ChatMember member, string rest)
    {
        (string to, string text) = Split(rest);
        if (text.Length == 0)
            Tell(member, new ChatNotice("msg-usage") { IsError = true });
        else
            WhisperNow(member, to, text, 0);
    }

    private void DoAsked(ChatMember member, string text)
    {
        if (text.Length == 0)
            Tell(member, new ChatNotice("me-usage") { IsError = true });
        else
            SayNow(member, null, text, ChatEntryKind.Action, 0);
    }

    private void SetTopic(ChatMember member, string topic)
    {
        if (member.CurrentRoom is not { } room)
            Tell(member, new ChatNotice("no-room") { IsError = true });
        else if (topic.Length == 0)
            Tell(member, room.Topic.Length > 0 ? new ChatNotice("topic", ("room", room.Name), ("topic", room.Topic)) : new ChatNotice("topic-none", ("room", room.Name)));
        else if (room == _lobby && !member.IsOperator)
            Tell(member, new ChatNotice("operators-only", ("room", room.Name)) { IsError = true });
        else if (topic.Length > LongestRemark)
            Tell(member, new ChatNotice("too-long", ("most", $"{LongestRemark}")) { IsError = true });
        else
            Put(room, member, ChatEntryKind.Topic, topic);
    }

    private void Recall(ChatMember member, string count)
    {
        if (member.CurrentRoom is not { } room)
        {
            Tell(member, new ChatNotice("no-room") { IsError = true });
            return;
        }

        int number = 20;
        if (count.Length > 0 && (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number == 0))
        {
            Tell(member, new ChatNotice("history-usage", ("most", $"{MostRecalled}")) { IsError = true });
            return;
        }

        int wanted = Math.Min(number, MostRecalled);
        wanted = Math.Min(wanted, _limits.Waiting / 2);
        int end = room.Said.After(_kept), first = Math.Max(0, end - wanted);
        if (member.RecallBytes < int.MaxValue)
        {
            int size = 0, from = end;
            while (from > first && (size += 64 + Encoding.UTF8.GetByteCount(room.Said[from - 1].Text)) <= member.RecallBytes)
                from--;
            first = from;
        }

        for (int i = first; i < end; i++)
            Tell(member, new ChatRecall(room.Said[i]));
        Tell(member, new ChatNotice("history", ("room", room.Name), ("count", $"{end - first}")));
    }

    private void Ignore(ChatMember member, string name, bool on)
    {
        string skeleton = ChatName.Skeleton(name);
        if (name.Length == 0)
            Tell(member, new ChatNotice("ignore-usage") { IsError = true });
        else if (name.Length > ChatName.LongestText)
            Tell(member, new ChatNotice("name-length", ("name", name), ("least", $"{ChatName.Shortest}"), ("most", $"{ChatName.Longest}")) { IsError = true });
        else if (on && member.Ignored.Count >= 100)
            Tell(member, new ChatNotice("ignore-full", ("most", "100")) { IsError = true });
        else
        {
            _ = on ? member.Ignored.Add(skeleton) : member.Ignored.Remove(skeleton);
            Tell(member, new ChatNotice(on ? "ignore" : "unignore", ("name", name)));
        }
    }

    private void Kick(ChatMember member, string rest)
    {
        (string name, string why) = Split(rest);
        if (why.Length > LongestRemark)
        {
            Tell(member, new ChatNotice("too-long", ("most", $"{LongestRemark}")) { IsError = true });
            return;
        }

        if (Judged(member, name, "kick-usage", notSelf: true) is not ({ } room, { } other))
            return;
        if (!Put(room, member, ChatEntryKind.Kick, why.Length == 0 ? other.Name : $"{other.Name}: {why}", other) || _share is not null)
            return;
        DateTimeOffset now = _time.GetUtcNow();
        ChatRoom.Put(room.PutOut, other.Key, other.Session, now, now + PutOutFor);
        PutOut(other, room, member.Name, why);
    }

    private void PutOut(ChatMember member, ChatRoom room, string by, string why)
    {
        Part(member, room, "kick");
        Tell(member, new ChatParted(room.Name, "kick"));
        Tell(member, new ChatNotice(why.Length > 0 ? "kicked-why" : "kicked", ("room", room.Name), ("by", by), ("why", why)) { IsError = true });
    }

    private void Mute(ChatMember member, string rest, bool on)
    {
        (string name, string minutes) = Split(rest);
        if (Judged(member, name, on ? "mute-usage" : "unmute-usage", notSelf: on) is not ({ } room, { } other))
            return;
        TimeSpan time = int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? TimeSpan.FromMinutes(Math.Clamp(number, 1, 1440)) : UsualMute;
        if (!Put(room, member, on ? ChatEntryKind.Mute : ChatEntryKind.Unmute, other.Name, other, on ? (int)time.TotalMinutes : 0) || _share is not null)
            return;
        DateTimeOffset now = _time.GetUtcNow();
        if (on)
            ChatRoom.Put(room.Muted, other.Key, other.Session, now, now + time);
        else
            (_, _) = (room.Muted.Remove(other.Key), room.Muted.Remove(other.Session));
    }

    private void MakeOperator(ChatMember member, string name)
    {
        if (Judged(member, name, "op-usage") is not ({ } room, { } other) || room.IsOperator(other))
            return;
        if (_share is not null || room.TryMakeOperator(other))
            Put(room, member, ChatEntryKind.Operator, other.Name, other);
    }

    // What everybody in the room is to know, and what holds from then on: on several servers when it comes out of the log.
    private bool Put(ChatRoom room, ChatMember member, ChatEntryKind kind, string text, ChatMember? whom = null, int minutes = 0)
    {
        bool isPut = _share is null ? Append(room, member, kind, member.Name, text) is not null : TryShare(room, member, kind, text, 0, whom, minutes);
        if (!isPut && (_share is not null || kind == ChatEntryKind.Topic))
            Tell(member, new ChatNotice(_share is null ? "not-kept" : "busy") { IsError = true });
        return isPut;
    }

    private void BecomeOperator(ChatMember member, string token)
    {
        if (_options.OperatorToken is { } expected && MayLook(member) && Matches(token, expected))
        {
            member.IsOperator = true;
            Tell(member, new ChatNotice("oper"));
            Changed(member);
        }
        else
        {
            WrongToken(member);
        }
    }

    // Whom an operator means, where he is one and may: who sits at the server is judged by nobody else.
    private (ChatRoom? Room, ChatMember? Other) Judged(ChatMember member, string name, string usage, bool notSelf = false)
    {
        if (member.CurrentRoom is not { } room)
            Tell(member, new ChatNotice("no-room") { IsError = true });
        else if (!room.IsOperator(member))
            Tell(member, new ChatNotice("operators-only", ("room", room.Name)) { IsError = true });
        else if (name.Length == 0)
            Tell(member, new ChatNotice(usage) { IsError = true });
        else if (Find(name) is not { } other || !room.Members.Contains(other))
            Tell(member, NoSuchName(name) with { IsError = true });
        else if (notSelf && other == member)
            Tell(member, new ChatNotice("not-self") { IsError = true });
        else if (other.IsOperator && !member.IsOperator)
            Tell(member, new ChatNotice("operators-only", ("room", room.Name)) { IsError = true });
        else
            return (room, other);
        return default;
    }

    private ChatMember? Find(string name) => _members.GetValueOrDefault(ChatName.Skeleton(name.TrimStart('@')));

    private ChatNotice NoSuchName(string name) => Nearest.Of(name, _members.Values.Take(1000).Select(member => member.Name)) is { } nearest
        ? new ChatNotice("name-nearest", ("name", name), ("nearest", nearest))
        : new ChatNotice("name-unknown", ("name", name));

    private static (string First, string Others) Split(string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (text, "") : (text[..space], text[(space + 1)..].Trim());
    }
}
