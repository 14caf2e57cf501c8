namespace Soket.Chat.Internal;

/// <summary>
/// How fast the lines of one connection are read: four times as many as may be said, what is refused or free of charge included. Who sends more is not read
/// meanwhile, so that his own program has to wait, and nobody else.
/// </summary>
internal sealed class ChatPace(ChatLimits limits, TimeProvider time)
{
    private const int Times = 4;
    private const double PassedOver = 1.0 / 64;

    private double _lines = limits.Burst * Times;
    private long _at = time.GetTimestamp();

    /// <summary>A line has come.</summary>
    /// <param name="isPassedOver">Whether it was not looked at, because one before it must come first: a client that sends ahead has many of these.</param>
    /// <returns>How long the next has to wait.</returns>
    public TimeSpan Next(bool isPassedOver)
    {
        if (limits.PerSecond <= 0)
            return TimeSpan.Zero;
        long now = time.GetTimestamp();
        double perSecond = limits.PerSecond * Times;
        _lines = Math.Min(limits.Burst * Times, _lines + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond)) - (isPassedOver ? PassedOver : 1);
        _at = now;
        return _lines >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_lines / perSecond);
    }
}
