using Soket.Languages;

namespace Soket.Capture.Diagrams;

/// <summary>How a diagram is shown.</summary>
public sealed record DiagramView
{
    /// <summary>The language of its words.</summary>
    public Language Language { get; init; }

    /// <summary>Whether times are shown; without them two runs of the same exchange look the same.</summary>
    public bool Times { get; init; } = true;

    /// <summary>Whether characters other than ASCII may be used. Pictures and pages use them always.</summary>
    public bool Unicode { get; init; } = true;

    /// <summary>Columns, 60 to 160: what is outside is taken for the nearest of them. Pages are as wide as their window.</summary>
    public int Width { get; init; } = 100;
}
