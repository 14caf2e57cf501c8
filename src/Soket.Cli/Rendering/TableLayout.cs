using System.Text;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>
/// Cells in columns. Where a row is wider than the terminal the gaps are narrowed, then columns that are wide for a few rows only, and at last the
/// row goes on under an indent: between two cells, so that no word is cut by the terminal. Pure.
/// </summary>
internal static class TableLayout
{
    /// <summary>What the further lines of a row begin with.</summary>
    public const string Indent = "      ";

    private const int Gap = 2;

    /// <summary>The lines of each row, in the rows' order.</summary>
    /// <param name="rows">The rows, the heading among them, each with a cell for every column.</param>
    /// <param name="alignRight">Which columns are flush right.</param>
    /// <param name="most">The most columns of a line; null where nothing has to fit.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Lay(IReadOnlyList<string[]> rows, bool[] alignRight, int? most)
    {
        int count = rows.Count == 0 ? 0 : rows[0].Length;
        int[] widths = new int[count];
        foreach (string[] row in rows)
        {
            for (int column = 0; column < count; column++)
                widths[column] = Math.Max(widths[column], TextWidth.Of(row[column]));
        }

        int gap = most is { } wide && Total(widths, Gap) > wide ? 1 : Gap;
        if (most is not { } limit || Total(widths, gap) <= limit)
        {
            // Every row has room on one line: thousands of them need no more than a text each.
            var line = new StringBuilder();
            return [.. rows.Select(row => (IReadOnlyList<string>)[Line(row, widths, alignRight, gap, line.Clear())])];
        }

        foreach (int column in Enumerable.Range(0, count).OrderByDescending(column => widths[column]).ToArray())
        {
            if (Total(widths, gap) > limit)
                widths[column] = Usual(rows, column);
        }

        return [.. rows.Select(row => Row(row, widths, alignRight, gap, limit))];
    }

    /// <summary>Parts side by side, in as many lines as they need.</summary>
    /// <param name="parts">The parts; none of them is broken that fits into a line.</param>
    /// <param name="indent">What every line begins with.</param>
    /// <param name="most">The most columns of a line; null where nothing has to fit.</param>
    public static IReadOnlyList<string> Flow(IEnumerable<string> parts, string indent, int? most)
    {
        var lines = new Lines(most ?? int.MaxValue, indent);
        foreach (string part in parts)
            lines.Add(part, 0, Gap);
        return lines.End();
    }

    private static string Line(string[] cells, int[] widths, bool[] alignRight, int gap, StringBuilder line)
    {
        int missing = 0; // spaces before the next cell that says something
        for (int column = 0; column < cells.Length; column++)
        {
            int width = TextWidth.Of(cells[column]), left = widths[column] - width;
            if (width == 0)
            {
                missing += left + gap;
                continue;
            }

            line.Append(' ', missing + (alignRight[column] ? left : 0)).Append(cells[column]);
            missing = gap + (alignRight[column] ? 0 : left);
        }

        return line.ToString().TrimEnd();
    }

    private static List<string> Row(string[] cells, int[] widths, bool[] alignRight, int gap, int most)
    {
        var lines = new Lines(most, Indent, first: "");
        int start = 0;
        for (int column = 0; column < cells.Length; column++)
        {
            lines.Add(cells[column], alignRight[column] ? start + widths[column] - TextWidth.Of(cells[column]) : start, gap);
            start += widths[column] + gap;
        }

        return lines.End();
    }

    private static int Total(int[] widths, int gap) => widths.Sum() + (gap * (widths.Length - 1));

    // What is enough for the heading and for three rows of four.
    private static int Usual(IReadOnlyList<string[]> rows, int column)
    {
        int[] widths = [.. rows.Skip(1).Select(row => TextWidth.Of(row[column])).Order()];
        return Math.Max(TextWidth.Of(rows[0][column]), widths.Length == 0 ? 0 : widths[(((widths.Length * 3) + 3) / 4) - 1]);
    }

    /// <summary>Lines that are filled cell by cell.</summary>
    private sealed class Lines(int most, string indent, string? first = null)
    {
        private readonly List<string> _done = [];
        private readonly StringBuilder _line = new(first ?? indent);
        private bool _empty = true; // nothing but the indent
        private int _used = TextWidth.Of(first ?? indent); // columns with something in them, the indent among them

        /// <summary>Adds a cell at a column of the first line, or wherever there is room for it.</summary>
        public void Add(string cell, int column, int gap)
        {
            int width = TextWidth.Of(cell), at = Math.Max(_done.Count == 0 ? column : 0, _empty ? _used : _used + gap);
            if (width == 0)
                return;
            if (at + width > most && !_empty)
            {
                Break();
                at = _used;
            }

            if (at + width > most)
            {
                // Wider than a line, alone: broken at spaces where it has some.
                IReadOnlyList<string> parts = TextWidth.Wrap(cell, Math.Max(1, most - _used), indent: "");
                foreach (string part in parts.SkipLast(1))
                {
                    _line.Append(part);
                    Break();
                }

                cell = parts[^1];
                (width, at) = (TextWidth.Of(cell), _used);
            }

            _line.Append(' ', at - _used).Append(cell);
            (_used, _empty) = (at + width, false);
        }

        public List<string> End()
        {
            if (!_empty)
                _done.Add(_line.ToString().TrimEnd());
            return _done;
        }

        private void Break()
        {
            _done.Add(_line.ToString().TrimEnd());
            _line.Clear().Append(indent);
            (_used, _empty) = (TextWidth.Of(indent), true);
        }
    }
}
