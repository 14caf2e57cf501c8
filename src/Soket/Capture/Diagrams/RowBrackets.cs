namespace Soket.Capture.Diagrams;

/// <summary>Which rows one receive took the bytes of.</summary>
internal static class RowBrackets
{
    /// <summary>The place of each row in the brackets along one lane.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="calls">The calls of that lane's end in a row.</param>
    public static LayoutBracket[] Of(IReadOnlyList<DiagramRow> rows, Func<DiagramRow, IReadOnlyList<DiagramCall>> calls)
    {
        var brackets = new LayoutBracket[rows.Count];
        var numbers = new Dictionary<long, int>();
        int taken = -1;
        for (int i = 0; i < rows.Count; i++)
        {
            // Beyond what is folded or happened between, nobody follows a line.
            if (rows[i].Packet is not { } packet)
            {
                numbers.Clear();
                continue;
            }

            numbers[packet.Number] = i;
            foreach (DiagramCall call in calls(rows[i]))
            {
                if (call.FirstPacket == 0 || !numbers.TryGetValue(call.FirstPacket, out int first) || (first = Math.Max(first, taken + 1)) >= i)
                    continue;
                taken = i;
                Array.Fill(brackets, LayoutBracket.Within, first, i - first);
                (brackets[first], brackets[i]) = (LayoutBracket.First, LayoutBracket.Last);
            }
        }

        return brackets;
    }
}
