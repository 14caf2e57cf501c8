namespace Soket.Capture.Diagrams;

/// <summary>What a line of a laid-out row is about, for whoever colours it.</summary>
public enum LayoutLineKind
{
    /// <summary>A call.</summary>
    Call,

    /// <summary>A call that failed.</summary>
    Failed,

    /// <summary>A state.</summary>
    State,

    /// <summary>More about the packet.</summary>
    Detail,

    /// <summary>What the packet carries.</summary>
    Content,

    /// <summary>What is out of the ordinary.</summary>
    Remark,

    /// <summary>What stands for packets that are not drawn, or for none.</summary>
    Note,
}

/// <summary>One line of text within a cell, already cut to fit.</summary>
/// <param name="Text">The text.</param>
/// <param name="Kind">What it is about.</param>
public readonly record struct LayoutLine(string Text, LayoutLineKind Kind);

/// <summary>Where a row stands in the bracket beside segments that one receive took together.</summary>
public enum LayoutBracket
{
    /// <summary>In none.</summary>
    None,

    /// <summary>The first segment.</summary>
    First,

    /// <summary>In between.</summary>
    Within,

    /// <summary>The last segment, where the call stands.</summary>
    Last,
}

/// <summary>An arrow from lane to lane.</summary>
/// <param name="ToRight">Whether it goes from left to right.</param>
/// <param name="Label">What stands on it.</param>
/// <param name="Inferred">Whether it was not captured: drawn dashed.</param>
/// <param name="Lost">Whether it is known not to have arrived: drawn with a cross for a head.</param>
public sealed record LayoutArrow(bool ToRight, string Label, bool Inferred, bool Lost);

/// <summary>A row of a laid-out diagram: its cells in lines, each within its column's width.</summary>
public sealed record LayoutRow
{
    /// <summary>The time, flush right within <see cref="DiagramLayout.TimeColumns"/>; empty where none belongs here.</summary>
    public string Time { get; init; } = "";

    /// <summary>Whether it shows nothing but a wait, which <see cref="Time"/> tells.</summary>
    public bool IsPause { get; init; }

    /// <summary>The cell left of the left lane.</summary>
    public IReadOnlyList<LayoutLine> Left { get; init; } = [];

    /// <summary>The arrow, in the first line between the lanes; null where there is none.</summary>
    public LayoutArrow? Arrow { get; init; }

    /// <summary>The lines between the lanes, below the arrow where there is one.</summary>
    public IReadOnlyList<LayoutLine> Middle { get; init; } = [];

    /// <summary>The cell right of the right lane.</summary>
    public IReadOnlyList<LayoutLine> Right { get; init; } = [];

    /// <summary>The bracket along the left lane.</summary>
    public LayoutBracket LeftBracket { get; init; }

    /// <summary>The bracket along the right lane.</summary>
    public LayoutBracket RightBracket { get; init; }

    /// <summary>How many lines it takes.</summary>
    public int Height => Math.Max(Math.Max(1, Middle.Count + (Arrow is null ? 0 : 1)), Math.Max(Left.Count, Right.Count));
}
