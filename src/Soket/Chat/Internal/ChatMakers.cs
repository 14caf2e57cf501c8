namespace Soket.Chat.Internal;

/// <summary>
/// Who makes rooms that stay, since a broker keeps each of them: from one address a few at once and then one a minute, however many connections it makes. Bounded:
/// the address that asked longest ago is forgotten first. Under the hall's lock.
/// </summary>
internal sealed class ChatMakers(TimeProvider time)
{
    private const double AtOnce = 5;
    private const int MostAddresses = 4_096;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (double Left, long At)> _byAddress = new(StringComparer.Ordinal);

    /// <summary>Whether one more room may be made from there; then it counts as made.</summary>
    public bool TryMake(string from)
    {
        string key = ChatGuesses.KeyOf(from);
        long now = time.GetTimestamp();
        (double left, long at) = _byAddress.TryGetValue(key, out (double Left, long At) before) ? before : (AtOnce, now);
        left = Math.Min(AtOnce, left + (time.GetElapsedTime(at, now) / Pause));
        bool may = left >= 1;
        _byAddress[key] = (may ? left - 1 : left, now);
        if (_byAddress.Count > MostAddresses)
            _byAddress.Remove(_byAddress.MinBy(one => one.Value.At).Key);
        return may;
    }
}
