using System.Text;
using Soket.Capture.Diagrams;

namespace Soket.Cli.Rendering.Diagram;

/// <summary>Draws a conversation's packets on a terminal: two lanes, arrows with what each packet says, states and calls beside them. Pure.</summary>
internal sealed class TraceDiagram
{
    private readonly DiagramLayout _layout;
    private readonly DiagramOptions _options;
    private readonly List<string> _lines = [];

    private TraceDiagram(DiagramLayout layout, DiagramOptions options)
    {
        _layout = layout;
        _options = options;
    }

    /// <summary>One conversation, its legend below it.</summary>
    /// <param name="diagram">The diagram.</param>
    /// <param name="options">How it is drawn.</param>
    /// <param name="legend">Whether the legend is drawn: where several follow each other, <see cref="Legend"/> stands below the last.</param>
    public static IReadOnlyList<string> Draw(ConversationDiagram diagram, DiagramOptions? options = null, bool legend = true)
    {
        options ??= new();
        var drawing = new TraceDiagram(DiagramLayout.Of(diagram, View(options)), options);
        drawing.Headings();
        foreach (LayoutRow row in drawing._layout.Rows)
            drawing.Add(row);
        if (legend)
            drawing._lines.AddRange(Legend(diagram, options));
        return drawing._lines;
    }

    /// <summary>What has to be known to read it, after an empty line. Of several conversations each line is said once.</summary>
    /// <param name="diagram">The diagram.</param>
    /// <param name="options">How it is drawn.</param>
    public static IReadOnlyList<string> Legend(ConversationDiagram diagram, DiagramOptions options)
    {
        List<string> lines = [.. DiagramLayout.LegendOf(diagram, View(options)).Select(options.Ink.Dim)];
        return lines.Count > 0 ? ["", .. lines] : [];
    }

    private Ink Ink => _options.Ink;

    private static DiagramView View(DiagramOptions options) => new() { Language = options.Language, Times = options.Times, Unicode = options.Unicode, Width = options.Width };

    private void Headings()
    {
        bool first = _layout.Headings.Count > 1;
        foreach ((string left, string right) in _layout.Headings)
        {
            int room = _layout.Width - _layout.TimeColumns;
            string line = TextWidth.PadRight(left, room - TextWidth.Of(right)) + right;
            _lines.Add(Blank(_layout.TimeColumns) + (first ? Ink.Bold(line) : line));
            first = false;
        }
    }

    private void Add(LayoutRow row)
    {
        string bar = row.IsPause ? (_options.Unicode ? "┊" : ":") : _options.Unicode ? "│" : "|";
        for (int i = 0; i < row.Height; i++)
        {
            var line = new StringBuilder(_layout.Width + 48);
            if (_layout.TimeColumns > 0)
                line.Append(Ink.Dim(TextWidth.PadLeft(i == 0 ? row.Time : "", _layout.TimeColumns - 1) + " "));
            line.Append(Cell(row.Left, i, _layout.LeftColumns - 1)).Append(Bracket(row.LeftBracket, i, left: true));
            line.Append(bar).Append(Middle(row, i)).Append(bar);
            line.Append(Bracket(row.RightBracket, i, left: false)).Append(Blank(_layout.RightGap - 1)).Append(i < row.Right.Count ? Painted(row.Right[i]) : "");
            _lines.Add(line.ToString().TrimEnd());
        }
    }

    private string Cell(IReadOnlyList<LayoutLine> lines, int index, int width) =>
        index < lines.Count ? Painted(lines[index]) + Blank(width - TextWidth.Of(lines[index].Text)) : Blank(width);

    private string Middle(LayoutRow row, int index)
    {
        if (row.Arrow is { } arrow && index-- == 0)
            return Drawn(arrow);
        if (index >= row.Middle.Count)
            return Blank(_layout.MiddleColumns);
        LayoutLine line = row.Middle[index];
        // What stands for packets is in the middle; what belongs to an arrow begins where arrows begin.
        int before = line.Kind == LayoutLineKind.Note ? (_layout.MiddleColumns - TextWidth.Of(line.Text)) / 2 : 0;
        return Blank(before) + Painted(line) + Blank(_layout.MiddleColumns - before - TextWidth.Of(line.Text));
    }

    private string Drawn(LayoutArrow arrow)
    {
        string stroke = arrow.Inferred ? (_options.Unicode ? "┄" : "~") : _options.Unicode ? "─" : "-";
        string head = arrow.Lost ? (_options.Unicode ? "✗" : "x") : arrow.ToRight ? (_options.Unicode ? "▶" : ">") : _options.Unicode ? "◀" : "<";
        string label = $" {arrow.Label} ";
        int strokes = _layout.MiddleColumns - 1 - TextWidth.Of(label);
        string before = Repeat(stroke, strokes / 2), after = Repeat(stroke, strokes - (strokes / 2));
        return arrow.ToRight ? before + Ink.Cyan(label) + after + head : head + after + Ink.Cyan(label) + before;
    }

    private string Bracket(LayoutBracket bracket, int line, bool left)
    {
        (string corner, string side, string end) = (_options.Unicode, left) switch
        {
            (true, true) => ("┌", "│", "└"),
            (true, false) => ("┐", "│", "┘"),
            _ => (".", ":", "'"),
        };
        return bracket switch
        {
            LayoutBracket.First => line == 0 ? corner : side,
            LayoutBracket.Within => side,
            LayoutBracket.Last when line == 0 => end,
            _ => " ",
        };
    }

    private string Painted(LayoutLine line) => line.Kind switch
    {
        LayoutLineKind.Failed => Ink.Red(line.Text),
        LayoutLineKind.State => Ink.Green(line.Text),
        LayoutLineKind.Detail => Ink.Cyan(line.Text),
        LayoutLineKind.Remark => Ink.Yellow(line.Text),
        LayoutLineKind.Note => Ink.Dim(line.Text),
        _ => line.Text,
    };

    private static string Blank(int width) => new(' ', Math.Max(0, width));

    private static string Repeat(string stroke, int times) => string.Concat(Enumerable.Repeat(stroke, Math.Max(0, times)));
}
