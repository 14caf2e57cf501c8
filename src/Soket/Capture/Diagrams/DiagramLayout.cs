using System.Net;
using Soket.Events;
using Soket.Languages;

namespace Soket.Capture.Diagrams;

/// <summary>
/// A diagram laid out in columns of characters of one width, as a terminal has them: times, what the left end did, its lane, what went between, the other
/// lane, what the right end did. Every text is cut or broken to fit. <see cref="SvgDiagram"/> draws from it too. Pure.
/// </summary>
public sealed class DiagramLayout
{
    /// <summary>The narrowest diagram, columns.</summary>
    public const int Narrowest = 60;

    /// <summary>The widest diagram, columns.</summary>
    public const int Widest = 160;

    private const int TimeWidth = 8;
    private const int StateWidth = 14; // " [ESTABLISHED]"
    internal const long LongDelay = 100_000_000; // ns: shown as a row of its own

    private readonly ConversationDiagram _diagram;
    private readonly DiagramView _view;
    private readonly string _ellipsis;
    private readonly List<LayoutRow> _rows = [];

    private DiagramLayout(ConversationDiagram diagram, DiagramView view)
    {
        _diagram = diagram;
        _view = view;
        _ellipsis = view.Unicode ? "…" : "...";
        Width = Math.Clamp(view.Width, Narrowest, Widest);
        TimeColumns = view.Times ? TimeWidth : 0;
        int room = Width - 2 - TimeColumns;
        LayoutBracket[] left = RowBrackets.Of(diagram.Rows, static row => row.InitiatorCalls), right = RowBrackets.Of(diagram.Rows, static row => row.ResponderCalls);
        LeftGap = Array.Exists(left, static bracket => bracket != LayoutBracket.None) ? 2 : 1;
        RightGap = Array.Exists(right, static bracket => bracket != LayoutBracket.None) ? 2 : 1;
        LeftColumns = SideColumns(room, LeftGap, diagram.InitiatorWatched, static row => row.InitiatorCalls, static row => row.InitiatorState);
        RightColumns = SideColumns(room, RightGap, diagram.ResponderWatched, static row => row.ResponderCalls, static row => row.ResponderState);
        MiddleColumns = room - LeftColumns - RightColumns;
        Headings = Heading();
        if (diagram.Conversation is { Kind: ConversationKind.Tcp, SawBeginning: false })
            _rows.Add(Sign("beginning-not-captured", []));
        for (int i = 0; i < diagram.Rows.Count; i++)
            Add(diagram.Rows[i], left[i], right[i]);
        Legend = LegendOf(diagram, view);
    }

    /// <summary>All columns.</summary>
    public int Width { get; }

    /// <summary>Columns of the times; 0 without.</summary>
    public int TimeColumns { get; }

    /// <summary>Columns left of the left lane.</summary>
    public int LeftColumns { get; }

    /// <summary>Columns between what stands left and the left lane: 1, or 2 where a bracket stands there.</summary>
    public int LeftGap { get; }

    /// <summary>Columns between the right lane and what stands right.</summary>
    public int RightGap { get; }

    /// <summary>Columns between the lanes, each of which takes one.</summary>
    public int MiddleColumns { get; }

    /// <summary>Columns right of the right lane.</summary>
    public int RightColumns { get; }

    /// <summary>What stands above the lanes: who, and the addresses.</summary>
    public IReadOnlyList<(string Left, string Right)> Headings { get; }

    /// <summary>The rows, from top to bottom.</summary>
    public IReadOnlyList<LayoutRow> Rows => _rows;

    /// <summary>What has to be known to read it.</summary>
    public IReadOnlyList<string> Legend { get; }

    /// <summary>Lays out a diagram.</summary>
    /// <param name="diagram">The diagram.</param>
    /// <param name="view">How it is shown.</param>
    public static DiagramLayout Of(ConversationDiagram diagram, DiagramView view) => new(diagram, view);

    /// <summary>What has to be known to read a diagram, in lines that fit.</summary>
    /// <param name="diagram">The diagram.</param>
    /// <param name="view">How it is shown.</param>
    public static IReadOnlyList<string> LegendOf(ConversationDiagram diagram, DiagramView view) =>
        [.. DiagramWords.Legend(diagram, view).SelectMany(line => TextWidth.Wrap(line, Math.Clamp(view.Width, Narrowest, Widest)))];

    // As wide as what stands there, within bounds: calls are worth a third of the room at most, a state has to fit whole.
    private int SideColumns(int room, int gap, bool watched, Func<DiagramRow, IReadOnlyList<DiagramCall>> calls, Func<DiagramRow, SocketState> state)
    {
        int needed = gap;
        foreach (DiagramRow row in _diagram.Rows)
        {
            if (state(row) != SocketState.None)
                needed = Math.Max(needed, StateWidth - 1 + gap);
            foreach (DiagramCall call in calls(row))
                needed = Math.Max(needed, TextWidth.Of(Fit(DiagramWords.Call(call, _view.Language))) + gap + 1);
        }

        return Math.Min(needed, watched ? Math.Max(StateWidth + gap, room * 30 / 100) : StateWidth);
    }

    private List<(string Left, string Right)> Heading()
    {
        Conversation conversation = _diagram.Conversation;
        var headings = new List<(string, string)>();
        if (conversation.Kind == ConversationKind.Udp || conversation.SawBeginning)
            headings.Add((DiagramWords.Text(_view.Language, "lane.client"), DiagramWords.Text(_view.Language, "lane.server")));
        headings.Add(Apart(conversation.Initiator, conversation.Responder));
        return headings;
    }

    private (string, string) Apart(IPEndPoint left, IPEndPoint right)
    {
        int room = Width - TimeColumns;
        string one = TextWidth.Cut(DiagramWords.End(left), (room / 2) - 1, _ellipsis), other = TextWidth.Cut(DiagramWords.End(right), room / 2, _ellipsis);
        return (one, other);
    }

    private void Add(DiagramRow row, LayoutBracket leftBracket, LayoutBracket rightBracket)
    {
        if (_view.Times && row.Delay >= LongDelay)
        {
            static LayoutBracket Before(LayoutBracket bracket) => bracket is LayoutBracket.Within or LayoutBracket.Last ? LayoutBracket.Within : LayoutBracket.None;
            _rows.Add(new LayoutRow { Time = "+" + DiagramWords.Wait(row.Delay), IsPause = true, LeftBracket = Before(leftBracket), RightBracket = Before(rightBracket) });
        }

        string time = _view.Times && row.Since >= 0 ? DiagramWords.Time(row.Since) : "";
        List<LayoutLine> left = Side(row.InitiatorCalls, row.InitiatorState, LeftColumns - LeftGap), right = Side(row.ResponderCalls, row.ResponderState, RightColumns - RightGap);
        LayoutRow laid = row.Kind switch
        {
            DiagramRowKind.Packet => Packet(row),
            DiagramRowKind.Fold => Sign($"{_ellipsis} {Fit(DiagramWords.Fold(row.Fold!, _diagram.Conversation.Kind, _view))} {_ellipsis}"),
            DiagramRowKind.Silence => Sign("silence", []),
            DiagramRowKind.Dropped => Sign("dropped", [("count", row.Dropped == 1 ? row.Dropped : DiagramWords.Grouped(row.Dropped))]),
            _ => new LayoutRow(),
        };
        _rows.Add(laid with { Time = time, Left = left, Right = right, LeftBracket = leftBracket, RightBracket = rightBracket });
    }

    private LayoutRow Packet(DiagramRow row)
    {
        TracedPacket packet = row.Packet!;
        int room = MiddleColumns - 7; // the head, a space each side of the label, two strokes each side of those
        List<string> words = [.. DiagramWords.Label(packet, _diagram.Conversation.Kind, _view.Language).Select(Fit)];
        string label = TextWidth.Cut(words[0], room, _ellipsis);
        int taken = 1;
        while (taken < words.Count && TextWidth.Of(label) + 1 + TextWidth.Of(words[taken]) <= room)
            label += " " + words[taken++];
        var middle = new List<LayoutLine>();
        List<string> content = [.. DiagramWords.Content(packet, _view.Language).Select(Fit)];
        // A short text has room on the arrow, beside its count.
        if (taken == words.Count && content.Count == 1 && TextWidth.Of(label) + 1 + TextWidth.Of(content[0]) <= room)
        {
            label += " " + content[0];
            content.Clear();
        }

        string rest = string.Join(' ', words.Skip(taken));
        if (rest.Length > 0 && content.Count == 1 && TextWidth.Of(rest) + 1 + TextWidth.Of(content[0]) <= MiddleColumns - 2)
            (rest, content) = ("", [$"{rest} {content[0]}"]);
        Lines(middle, [rest], LayoutLineKind.Detail, int.MaxValue);
        // The first words of data are enough; what was understood of it is worth more lines.
        Lines(middle, content, LayoutLineKind.Content, packet.Messages.Count > 0 ? 4 : 2);
        Lines(middle, [string.Join(", ", DiagramWords.Remarks(row, _view.Language).Select(Fit))], LayoutLineKind.Remark, 4);
        return new() { Arrow = new(packet.FromInitiator, label, packet.Inferred, row.Fate == DatagramFate.NotReceived), Middle = middle };
    }

    private void Lines(List<LayoutLine> lines, IEnumerable<string> texts, LayoutLineKind kind, int most)
    {
        int first = lines.Count;
        foreach (string text in texts.Where(static text => text.Length > 0))
        {
            foreach (string line in Broken(text, MiddleColumns - 2))
            {
                if (lines.Count - first == most)
                {
                    lines[^1] = new(" " + TextWidth.Cut(lines[^1].Text.TrimStart() + " " + _ellipsis, MiddleColumns - 2, _ellipsis), kind);
                    return;
                }

                lines.Add(new(" " + line, kind));
            }
        }
    }

    private List<LayoutLine> Side(IReadOnlyList<DiagramCall> calls, SocketState state, int width)
    {
        var lines = new List<LayoutLine>();
        foreach (DiagramCall call in calls)
        {
            LayoutLineKind kind = call is { Part: not DiagramCallPart.Began, Event.Failure: not null } ? LayoutLineKind.Failed : LayoutLineKind.Call;
            lines.AddRange(Broken(Fit(DiagramWords.Call(call, _view.Language)), width, " ").Select(line => new LayoutLine(line, kind)));
        }

        if (state != SocketState.None)
            lines.Add(new($"[{state.Name()}]", LayoutLineKind.State));
        return lines;
    }

    private LayoutRow Sign(string key, ReadOnlySpan<(string, object?)> values) => Sign(Fit(DiagramWords.Text(_view.Language, key, values)));

    private LayoutRow Sign(string text) => new() { Middle = [.. Broken(text, MiddleColumns - 2).Select(static line => new LayoutLine(line, LayoutLineKind.Note))] };

    // What stands between backquotes is not broken, and may be a peer's: no cell gets wider for it.
    private IEnumerable<string> Broken(string text, int width, string indent = "") => TextWidth.Wrap(text, width, indent).Select(line => TextWidth.Cut(line, width, _ellipsis));

    private string Fit(string text) => _view.Unicode ? text : TerminalText.Ascii(text);
}
