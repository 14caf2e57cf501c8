using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Explain;

namespace Soket.Cli.Commands.Bench;

/// <summary>Failures of a run, each kind with its explanation.</summary>
/// <param name="Failure">The first of them, and how many.</param>
/// <param name="Explanation">Why, and what to do.</param>
internal sealed record BenchError(BenchFailure Failure, Explanation Explanation);

/// <summary>
/// Looks at this machine while a failure is fresh: whether somebody listens now says little about then. Bounded, beside the traffic, once a kind.
/// </summary>
internal sealed class BenchErrors(CliIo io)
{
    private const int Most = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<(SocketCall Call, string Error), Task<Explanation>> _known = []; // under _lock

    /// <summary>Begins to explain what is new. Any thread; returns at once.</summary>
    public void See(BenchProgress progress)
    {
        foreach (BenchTally tally in progress.Tallies)
        {
            foreach (BenchFailure failure in tally.Failures)
                _ = Explaining(failure.First);
        }
    }

    /// <summary>The failures with their explanations, the most frequent first.</summary>
    public async Task<IReadOnlyList<BenchError>> ExplainAsync(IReadOnlyList<BenchFailure> failures)
    {
        var errors = new List<BenchError>();
        foreach (BenchFailure failure in failures)
        {
            if (Explaining(failure.First) is { } explaining)
                errors.Add(new BenchError(failure, await explaining.ConfigureAwait(false)));
        }

        return errors;
    }

    private Task<Explanation>? Explaining(SocketFailure failure)
    {
        lock (_lock)
        {
            (SocketCall, string) kind = (failure.Call, failure.Error.Name);
            if (_known.TryGetValue(kind, out Task<Explanation>? known))
                return known;
            return _known.Count >= Most ? null : _known[kind] = FailureView.ExplainAsync(failure, io);
        }
    }
}
