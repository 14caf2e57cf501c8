namespace Soket.Cli.CommandLine;

/// <summary>The known word that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>The nearest of some words by edit distance (with transpositions); null when none is near.</summary>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        string? best = null;
        int least = int.MaxValue;
        foreach (string word in known)
        {
            int distance = word.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && typed.Length >= 3 ? 1 : Distance(typed, word);
            if (distance < least)
                (best, least) = (word, distance);
        }

        return best is not null && least <= Math.Max(1, Math.Min(typed.Length, best.Length) / 3) ? best : null;
    }

    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 8)
            return int.MaxValue;
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
