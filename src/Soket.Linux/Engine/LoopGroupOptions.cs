namespace Soket.Linux.Engine;

/// <summary>How a <see cref="LoopGroup"/> is made.</summary>
public sealed record LoopGroupOptions
{
    /// <summary>How many loops, 1 or more; one a core that this process may use.</summary>
    public int Loops { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// How long a loop looks again and again before it sleeps; zero, the default, sleeps at once. It answers some microseconds sooner, and burns its core meanwhile: not
    /// where others need it.
    /// </summary>
    public TimeSpan BusyPoll { get; init; }
}
