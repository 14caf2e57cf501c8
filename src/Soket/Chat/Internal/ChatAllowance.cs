namespace Soket.Chat.Internal;

/// <summary>
/// What may go to an address of plain datagrams, whose sender may be forged. One that has repeated its code gets what is said to it, and answers to what it asks
/// within a budget. One that cannot be asked for a code, a program of the lab, gets three times what came from it (the bound of RFC 9000, 8.1, with the headers
/// of IP and UDP counted on both sides), and what the operator types within the budget: a stranger does not decide when that is. No clock of its own.
/// </summary>
/// <param name="isProved">Whether the address has repeated its code.</param>
internal sealed class ChatAllowance(bool isProved)
{
    /// <summary>The headers of IPv4 and UDP, bytes.</summary>
    public const int Headers = 28;

    private const int Most = 8 * 1024;
    private const int PerSecond = 512;

    private double _budget = Most;
    private double _came;
    private TimeSpan _at;
    private bool _toldLeftOut;

    /// <summary>A datagram has come.</summary>
    public void Came(int length) => _came = Math.Min(Most, _came + (3 * (length + Headers)));

    /// <summary>Whether this may go there; if so it is counted.</summary>
    public bool Takes(ChatEvent told, string self, int length, TimeSpan now)
    {
        if (_at < now)
            (_budget, _at) = (Math.Min(Most, _budget + ((now - _at).TotalSeconds * PerSecond)), now);
        if (isProved && (told is ChatEntry or ChatBye || (told is ChatWhisper whisper && whisper.From != self)))
            return true;
        ref double from = ref isProved || told is ChatEntry { FromOperator: true } or ChatWhisper { From: "operator" } ? ref _budget : ref _came;
        if (from < length + Headers)
            return false;
        from -= length + Headers;
        return true;
    }

    /// <summary>Something was left out: whether that is to be told, which is once until there is room again.</summary>
    public bool TellsLeftOut()
    {
        if (!isProved || (_toldLeftOut && _budget < Most / 2))
            return false;
        return _toldLeftOut = true;
    }
}
