using System.Globalization;
using System.Net;
using System.Text;

namespace Soket.Cli.Commands.Bench;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Style">How it is drawn: <c>s1</c> to <c>s4</c>, told apart by colour and by dashes.</param>
/// <param name="Points">Its points, from left to right.</param>
internal sealed record ChartSeries(string Name, string Style, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Lines over two axes as one SVG element, coloured by the page it stands in. Pure.</summary>
internal sealed class SvgChart
{
    public const int Width = 720;
    private const int Height = 260;
    private const int Left = 78;
    private const int Right = 14;
    private const int Top = 14;
    private const int Bottom = 36;
    private const int MostPoints = 360; // two to a pixel are no longer seen

    /// <summary>What it shows, for who cannot see it.</summary>
    public required string Title { get; init; }

    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Where the horizontal axis has a mark, and what stands there.</summary>
    public required IReadOnlyList<(double At, string Text)> XTicks { get; init; }

    public required string XTitle { get; init; }

    /// <summary>How a value of the vertical axis is written.</summary>
    public required Func<double, string> Format { get; init; }

    /// <summary>Whether the vertical axis is logarithmic; zero lies at its bottom then.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Whether the area below the first line is filled.</summary>
    public bool Filled { get; init; }

    public string Draw()
    {
        double[] ys = [.. Series.SelectMany(series => series.Points).Select(point => point.Y)];
        double[] xs = [.. Series.SelectMany(series => series.Points).Select(point => point.X).Concat(XTicks.Select(tick => tick.At))];
        double[] ticks = Logarithmic ? LogTicks(ys) : LinearTicks(ys);
        double low = ticks[0], high = ticks[^1], first = xs.DefaultIfEmpty(0).Min(), last = xs.DefaultIfEmpty(1).Max();
        if (last <= first)
            last = first + 1;
        double X(double x) => Left + ((x - first) / (last - first) * (Width - Left - Right));
        double Y(double y)
        {
            double share = Logarithmic ? (Math.Log(Math.Max(y, low)) - Math.Log(low)) / (Math.Log(high) - Math.Log(low)) : (y - low) / (high - low);
            return Height - Bottom - (Math.Clamp(share, 0, 1) * (Height - Top - Bottom));
        }

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(Title)}\">\n");
        foreach (double tick in ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.#}\">{Escape(Format(tick))}</text>\n");
        }

        foreach ((double at, string text) in XTicks)
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"{(X(at) > Width - Right - 30 ? "last" : "x")}\" x=\"{X(at):0.#}\" y=\"{Height - Bottom + 17}\">{Escape(text)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{Width - Right}\" y=\"{Height - 3}\">{Escape(XTitle)}</text>\n");
        for (int i = Series.Count - 1; i >= 0; i--)
        {
            (double X, double Y)[] points = [.. Thin(Series[i].Points).Select(point => (X(point.X), Y(point.Y)))];
            if (points.Length == 0)
                continue;
            string line = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
            if (Filled && i == 0)
                svg.Append(CultureInfo.InvariantCulture, $"<polygon class=\"area\" points=\"{points[0].X:0.#},{Height - Bottom} {line} {points[^1].X:0.#},{Height - Bottom}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"{Series[i].Style}\" points=\"{line}\"/>\n");
            if (points.Length == 1)
                svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"{Series[i].Style}\" cx=\"{points[0].X:0.#}\" cy=\"{points[0].Y:0.#}\" r=\"3\"/>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Marks of a linear axis from zero: round steps, five or so.</summary>
    public static double[] LinearTicks(IReadOnlyList<double> values)
    {
        double most = Math.Max(values.Count == 0 ? 0 : values.Max(), 1e-9);
        double step = Math.Pow(10, Math.Floor(Math.Log10(most / 4)));
        foreach (double factor in (ReadOnlySpan<double>)[1, 2, 2.5, 5, 10])
        {
            if (most / (step * factor) <= 5)
            {
                step *= factor;
                break;
            }
        }

        return [.. Enumerable.Range(0, (int)Math.Ceiling((most / step) - 1e-9) + 1).Select(i => i * step)];
    }

    /// <summary>Marks of a logarithmic axis: powers of ten around the values, with what lies between where they are few.</summary>
    public static double[] LogTicks(IReadOnlyList<double> values)
    {
        double[] positive = [.. values.Where(value => value > 0)];
        int from = positive.Length == 0 ? 0 : (int)Math.Floor(Math.Log10(positive.Min()) + 1e-9), to = positive.Length == 0 ? 1 : (int)Math.Ceiling(Math.Log10(positive.Max()) - 1e-9);
        to = Math.Max(to, from + 1);
        var ticks = new List<double>();
        for (int i = from; i < to; i++)
            ticks.AddRange(to - from <= 2 ? [Math.Pow(10, i), 2 * Math.Pow(10, i), 5 * Math.Pow(10, i)] : [Math.Pow(10, i)]);
        ticks.Add(Math.Pow(10, to));
        // No further than the first mark beyond the values, on either side.
        int first = Math.Max(0, ticks.FindLastIndex(tick => positive.Length > 0 && tick <= positive.Min() * 1.000_001)), last = ticks.FindIndex(tick => positive.Length > 0 && tick >= positive.Max() * 0.999_999);
        return [.. ticks[first..(last > first ? last + 1 : ticks.Count)]];
    }

    // The worst of those that share a place: a spike is what one looks for.
    private static IEnumerable<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= MostPoints)
            return points;
        int share = (points.Count + MostPoints - 1) / MostPoints;
        return points.Chunk(share).Select(chunk => (chunk[0].X, chunk.Max(point => point.Y)));
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
