namespace Soket.Chat;

/// <summary>Where a token is asked for: who has not shown it yet. They are few at once, not there for long, and take no place of those who have.</summary>
public sealed partial class ChatHall
{
    private readonly List<ChatMember> _strangers = []; // under _lock, the one who came first first; of _all
    private readonly ITimer? _looking; // from time to time, whether one has been there for too long

    private int AdmittedCount => _all.Count - _strangers.Count;

    private void PutOutStrangers()
    {
        lock (_lock)
        {
            foreach (ChatMember member in _strangers.Where(member => _time.GetElapsedTime(member.CameAt) > _limits.StrangerFor).ToArray())
            {
                Tell(member, new ChatBye("idle", null));
                Remove(member, "idle");
            }
        }
    }
}
