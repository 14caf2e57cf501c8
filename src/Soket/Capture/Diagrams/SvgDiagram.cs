using System.Globalization;
using System.Text;
using Soket.Languages;

namespace Soket.Capture.Diagrams;

/// <summary>
/// Draws conversations as one SVG 1.1 picture, which needs nothing besides itself: text in the machine's own monospaced font, light and dark as the
/// viewer prefers. Pure.
/// </summary>
public sealed class SvgDiagram
{
    private const double FontSize = 13;
    private const double Column = 8.2; // px; fonts of this kind are 0.55 to 0.61 of their size wide
    private const double Line = 18;
    private const double RowGap = 6;
    private const double Margin = 16;

    // The colours are told apart on white and on black (WCAG 2.2 AA), and nothing is said by colour alone.
    private const string Style =
        """
        svg { color-scheme: light dark; background: #ffffff; }
        .ground { fill: #ffffff; }
        text { fill: #1b1f24; white-space: pre; font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; font-size: 13px; }
        .strong { font-weight: 700; }
        .time, .note, .legend { fill: #57606a; }
        .label, .detail { fill: #0b5a8a; }
        .state { fill: #116329; }
        .failed { fill: #b3261e; }
        .remark { fill: #7a4b00; }
        line, path { stroke: #1b1f24; stroke-width: 1.5; fill: none; }
        .lane { stroke: #8c959f; stroke-width: 2; }
        .pause { stroke-dasharray: 2 5; }
        .inferred { stroke-dasharray: 5 4; }
        .head { fill: #1b1f24; stroke: none; }
        .bracket { stroke: #57606a; }
        @media (prefers-color-scheme: dark) {
          svg { background: #14171a; }
          .ground { fill: #14171a; }
          text { fill: #e6e9ec; }
          .time, .note, .legend { fill: #a3acb5; }
          .label, .detail { fill: #7cc4f4; }
          .state { fill: #7bd88f; }
          .failed { fill: #ff9b93; }
          .remark { fill: #f0c060; }
          line, path { stroke: #e6e9ec; }
          .lane { stroke: #6b747d; }
          .head { fill: #e6e9ec; }
          .bracket { stroke: #a3acb5; }
        }
        """;

    private readonly StringBuilder _shapes = new();
    private double _y = Margin;

    private SvgDiagram()
    {
    }

    /// <summary>Conversations, one below the other.</summary>
    /// <param name="diagrams">The conversations.</param>
    /// <param name="view">How they are shown.</param>
    public static string Draw(IReadOnlyList<ConversationDiagram> diagrams, DiagramView view)
    {
        view = view with { Unicode = true };
        var svg = new SvgDiagram();
        double width = Math.Clamp(view.Width, DiagramLayout.Narrowest, DiagramLayout.Widest) * Column;
        foreach (ConversationDiagram diagram in diagrams)
            svg.Add(diagram, view, diagrams.Count > 1);
        if (diagrams.Count == 0)
            svg.Text(Margin, DiagramWords.Text(view.Language, "page.empty"), "note");
        string title = Markup.Escape(diagrams.Count == 1 ? Title(diagrams[0], view.Language) : DiagramWords.Text(view.Language, "page.title"));
        (string w, string h) = (Number(width + (2 * Margin)), Number(svg._y + Margin));
        string language = view.Language == Language.Indonesian ? "id" : "en";
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" xml:lang="{language}" lang="{language}" role="document" aria-labelledby="title">
            <title id="title">{title}</title>
            <style>
            {Style}
            </style>
            <rect class="ground" width="{w}" height="{h}"/>
            {svg._shapes}</svg>

            """.ReplaceLineEndings("\n");
    }

    internal static string Title(ConversationDiagram diagram, Language language) => DiagramWords.Text(
        language,
        diagram.Conversation.Kind == ConversationKind.Tcp ? "title.tcp" : "title.udp",
        ("number", diagram.Conversation.Number),
        ("from", DiagramWords.End(diagram.Conversation.Initiator)),
        ("to", DiagramWords.End(diagram.Conversation.Responder)));

    private void Add(ConversationDiagram diagram, DiagramView view, bool titled)
    {
        DiagramLayout layout = DiagramLayout.Of(diagram, view);
        if (titled)
        {
            Text(Margin, Title(diagram, view.Language), "strong");
            _y += Line + RowGap;
        }

        double left = Margin + ((layout.TimeColumns + layout.LeftColumns) * Column) + (Column / 2), right = left + ((layout.MiddleColumns + 1) * Column);
        for (int i = 0; i < layout.Headings.Count; i++)
        {
            (string one, string other) = layout.Headings[i];
            string kind = i == 0 && layout.Headings.Count > 1 ? "strong" : "heading";
            Text(Margin + (layout.TimeColumns * Column), one, kind);
            Text(Margin + (layout.Width * Column), other, kind, "end");
            _y += Line;
        }

        _y += RowGap / 2;
        foreach (LayoutRow row in layout.Rows)
            Row(row, layout, left, right);
        _y += RowGap;
        foreach (string line in layout.Legend)
        {
            Text(Margin, line, "legend");
            _y += Line;
        }

        _y += Line;
    }

    private void Row(LayoutRow row, DiagramLayout layout, double left, double right)
    {
        double top = _y, height = (row.Height * Line) + RowGap;
        foreach (double lane in (ReadOnlySpan<double>)[left, right])
            _shapes.Append(CultureInfo.InvariantCulture, $"<line class=\"lane{(row.IsPause ? " pause" : "")}\" x1=\"{Number(lane)}\" y1=\"{Number(top)}\" x2=\"{Number(lane)}\" y2=\"{Number(top + height)}\"/>\n");
        if (row.Time.Length > 0)
            Text(Margin + ((layout.TimeColumns - 1) * Column), row.Time, "time", "end");
        Cell(row.Left, Margin + (layout.TimeColumns * Column));
        Cell(row.Right, right + ((layout.RightGap + 0.5) * Column));
        Bracket(row.LeftBracket, left - Column, Column / 2, top, height);
        Bracket(row.RightBracket, right + Column, -Column / 2, top, height);
        if (row.Arrow is { } arrow)
        {
            Arrow(arrow, left, right, top + (Line / 2));
            _y += Line;
        }

        foreach (LayoutLine line in row.Middle)
        {
            if (line.Kind == LayoutLineKind.Note)
                Text((left + right) / 2, line.Text, Kind(line.Kind), "middle");
            else
                Text(left + (1.5 * Column), line.Text.TrimStart(), Kind(line.Kind));
            _y += Line;
        }

        _y = top + height;
    }

    private void Cell(IReadOnlyList<LayoutLine> lines, double x)
    {
        double top = _y;
        foreach (LayoutLine line in lines)
        {
            Text(x, line.Text, Kind(line.Kind));
            _y += Line;
        }

        _y = top;
    }

    private void Arrow(LayoutArrow arrow, double left, double right, double y)
    {
        (double from, double to) = arrow.ToRight ? (left + 2, right - 2) : (right - 2, left + 2);
        double back = arrow.ToRight ? -9 : 9, middle = (left + right) / 2, label = (TextWidth.Of(arrow.Label) + 1) * Column;
        string dashed = arrow.Inferred ? " class=\"inferred\"" : "";
        string at = Number(y);
        // In two pieces, so that nothing lies under the label.
        double before = middle - (label / 2), after = middle + (label / 2);
        _shapes.Append($"<line{dashed} x1=\"{Number(left + 2)}\" y1=\"{at}\" x2=\"{Number(before)}\" y2=\"{at}\"/>\n<line{dashed} x1=\"{Number(after)}\" y1=\"{at}\" x2=\"{Number(right - 2)}\" y2=\"{at}\"/>\n");
        if (arrow.Lost)
            _shapes.Append($"<path class=\"lost\" d=\"M{Number(to + back)} {Number(y - 5)}L{Number(to)} {Number(y + 5)}M{Number(to)} {Number(y - 5)}L{Number(to + back)} {Number(y + 5)}\"/>\n");
        else
            _shapes.Append($"<path class=\"head\" d=\"M{Number(to)} {at}L{Number(to + back)} {Number(y - 5)}L{Number(to + back)} {Number(y + 5)}Z\"/>\n");
        Text(middle, arrow.Label, "label", "middle");
    }

    private void Bracket(LayoutBracket bracket, double x, double towards, double top, double height)
    {
        if (bracket == LayoutBracket.None)
            return;
        double middle = top + (Line / 2), end = top + height;
        string drawn = bracket switch
        {
            LayoutBracket.First => $"M{Number(x + towards)} {Number(middle)}L{Number(x)} {Number(middle)}L{Number(x)} {Number(end)}",
            LayoutBracket.Last => $"M{Number(x)} {Number(top)}L{Number(x)} {Number(middle)}L{Number(x + towards)} {Number(middle)}",
            _ => $"M{Number(x)} {Number(top)}L{Number(x)} {Number(end)}",
        };
        _shapes.Append($"<path class=\"bracket\" d=\"{drawn}\"/>\n");
    }

    private void Text(double x, string text, string kind, string anchor = "start") =>
        _shapes.Append($"<text class=\"{kind}\" x=\"{Number(x)}\" y=\"{Number(_y + FontSize)}\"{(anchor == "start" ? "" : $" text-anchor=\"{anchor}\"")}>{Markup.Escape(text)}</text>\n");

    private static string Kind(LayoutLineKind kind) => kind switch
    {
        LayoutLineKind.Failed => "failed",
        LayoutLineKind.State => "state",
        LayoutLineKind.Detail => "detail",
        LayoutLineKind.Content => "content",
        LayoutLineKind.Remark => "remark",
        LayoutLineKind.Note => "note",
        _ => "call",
    };

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
