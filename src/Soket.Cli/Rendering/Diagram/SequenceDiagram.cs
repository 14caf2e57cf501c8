using System.Globalization;
using System.Net;
using System.Text;
using Soket.Events;
using Soket.Languages;

namespace Soket.Cli.Rendering.Diagram;

/// <summary>How a diagram is drawn.</summary>
internal sealed record DiagramOptions
{
    /// <summary>Columns, 60 to 160.</summary>
    public int Width { get; init; } = 80;

    public bool Unicode { get; init; } = true;

    public Language Language { get; init; }

    public Ink Ink { get; init; }

    /// <summary>Whether the times are shown; without them two runs of the same exchange look the same.</summary>
    public bool Times { get; init; } = true;
}

/// <summary>
/// Draws what was recorded as two lanes, client left and server right, as the slide with the three-way handshake does: the calls of each end beside
/// its lane, what went between as arrows. What no call showed is drawn dashed and said to be inferred. Pure.
/// </summary>
internal sealed class SequenceDiagram
{
    private const int TimeWidth = 8;

    private readonly DiagramOptions _options;
    private readonly int _side;
    private readonly int _middle;
    private readonly int _width;
    private readonly bool _rightTimes;
    private readonly string _dash;
    private readonly string _ellipsis;
    private readonly List<string> _lines = [];
    private bool _inferred;
    private bool _lost;

    private SequenceDiagram(DiagramOptions options)
    {
        _options = options;
        _width = Math.Clamp(options.Width, 60, 160);
        _rightTimes = options.Times && _width >= 76;
        int room = _width - 2 - (options.Times ? TimeWidth : 0) - (_rightTimes ? TimeWidth : 0);
        _side = room * 30 / 100;
        _middle = room - (2 * _side);
        _dash = options.Unicode ? "┄" : "~";
        _ellipsis = options.Unicode ? "…" : "...";
    }

    /// <summary>Every exchange in the recording, one below the other, and a legend. No lines for no events.</summary>
    public static IReadOnlyList<string> Draw(IReadOnlyList<RecordedEvent> events, DiagramOptions? options = null)
    {
        var diagram = new SequenceDiagram(options ?? new());
        foreach (Exchange exchange in Exchange.Find(events))
        {
            if (diagram._lines.Count > 0)
                diagram._lines.Add("");
            diagram.Add(exchange);
        }

        if (diagram._lines.Count > 0)
            diagram.Legend();
        return diagram._lines;
    }

    private void Add(Exchange exchange)
    {
        Heading(Lane("lane.client", exchange.SawClient), Lane("lane.server", exchange.SawServer), bold: true);
        Heading(Address(exchange.ClientAddress), Address(exchange.ServerAddress), bold: false);
        foreach (Step step in ExchangeSteps.Of(exchange, _options.Language))
            Row(step);
    }

    private string Lane(string key, bool seen) => Text(key) + (seen ? "" : $" ({Text("lane.not-seen")})");

    private string Address(EndPoint? address) => Fit(CallText.Address(address, _options.Language));

    private void Heading(string left, string right, bool bold)
    {
        if (left.Length + right.Length == 0)
            return;
        int room = _width - (_options.Times ? TimeWidth : 0) - (_rightTimes ? TimeWidth : 0);
        left = TextWidth.Cut(left, Math.Max(room / 2, room - TextWidth.Of(right) - 1) - 1, _ellipsis) + " ";
        right = TextWidth.PadLeft(TextWidth.Cut(right, room - TextWidth.Of(left), _ellipsis), room - TextWidth.Of(left));
        string margin = new(' ', _options.Times ? TimeWidth : 0);
        _lines.Add(margin + (bold ? _options.Ink.Bold(left) + _options.Ink.Bold(right) : (left + right).TrimEnd()));
    }

    private void Row(Step step)
    {
        List<(string Text, Func<string, string> Paint)> left = Cell(step.Client), right = Cell(step.Server);
        int height = Math.Max(1, Math.Max(left.Count, right.Count));
        string bar = _options.Unicode ? "│" : "|";
        for (int i = 0; i < height; i++)
        {
            var line = new StringBuilder(_width + 32);
            if (_options.Times)
                line.Append(_options.Ink.Dim(i == 0 ? Time(step.Client) ?? (_rightTimes ? null : Time(step.Server)) ?? Blank(TimeWidth) : Blank(TimeWidth)));
            line.Append(i < left.Count ? left[i].Paint(TextWidth.PadRight(left[i].Text, _side)) : Blank(_side));
            line.Append(bar).Append(i == 0 && step.Arrow is { } arrow ? Drawn(arrow) : Blank(_middle)).Append(bar);
            bool timed = i == 0 && _rightTimes && Time(step.Server) is not null;
            if (i < right.Count)
                line.Append(right[i].Paint(timed ? TextWidth.PadRight(right[i].Text, _side) : right[i].Text));
            else if (timed)
                line.Append(Blank(_side));
            if (timed)
                line.Append(_options.Ink.Dim(" " + Time(step.Server)!.TrimEnd().PadLeft(TimeWidth - 1)));
            _lines.Add(line.ToString().TrimEnd());
        }
    }

    private List<(string Text, Func<string, string> Paint)> Cell(Side? side)
    {
        var lines = new List<(string, Func<string, string>)>();
        if (side is null)
            return lines;
        Func<string, string> paint = side.Failed ? _options.Ink.Red : static text => text;
        if (side.Text.Length > 0)
            lines.AddRange(TextWidth.Wrap(Fit(side.Text), _side - 1).Select(line => (" " + line, paint)));
        if (side.StateText.Length > 0)
        {
            _inferred |= side.StateInferred;
            lines.Add((" " + (side.StateInferred ? $"[{_dash} {side.StateText}]" : $"[{side.StateText}]"), _options.Ink.Green));
        }

        return lines;
    }

    private string Drawn(Arrow arrow)
    {
        _inferred |= arrow.Kind == ArrowKind.Inferred;
        _lost |= arrow.Kind == ArrowKind.Lost;
        string stroke = arrow.Kind == ArrowKind.Inferred ? _dash : _options.Unicode ? "─" : "-";
        string lost = _options.Unicode ? "✗" : "x";
        if (arrow.Kind == ArrowKind.Nothing)
            stroke = " ";
        string head = arrow.Kind == ArrowKind.Nothing ? " " : arrow.Kind == ArrowKind.Lost ? lost : arrow.ToServer ? (_options.Unicode ? "▶" : ">") : _options.Unicode ? "◀" : "<";
        string label = TextWidth.Cut(Fit(arrow.Label), _middle - 7, _ellipsis);
        if (label.Length > 0)
            label = $" {label} ";
        int strokes = _middle - 1 - TextWidth.Of(label);
        string before = Repeat(stroke, strokes / 2), after = Repeat(stroke, strokes - (strokes / 2));
        return arrow.ToServer ? before + _options.Ink.Cyan(label) + after + head : head + after + _options.Ink.Cyan(label) + before;
    }

    private void Legend()
    {
        var parts = new List<string>();
        if (_inferred)
            parts.Add(RenderingTexts.All.Get(_options.Language, "legend.inferred", ("mark", _dash)));
        if (_lost)
            parts.Add(RenderingTexts.All.Get(_options.Language, "legend.lost", ("mark", _options.Unicode ? "✗" : "x")));
        if (_options.Times)
            parts.Add(Text("legend.time"));
        if (parts.Count == 0)
            return;
        _lines.Add("");
        foreach (string part in parts)
            _lines.Add(_options.Ink.Dim(part));
    }

    private static string? Time(Side? side)
    {
        if (side is null || side.Milliseconds < 0)
            return null;
        CultureInfo plain = CultureInfo.InvariantCulture;
        string text = side.Milliseconds switch
        {
            < 999.995 => side.Milliseconds.ToString("0.00", plain),
            < 99_999.5 => side.Milliseconds.ToString("0", plain),
            _ => (side.Milliseconds / 1000).ToString("0", plain) + " s",
        };
        return text.PadLeft(TimeWidth - 1) + " ";
    }

    // Without Unicode, what is not ASCII is shown by its number: the width is known, and nothing is lost.
    private string Fit(string text) => _options.Unicode ? text : TerminalText.Ascii(text);

    private string Text(string key) => RenderingTexts.All.Get(_options.Language, key);

    private static string Blank(int width) => new(' ', width);

    private static string Repeat(string stroke, int times) => string.Concat(Enumerable.Repeat(stroke, Math.Max(0, times)));
}
