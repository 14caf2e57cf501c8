using Soket.Events;

namespace Soket.Cli.Rendering.Diagram;

/// <summary>How far an arrow is a fact.</summary>
internal enum ArrowKind
{
    /// <summary>A call showed it.</summary>
    Seen,

    /// <summary>Concluded from the calls; no call showed it, and nothing was captured.</summary>
    Inferred,

    /// <summary>It left, the other end was watched, and it did not arrive there.</summary>
    Lost,

    /// <summary>Nothing came; only the label is drawn.</summary>
    Nothing,
}

/// <summary>Something that goes from lane to lane.</summary>
internal sealed record Arrow(bool ToServer, string Label, ArrowKind Kind);

/// <summary>What stands at one lane beside a step.</summary>
internal sealed record Side(string Text, double Milliseconds, SocketState State = SocketState.None, bool StateInferred = false, bool Failed = false, string? StateName = null)
{
    public string StateText => StateName ?? State.Name();
}

/// <summary>One row of the diagram.</summary>
internal sealed record Step(Side? Client, Arrow? Arrow, Side? Server);

/// <summary>Steps that belong together, and its place among the others: after what it follows, else by when it was told.</summary>
internal sealed class StepGroup(long order)
{
    public long Order { get; private set; } = order;

    public List<Step> Steps { get; } = [];

    public List<StepGroup> Before { get; } = [];

    public void Joins(long order) => Order = Math.Min(Order, order);
}
