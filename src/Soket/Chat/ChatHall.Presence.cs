using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>
/// Who is there on the other servers. Each tells of its own people when something changes, and that it is alive; whoever missed a note asks for everything.
/// People of others are members like one's own, but nothing is told them here.
/// </summary>
public sealed partial class ChatHall
{
    private const long AskAgain = 1_000; // milliseconds
    private const long AllAgain = 200;
    private const long JustBegun = 5_000;

    private void Send(ChatNoteKind kind, Func<ChatNote, ChatNote>? fill = null)
    {
        // Counted also while nobody hears it: the others then know that something is missing.
        var note = new ChatNote(kind, _share!.Node, ++_share.Notes);
        _share.BeatAt = NowMs;
        if (!_share.IsPaused)
            _share.Backplane.Send((fill?.Invoke(note) ?? note).Write());
    }

    // Somebody here has come, is in other rooms, or has another name.
    private void Changed(ChatMember member, string reason = "")
    {
        if (_share is not null && member is { Node: null, HasLeft: false, IsAdmitted: true, Name.Length: > 0 })
            Send(ChatNoteKind.Here, note => note with { People = [Present(member)], Reason = reason });
    }

    private void SendAll()
    {
        (_share!.IsAsked, _share.AllAt) = (false, NowMs);
        Send(ChatNoteKind.Here, note => note with { People = [.. _all.Where(member => member is { IsAdmitted: true, Name.Length: > 0 }).Select(Present)], IsAll = true });
    }

    private static ChatPresent Present(ChatMember member) =>
        new(member.Key, member.Name, member.Session, member.Since, member.NameSince, member.IsOperator, [.. member.Seats.Keys.Select(room => ChatName.Skeleton(room.Name))]);

    private void GreetServers()
    {
        foreach (ChatNode node in _share!.Nodes.Values)
            node.IsKnown = false;
        SendAll();
        Send(ChatNoteKind.Ask);
    }

    private void TendServers()
    {
        long now = NowMs;
        if (now - _share!.BeatAt >= _limits.Heartbeat.TotalMilliseconds)
            Send(ChatNoteKind.Beat);
        if (_share.IsAsked && now - _share.AllAt >= AllAgain)
            SendAll();
        foreach (ChatNode node in _share.Nodes.Values.ToArray())
        {
            if (!node.IsKnown && node.AwayAt == 0)
                Ask(node);
            // Who could not hear does not judge.
            if (node.AwayAt == 0 && now - Math.Max(node.HeardAt, _share.ResumedAt) > _limits.ServerSilence.TotalMilliseconds)
                GoAway(node, now);
            else if (node.AwayAt > 0 && now - node.AwayAt > _limits.AwayFor.TotalMilliseconds)
                Forget(node);
        }
    }

    private void GoAway(ChatNode node, long now)
    {
        (node.AwayAt, node.IsKnown) = (now, false);
        foreach (ChatMember far in node.People.Values)
        {
            foreach (ChatRoom room in far.Seats.Keys)
                Append(room, far, ChatEntryKind.Leave, far.Name, "away");
            far.IsAway = true;
        }
    }

    private void Forget(ChatNode node)
    {
        foreach (ChatMember far in node.People.Values.ToArray())
            Remove(far, "left");
        _share!.Nodes.Remove(node.Name);
    }

    private void Ask(ChatNode node)
    {
        long now = NowMs;
        if (now - node.AskedAt < AskAgain)
            return;
        node.AskedAt = now;
        Send(ChatNoteKind.Ask, note => note with { To = node.Name });
    }

    private void TakeNote(ReadOnlyMemory<byte> bytes)
    {
        if (!ChatNote.TryRead(bytes, out ChatNote? note) || note.Node == _share!.Node)
            return;
        lock (_lock)
        {
            if (!_share.Nodes.TryGetValue(note.Node, out ChatNode? node))
            {
                if (_share.Nodes.Count >= _limits.MaxServers)
                    return;
                _share.Nodes[note.Node] = node = new ChatNode(note.Node);
            }

            bool follows = node.IsKnown && note.Count == node.Last + 1;
            (node.Last, node.HeardAt) = (note.Count, NowMs);
            if (note.IsAll)
            {
                TakeAll(node, note);
                return;
            }

            // Something is missing, or it was taken for dead.
            if (!follows || node.AwayAt > 0)
            {
                node.IsKnown = false;
                Ask(node);
            }

            TakeFrom(node, note);
        }
    }

    private void TakeFrom(ChatNode node, ChatNote note)
    {
        bool isForMe = note.To == _share!.Node;
        switch (note.Kind)
        {
            case ChatNoteKind.Here when node.IsKnown:
                foreach (ChatPresent present in note.People)
                    TakePresent(node, present, note.Reason);
                break;
            case ChatNoteKind.Gone when node.IsKnown && node.People.TryGetValue(note.Key, out ChatMember? far):
                Remove(far, note.Reason);
                break;
            case ChatNoteKind.Ask when isForMe || note.To.Length == 0:
                _share.IsAsked = true;
                if (NowMs - _share.AllAt >= AllAgain)
                    SendAll();
                break;
            case ChatNoteKind.Private when isForMe:
                TakePrivate(note);
                break;
            case ChatNoteKind.Told when isForMe:
                TakeTold(note);
                break;
        }
    }

    private void TakeAll(ChatNode node, ChatNote note)
    {
        // Of people who were there before this server was, nobody is told that they come; of those who came while it began, everybody is.
        long since = NowMs - _share!.BegunAt < JustBegun ? _share.BegunOn : 0;
        (node.IsKnown, node.AwayAt) = (true, 0);
        foreach (ChatPresent present in note.People)
            TakePresent(node, present, "", since);
        var there = note.People.Select(present => present.Key).ToHashSet(StringComparer.Ordinal);
        foreach (ChatMember far in node.People.Values.Where(far => !there.Contains(far.Key)).ToArray())
            Remove(far, "left");
    }

    private void TakePresent(ChatNode node, ChatPresent present, string reason, long since = 0)
    {
        if (!node.People.TryGetValue(present.Key, out ChatMember? far))
        {
            if (node.People.Count >= _limits.MaxMembers)
                return;
            far = new ChatMember(present.Key, node) { IsAdmitted = true };
            node.People[present.Key] = far;
        }

        if (far.Session != present.Session && !TakeSession(node, far, present))
            return;

        (far.IsOperator, far.Elsewhere, far.NameSince) = (present.IsOperator, present.Rooms, present.NameSince);
        if (far.Name != present.Name)
            TakeName(far, present.Name);
        bool wasAway = far.IsAway;
        far.IsAway = false;
        foreach (ChatRoom room in far.Seats.Keys.Where(room => !present.Rooms.Contains(ChatName.Skeleton(room.Name))).ToArray())
            Part(far, room, reason.Length > 0 ? reason : "left");
        foreach (string skeleton in present.Rooms)
        {
            if (_rooms.TryGetValue(skeleton, out ChatRoom? room) && (far.Seats.TryAdd(room, 0) || wasAway))
            {
                room.Members.Add(far);
                if (present.Since >= since)
                    Append(room, far, ChatEntryKind.Join, far.Name, "");
            }
        }
    }

    // Whoever was taken for a guest says only later who he is.
    private bool TakeSession(ChatNode node, ChatMember far, ChatPresent present)
    {
        if (!IsLatest(node, present))
        {
            Remove(far, "moved");
            return false;
        }

        ForgetSession(far);
        (far.Session, far.Since) = (present.Session, present.Since);
        if (far.Session.Length > 0)
            _bySession[far.Session] = far;
        return true;
    }

    // A session is where it was last: what is left of it elsewhere goes. The server that lets somebody in says "later than before", whatever its clock says.
    private bool IsLatest(ChatNode node, ChatPresent present)
    {
        if (present.Session.Length == 0 || !_bySession.TryGetValue(present.Session, out ChatMember? other))
            return true;
        string there = other.Node?.Name ?? _share!.Node;
        if (present.Since < other.Since || (present.Since == other.Since && string.CompareOrdinal(node.Name, there) < 0))
            return false;
        Tell(other, new ChatBye("moved", TimeSpan.FromSeconds(2))); // should this be wrong, he comes back
        Remove(other, "moved");
        return true;
    }

    // Two may take one name at the same time on two servers. Whoever has it longer keeps it, by his server's clock; the other's own server makes him a guest.
    private void TakeName(ChatMember far, string name)
    {
        string old = far.Name, skeleton = ChatName.Skeleton(name);
        if (old.Length > 0)
        {
            FreeName(far);
            foreach (ChatRoom room in far.Seats.Keys)
                Append(room, far, ChatEntryKind.Nick, old, name);
        }

        far.Name = name;
        if (_members.TryGetValue(skeleton, out ChatMember? holder) && holder != far)
        {
            bool keeps = holder.NameSince < far.NameSince || (holder.NameSince == far.NameSince && string.CompareOrdinal(holder.Key, far.Key) < 0);
            if (keeps)
                return;
            if (holder.Node is null)
                LoseName(holder);
        }

        _members[skeleton] = far;
    }

    private void LoseName(ChatMember member)
    {
        string lost = member.Name;
        member.IsGuest = true;
        Rename(member, GuestName(member));
        Tell(member, new ChatNotice("name-lost", ("name", lost), ("guest", member.Name)) { IsError = true });
        Tell(member, new ChatNotice("nick", ("name", member.Name)));
    }

    private ChatMember? FindByKey(string key, string session)
    {
        if (session.Length > 0)
            return _bySession.GetValueOrDefault(session);
        return _all.FirstOrDefault(member => member.Key == key) ?? _share!.Nodes.Values.Select(node => node.People.GetValueOrDefault(key)).FirstOrDefault(far => far is not null);
    }
}
