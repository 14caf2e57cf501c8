using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>What is said to one person alone on another server: sent again until that server answers, and told once.</summary>
public sealed partial class ChatHall
{
    private const int MostPrivates = 1_000;
    private const long PrivateAgain = 1_000; // milliseconds
    private const long PrivatePatience = 10_000;

    private void WhisperFar(ChatMember member, ChatMember other, ChatWhisper whisper, long id)
    {
        if (other.IsAway)
        {
            Refuse(member, id, new ChatNotice("away", ("name", other.Name)));
            return;
        }

        if (_share!.Privates.Count >= MostPrivates || member.Unsettled.Count >= MostUnsettled)
        {
            Tell(member, new ChatNotice("busy") { IsError = true, Id = id, RetryAfter = Busy });
            return;
        }

        long now = NowMs, number = ++_share.PrivateNumber;
        var waiting = new ChatPrivate(member, whisper, other.Node!.Name, other.Key, id, now);
        _share.Privates[number] = waiting;
        Taken(member, id);
        Send(number, waiting, now);
    }

    private void Send(long number, ChatPrivate waiting, long now)
    {
        waiting.SentAt = now;
        Send(ChatNoteKind.Private, note => note with
        {
            To = waiting.Node,
            Key = waiting.Key,
            Number = number,
            From = waiting.Whisper.From,
            Text = waiting.Whisper.Text,
            Session = waiting.Id > 0 ? waiting.From.Session : "",
            Id = waiting.Id,
        });
    }

    private void TendPrivates()
    {
        long now = NowMs;
        foreach ((long number, ChatPrivate waiting) in _share!.Privates.ToArray())
        {
            if (now - waiting.BegunAt > PrivatePatience)
                Answer(number, waiting, new ChatNotice("not-told", ("name", waiting.Whisper.To)));
            else if (now - waiting.SentAt > PrivateAgain)
                Send(number, waiting, now);
        }
    }

    private void TakePrivate(ChatNote note)
    {
        ChatMember? to = _all.FirstOrDefault(one => one.Key == note.Key);
        (string session, long id) = note.Session.Length > 0 ? (note.Session, note.Id) : (note.Node, note.Number);
        if (to is not null && _share!.Told.Add(session, id) && !to.Ignored.Contains(ChatName.Skeleton(note.From)))
            Tell(to, new ChatWhisper(note.From, to.Name, note.Text, _time.GetUtcNow()));
        Send(ChatNoteKind.Told, told => told with { To = note.Node, Number = note.Number, IsDone = to is not null });
    }

    private void TakeTold(ChatNote note)
    {
        if (_share!.Privates.TryGetValue(note.Number, out ChatPrivate? waiting))
            Answer(note.Number, waiting, note.IsDone ? null : NoSuchName(waiting.Whisper.To));
    }

    // Whoever said it hears what became of it, also when he has come back over another connection.
    private void Answer(long number, ChatPrivate waiting, ChatNotice? refusal)
    {
        _share!.Privates.Remove(number);
        ChatMember? member = waiting.From.HasLeft ? _bySession.GetValueOrDefault(waiting.From.Session) : waiting.From;
        if (member is not { Node: null })
            return;
        member.Unsettled.Remove(waiting.Id);
        if (refusal is not null)
        {
            Tell(member, refusal with { IsError = true, Id = waiting.Id });
            return;
        }

        Tell(member, waiting.Whisper);
        if (waiting.Id > 0)
            Tell(member, new ChatAck(waiting.Id, 0));
    }
}
