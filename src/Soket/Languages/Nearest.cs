namespace Soket.Languages;

/// <summary>What was probably meant: the nearest words by edit distance (Damerau-Levenshtein, adjacent letters swapped count one). Pure.</summary>
public static class Nearest
{
    private const int LongestQuery = 64;

    /// <summary>The one word that was probably meant: it begins as was typed, or is a third of its letters away at most; null when none is.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">The words there are.</param>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        string[] words = [.. known];
        if (typed.Length >= 3 && words.FirstOrDefault(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase)) is { } begun)
            return begun;
        return To(typed, words, Math.Max(1, typed.Length / 3)).FirstOrDefault();
    }

    /// <summary>The candidates at most <paramref name="most"/> edits away, nearest first; none for a word of over 64 letters.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="candidates">The words there are.</param>
    /// <param name="most">How many edits away one may be.</param>
    public static IEnumerable<string> To(string word, IEnumerable<string> candidates, int most)
    {
        if (word.Length > LongestQuery)
            return [];
        return candidates
            .Where(candidate => Math.Abs(candidate.Length - word.Length) <= most)
            .Select(candidate => (Candidate: candidate, Distance: Distance(word, candidate)))
            .Where(pair => pair.Distance <= most && pair.Distance < Math.Max(pair.Candidate.Length, word.Length))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .Select(pair => pair.Candidate)
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>How many letters must be inserted, removed, changed or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            table[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            table[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                table[i, j] = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 2]) && char.ToLowerInvariant(a[i - 2]) == char.ToLowerInvariant(b[j - 1]))
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}
