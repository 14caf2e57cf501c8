using System.Security.Cryptography;
using System.Text;

namespace Soket.Chat.Internal;

/// <summary>
/// How far each session has come, for those who come back: a message that is sent again is told from a new one by it. A session's name is a hash of its secret, so
/// that the history may hold it. Bounded: who was heard longest ago is forgotten first. Under the hall's lock.
/// </summary>
internal sealed class ChatSessions(int most)
{
    private readonly Dictionary<string, LinkedListNode<(string Session, long Id)>> _sessions = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Session, long Id)> _byAge = new();

    public static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public static string NameOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)).AsSpan(0, 8));

    /// <summary>The count of the last message that was dealt with; 0 where nothing is known.</summary>
    public long Last(string session) => _sessions.TryGetValue(session, out LinkedListNode<(string Session, long Id)>? node) ? node.Value.Id : 0;

    public void Set(string session, long id)
    {
        if (_sessions.Remove(session, out LinkedListNode<(string Session, long Id)>? node))
            _byAge.Remove(node);
        _sessions[session] = _byAge.AddLast((session, id));
        if (_byAge.Count <= most)
            return;
        _sessions.Remove(_byAge.First!.Value.Session);
        _byAge.RemoveFirst();
    }
}
