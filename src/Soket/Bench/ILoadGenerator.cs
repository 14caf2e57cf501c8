namespace Soket.Bench;

/// <summary>What makes the traffic of a <see cref="BenchPlan"/>.</summary>
public interface ILoadGenerator
{
    /// <summary>Its name: <c>epoll</c>, <c>pipes</c>.</summary>
    string Name { get; }

    /// <summary>Whether it can do this plan.</summary>
    bool Supports(BenchPlan plan);

    /// <summary>
    /// Connects, calls <see cref="BenchProgress.Start"/>, and makes traffic until <paramref name="stop"/> is cancelled or everything the plan counts is
    /// done; then takes in what is under way (at most <see cref="BenchPlan.DrainTimeout"/>), closes and returns. Warm-up, seconds and percentiles are none
    /// of its business: it counts what happens, when it happens, in a <see cref="BenchTally"/> a worker.
    /// </summary>
    /// <param name="plan">What to do.</param>
    /// <param name="progress">Where to tell what happens.</param>
    /// <param name="stop">The time is over, or the person wants no more. No exception comes of it.</param>
    /// <exception cref="Explain.SocketFailure">Not one connection could be made, the name is not known ...; whatever fails later is counted.</exception>
    ValueTask RunAsync(BenchPlan plan, BenchProgress progress, CancellationToken stop);
}
