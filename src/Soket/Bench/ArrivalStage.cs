namespace Soket.Bench;

/// <summary>A part of an open loop's schedule: a rate that stays, or rises or falls evenly.</summary>
/// <param name="From">The rate it begins with, messages a second, 0 or more.</param>
/// <param name="To">The rate it ends with; 0 only where it begins above.</param>
/// <param name="Time">How long it takes, more than zero.</param>
public readonly record struct ArrivalStage(double From, double To, TimeSpan Time)
{
    /// <summary>How many messages fall into it.</summary>
    public double Messages => (From + To) / 2 * Time.TotalSeconds;

    /// <summary>Whether the rate stays the same.</summary>
    public bool IsSteady => From == To;
}
