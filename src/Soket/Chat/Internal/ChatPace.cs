namespace Soket.Chat.Internal;

/// <summary>
/// How fast the lines of one connection are read: four times as many as may be said, what is refused or free of charge included. Who sends more is not read
/// meanwhile, so that his own program has to wait, and nobody else.
/// </summary>
internal sealed class ChatPace(ChatLimits limits, TimeProvider time)
{
    private const int Times = 4;

    private double _lines = limits.Burst * Times;
    private long _at = time.GetTimestamp();

    /// <summary>A line has come.</summary>
    /// <returns>How long it has to wait.</returns>
    public TimeSpan Next()
    {
        if (limits.PerSecond <= 0)
            return TimeSpan.Zero;
        long now = time.GetTimestamp();
        double perSecond = limits.PerSecond * Times;
        _lines = Math.Min(limits.Burst * Times, _lines + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond)) - 1;
        _at = now;
        return _lines >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_lines / perSecond);
    }
}
