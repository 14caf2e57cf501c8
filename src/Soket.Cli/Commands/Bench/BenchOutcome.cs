using Soket.Bench;
using Soket.Explain;

namespace Soket.Cli.Commands.Bench;

/// <summary>A run with everything that is told of it.</summary>
/// <param name="Result">What was measured.</param>
/// <param name="Errors">What failed while it was measured, explained.</param>
/// <param name="Assertions">What it had to come to.</param>
internal sealed record BenchOutcome(BenchResult Result, IReadOnlyList<BenchError> Errors, IReadOnlyList<BenchAssertion> Assertions)
{
    /// <summary>Whether messages went, and nothing at all came back, and the run was too short for that to be an error.</summary>
    public bool IsMute => Result is { Worked: false, Plan.Mode: BenchMode.Messages, Measured: { Completed: 0, Errors: 0, Lost: 0 } } && Result.Before.Sent + Result.Measured.Sent > 0;

    /// <summary>What the command ends with.</summary>
    public int ExitCode
    {
        get
        {
            BenchReading measured = Result.Measured;
            if (Result.Interrupted)
                return ExitCodes.Interrupted;
            if (Assertions.Any(assertion => !assertion.Holds(measured)))
                return ExitCodes.AssertionFailed;
            // A run with errors is a run; one of nothing else is a failure, and has its reason.
            if (measured.Completed > 0 || Result.Worked || (measured.Errors + measured.Lost == 0 && !IsMute))
                return ExitCodes.Done;
            if (measured.Wrong >= Math.Max(measured.TimedOut, measured.Failed) && measured.Wrong > 0)
                return ExitCodes.WeirdReply;
            return measured.Failed > measured.TimedOut && Errors.Count > 0 ? Errors[0].Explanation.ExitCode : ExitCodes.TimedOut;
        }
    }
}
