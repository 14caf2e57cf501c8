using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>
/// What the disk must have before anybody is told of it. Such entries stand in their rooms already, so that the order is settled; everybody reads only as far as the
/// disk has got, which it tells for many at once.
/// </summary>
public sealed partial class ChatHall
{
    // Up to here everything may be told; all of it where nothing is waited for. Under _lock.
    private long _kept = long.MaxValue;
    private readonly Queue<(ChatEntry Entry, ChatRoom Room)> _unkept = new(); // under _lock, in order

    // A disk that takes nothing for a while: who says more than that is told to try again.
    private const int MostUnkept = 5_000;

    private bool IsKept(ChatEvent told) => told is not ChatAck { After: var after } || after <= _kept;

    private void Publish(ChatEntry entry, ChatRoom room)
    {
        if (entry.Kind is ChatEntryKind.Message or ChatEntryKind.Action)
            Interlocked.Increment(ref _said);
        _options.Heard?.Invoke(entry);
        foreach (ChatMember member in room.Members)
            member.Signal();
    }

    private void Synced(long upTo, IOException? failure)
    {
        lock (_lock)
        {
            if (failure is not null)
            {
                _options.NotKept?.Invoke(failure);
                TakeBack();
            }

            _kept = failure is null ? upTo : long.MaxValue; // who comes and goes is told also when nothing can be kept any more
            while (_unkept.Count > 0 && _unkept.Peek().Entry.Number <= _kept)
            {
                (ChatEntry entry, ChatRoom room) = _unkept.Dequeue();
                Publish(entry, room);
            }

            // Whose message it was may have come back over another connection, or have left the room.
            foreach (ChatMember member in _all)
            {
                if (member.Own.Count > 0)
                    member.Signal();
            }
        }
    }

    // What was said and cannot be kept was not said.
    private void TakeBack()
    {
        (ChatEntry Entry, ChatRoom Room)[] all = [.. _unkept];
        _unkept.Clear();
        foreach ((ChatEntry entry, ChatRoom room) in all)
        {
            if (entry.IsSaid)
                room.Said.Remove(entry);
            else
                _unkept.Enqueue((entry, room));
        }

        foreach (ChatMember member in _all)
        {
            for (int i = member.Own.Count; i > 0; i--)
            {
                ChatEvent one = member.TakeOwn();
                member.PutOwn(IsKept(one) ? one : new ChatNotice("not-kept") { IsError = true, Id = ((ChatAck)one).Id });
            }
        }
    }
}
