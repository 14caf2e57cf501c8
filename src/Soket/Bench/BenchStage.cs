namespace Soket.Bench;

/// <summary>What came of one stage of an open loop's schedule.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Reading">What was counted in it.</param>
public sealed record BenchStage(ArrivalStage Stage, BenchReading Reading);
