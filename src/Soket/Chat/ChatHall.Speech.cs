using System.Globalization;
using System.Text;
using Soket.Chat.Internal;
using Soket.Languages;

namespace Soket.Chat;

/// <summary>What members say, in rooms and to one alone.</summary>
public sealed partial class ChatHall
{
    /// <summary>Does what a line says: a command where it begins with one slash, else it is said in the current room.</summary>
    /// <param name="member">Who.</param>
    /// <param name="line">The line.</param>
    public void Do(ChatMember member, string line)
    {
        lock (_lock)
        {
            string text = ChatText.Clean(line);
            if (member.HasLeft || text.Length == 0)
                return;
            if (!text.Equals("/quit", StringComparison.OrdinalIgnoreCase) && Waits(member, () => Do(member, line)))
                return;
            if (!text.StartsWith('/'))
                SayNow(member, null, text, ChatEntryKind.Message, 0);
            else if (text.StartsWith("//", StringComparison.Ordinal))
                SayNow(member, null, text[1..], ChatEntryKind.Message, 0);
            else
                Obey(member, text[1..]);
        }
    }

    /// <summary>Says something in a room.</summary>
    /// <param name="member">Who.</param>
    /// <param name="room">Where; null for the current one.</param>
    /// <param name="text">What.</param>
    /// <param name="isAction">Whether it is done rather than said.</param>
    /// <param name="id">Its count in the session, each one more than the one before; 0 for none. A message of a count that was heard already is not said again.</param>
    public void Say(ChatMember member, string? room, string text, bool isAction, long id)
    {
        lock (_lock)
        {
            if (!member.HasLeft && !Waits(member, () => Say(member, room, text, isAction, id)) && IsNext(member, id))
                SayNow(member, room, ChatText.Clean(text), isAction ? ChatEntryKind.Action : ChatEntryKind.Message, id);
        }
    }

    /// <summary>Says something to one person alone.</summary>
    /// <param name="member">Who.</param>
    /// <param name="to">To whom.</param>
    /// <param name="text">What.</param>
    /// <param name="id">Its count, as in <see cref="Say"/>.</param>
    public void Whisper(ChatMember member, string to, string text, long id)
    {
        lock (_lock)
        {
            if (!member.HasLeft && !Waits(member, () => Whisper(member, to, text, id)) && IsNext(member, id))
                WhisperNow(member, to, ChatText.Clean(text), id);
        }
    }

    /// <summary>Tells a member something of what carries him.</summary>
    /// <param name="member">Whom.</param>
    /// <param name="told">What.</param>
    public void Pass(ChatMember member, ChatEvent told)
    {
        lock (_lock)
            Tell(member, told);
    }

    // In order, or not at all: a count that was left out is still on its way, and would be taken for one that was heard.
    private bool IsNext(ChatMember member, long id)
    {
        if (id <= 0 || member.Session.Length == 0)
            return true;
        if (_share is not null)
            return IsNextShared(member, id);
        long last = _sessions.Last(member.Session);
        if (id <= last)
        {
            member.IsPassedOver = true;
            Tell(member, new ChatAck(id, 0) { After = _lastNumber }); // the first copy may still be on its way to the disk
            return false;
        }

        // On each connection one begins with the oldest that has no answer. What lies between is settled: privately said, or refused, and of that no history tells.
        if (member.NextId > 0 && id != member.NextId)
        {
            member.IsPassedOver = true;
            return false;
        }

        member.NextId = id;
        return true;
    }

    private void SayNow(ChatMember member, string? room, string text, ChatEntryKind kind, long id)
    {
        if (!MayGoOn(member, id))
            return;
        ChatRoom? place = room is null ? member.CurrentRoom : _rooms.GetValueOrDefault(ChatName.Skeleton(room.TrimStart('#')));
        if (place is null || !member.Seats.ContainsKey(place))
        {
            Refuse(member, id, room is null ? new ChatNotice("no-room") : new ChatNotice("not-in-room", ("room", room)));
            return;
        }

        if (text.Length > _limits.MaxText)
        {
            Refuse(member, id, new ChatNotice("too-long", ("most", $"{_limits.MaxText}")));
            return;
        }

        if (!member.IsOperator && ChatRoom.IsOn(place.Muted, member, _time.GetUtcNow()))
        {
            Refuse(member, id, new ChatNotice("muted", ("room", place.Name)));
            return;
        }

        if (text.Length == 0)
        {
            Done(member, id, 0);
            return;
        }

        if (_share is not null)
            SayShared(member, place, kind, text, id);
        else if (Append(place, member, kind, member.Name, text, id) is { } entry)
            Done(member, id, entry.Number);
        else
            Refuse(member, id, new ChatNotice("not-kept"));
    }

    private void WhisperNow(ChatMember member, string to, string text, long id)
    {
        if (!MayGoOn(member, id))
            return;
        if (Find(to) is not { } other)
            Refuse(member, id, NoSuchName(to));
        else if (text.Length > _limits.MaxText)
            Refuse(member, id, new ChatNotice("too-long", ("most", $"{_limits.MaxText}")));
        else
        {
            var whisper = new ChatWhisper(member.Name, other.Name, text, _time.GetUtcNow());
            if (other.Node is not null)
            {
                WhisperFar(member, other, whisper, id);
                return;
            }

            if (!other.Ignored.Contains(ChatName.Skeleton(member.Name)))
                Tell(other, whisper);
            if (other != member)
                Tell(member, whisper);
            Interlocked.Increment(ref _said);
            Done(member, id, 0);
        }
    }

    // Without the token nothing goes on, and not faster than agreed.
    private bool MayGoOn(ChatMember member, long id)
    {
        if (!member.IsAdmitted)
        {
            Tell(member, new ChatNotice("token-needed") { IsError = true, Id = id });
            return false;
        }

        if (_unkept.Count >= MostUnkept)
        {
            Tell(member, new ChatNotice("busy") { IsError = true, Id = id, RetryAfter = TimeSpan.FromSeconds(1) });
            return false;
        }

        if (_limits.PerSecond <= 0 || member.IsOperator)
            return true;
        long now = _time.GetTimestamp();
        member.Tokens = Math.Min(_limits.Burst, member.Tokens + (_time.GetElapsedTime(member.TokensAt, now).TotalSeconds * _limits.PerSecond));
        member.TokensAt = now;
        if (member.Tokens >= 1)
        {
            member.Tokens--;
            return true;
        }

        TimeSpan wait = TimeSpan.FromSeconds((1 - member.Tokens) / _limits.PerSecond);
        Tell(member, new ChatNotice("rate", ("rate", _limits.PerSecond.ToString(CultureInfo.InvariantCulture))) { IsError = true, Id = id, RetryAfter = wait });
        return false;
    }

    private void Done(ChatMember member, long id, long number)
    {
        if (id <= 0)
            return;
        Dealt(member, id);
        Tell(member, new ChatAck(id, number) { After = number });
    }

    // It was dealt with, by a no: what comes after it may come.
    private void Refuse(ChatMember member, long id, ChatNotice notice)
    {
        if (id > 0)
            Dealt(member, id);
        Tell(member, notice with { IsError = true, Id = id });
    }

    private void Dealt(ChatMember member, long id)
    {
        member.NextId = id + 1;
        if (member.Session.Length > 0)
            _sessions.Set(member.Session, id);
    }
}
