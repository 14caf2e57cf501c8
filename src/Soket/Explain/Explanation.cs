namespace Soket.Explain;

/// <summary>Why something failed, and what to do.</summary>
/// <param name="Code">The stable code, which is also the name of its page in docs/errors: <c>connection-refused</c>.</param>
/// <param name="Cause">The one cause that could be shown, and how it is known.</param>
/// <param name="Remedy">A command or an action that works on this machine.</param>
public sealed record Explanation(string Code, string Cause, string Remedy)
{
    /// <summary>What was looked at and can be excluded; empty when nothing was.</summary>
    public IReadOnlyList<string> RuledOut { get; init; } = [];

    /// <summary>Which of the code's causes it is, as a stable key: <c>unix-leftover</c>.</summary>
    public string Situation { get; init; } = "";

    /// <summary>The exit code of a command that ends with this failure.</summary>
    public int ExitCode { get; init; } = 1;
}
