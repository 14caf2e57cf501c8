namespace Soket.Cli.Commands.Bench;

/// <summary>A series as a row of bars, one character a value; several values share one where there are more than fit. Pure.</summary>
internal static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Plain = "_.-=+*%#";

    /// <summary>Draws it, from nothing to the largest value.</summary>
    /// <param name="values">The values, 0 or more.</param>
    /// <param name="width">The most characters, 1 or more.</param>
    /// <param name="unicode">Whether block characters can be shown.</param>
    public static string Of(IReadOnlyList<double> values, int width, bool unicode)
    {
        if (values.Count == 0)
            return "";
        int cells = Math.Min(width, values.Count);
        double[] means = new double[cells];
        for (int i = 0; i < cells; i++)
        {
            int from = (int)((long)i * values.Count / cells), to = (int)((long)(i + 1) * values.Count / cells);
            for (int k = from; k < to; k++)
                means[i] += values[k] / (to - from);
        }

        double most = means.Max();
        string levels = unicode ? Blocks : Plain;
        return string.Concat(means.Select(mean => levels[most <= 0 ? 0 : (int)Math.Clamp(Math.Round(mean / most * (levels.Length - 1)), 0, levels.Length - 1)]));
    }
}
