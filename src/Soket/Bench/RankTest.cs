namespace Soket.Bench;

/// <summary>
/// The rank-sum test of Mann and Whitney (1947): how likely two samples as different as these are when both come from the same source, whatever its
/// distribution. Pure.
/// </summary>
public static class RankTest
{
    // Up to here the exact distribution is counted out; beyond, and with ties, the normal one is close enough.
    private const int Exact = 20;

    /// <summary>The two-sided probability; 1 where a sample is empty.</summary>
    /// <param name="a">One sample.</param>
    /// <param name="b">The other one.</param>
    public static double Probability(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        int n = a.Count, m = b.Count;
        if (n == 0 || m == 0)
            return 1;
        (double Value, bool First)[] all = [.. a.Select(value => (value, true)), .. b.Select(value => (value, false))];
        Array.Sort(all, static (x, y) => x.Value.CompareTo(y.Value));
        double ranks = 0, ties = 0;
        for (int i = 0; i < all.Length;)
        {
            int j = i;
            while (j < all.Length && all[j].Value == all[i].Value)
                j++;
            double mean = (i + 1 + j) / 2.0; // equal values share the mean of their ranks
            for (int k = i; k < j; k++)
                ranks += all[k].First ? mean : 0;
            double tied = j - i;
            ties += (tied * tied * tied) - tied;
            i = j;
        }

        double u = ranks - (n * (n + 1) / 2.0);
        if (ties == 0 && n <= Exact && m <= Exact)
            return CountOut(n, m, (int)Math.Min(u, ((double)n * m) - u));
        double total = n + m;
        double variance = n * m / 12.0 * (total + 1 - (ties / (total * (total - 1))));
        if (variance <= 0)
            return 1;
        double z = Math.Max(0, Math.Abs(u - (n * m / 2.0)) - 0.5) / Math.Sqrt(variance);
        return Math.Min(1, 2 * Tail(z));
    }

    // Of all orders of n and m values, the share whose U is no larger: counted with the recurrence of the Gaussian binomial coefficient.
    private static double CountOut(int n, int m, int u)
    {
        double[] ways = new double[(n * m) + 1];
        ways[0] = 1;
        for (int i = 1; i <= n; i++)
        {
            for (int s = n * m; s >= m + i; s--)
                ways[s] -= ways[s - m - i];
            for (int s = i; s <= n * m; s++)
                ways[s] += ways[s - i];
        }

        return Math.Min(1, 2 * ways.Take(u + 1).Sum() / ways.Sum());
    }

    // The upper tail of the normal distribution: Abramowitz and Stegun 26.2.17, error below 1e-7.
    private static double Tail(double z)
    {
        double t = 1 / (1 + (0.2316419 * z));
        double poly = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * poly;
    }
}
