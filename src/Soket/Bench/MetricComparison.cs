namespace Soket.Bench;

/// <summary>What the comparison of a metric came to.</summary>
public enum ComparisonVerdict
{
    /// <summary>The difference is no larger than what the seconds of each run differ by among themselves.</summary>
    Noise,

    /// <summary>It is better by more than noise.</summary>
    Better,

    /// <summary>It is worse by more than noise.</summary>
    Worse,

    /// <summary>It differs by more than noise, and neither is better by itself.</summary>
    Different,

    /// <summary>There are too few seconds to tell.</summary>
    TooFew,
}

/// <summary>A metric of two runs, second by second, compared.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Unit">What it is counted in.</param>
public sealed record MetricComparison(string Metric, MetricUnit Unit)
{
    /// <summary>The fewest seconds of each run from which anything is concluded: with five, a difference of all of them has a probability of 0.8 %.</summary>
    public const int Fewest = 5;

    /// <summary>A difference is more than noise when one as large has less than this probability in runs that are the same.</summary>
    public const double Level = 0.01;

    private const int Resamples = 2_000;

    /// <summary>The first run's median second.</summary>
    public double Before { get; init; }

    /// <summary>The second run's median second.</summary>
    public double After { get; init; }

    /// <summary>The change, as a part of the first: 0.1 is 10 % more. Null where the first is zero.</summary>
    public double? Change { get; init; }

    /// <summary>Where the change lies with 99 % certainty, as far as the seconds of these two runs can tell; null where it cannot be said.</summary>
    public (double Least, double Most)? Range { get; init; }

    /// <summary>How likely seconds as different are in runs that are the same.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>What that means.</summary>
    public ComparisonVerdict Verdict { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="metric">Its name.</param>
    /// <param name="unit">What it is counted in.</param>
    /// <param name="moreIsBetter">Whether more of it is better; null where neither is.</param>
    /// <param name="before">The first run's seconds.</param>
    /// <param name="after">The second run's seconds.</param>
    public static MetricComparison Of(string metric, MetricUnit unit, bool? moreIsBetter, IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        double a = Median(before), b = Median(after);
        var compared = new MetricComparison(metric, unit)
        {
            Before = a,
            After = b,
            Change = a == 0 ? null : (b - a) / a,
            Range = a == 0 || before.Count < Fewest || after.Count < Fewest ? null : Bootstrap(before, after),
            Probability = RankTest.Probability(before, after),
        };
        return compared with { Verdict = Judge(compared, moreIsBetter, Math.Min(before.Count, after.Count)) };
    }

    /// <summary>
    /// Compares several runs of each side. What differs from run to run then counts as noise too: all medians of one side must lie beyond all of the other.
    /// </summary>
    /// <param name="metric">Its name.</param>
    /// <param name="unit">What it is counted in.</param>
    /// <param name="moreIsBetter">Whether more of it is better; null where neither is.</param>
    /// <param name="before">The seconds of each run before.</param>
    /// <param name="after">The seconds of each run after.</param>
    public static MetricComparison Of(string metric, MetricUnit unit, bool? moreIsBetter, IReadOnlyList<IReadOnlyList<double>> before, IReadOnlyList<IReadOnlyList<double>> after)
    {
        MetricComparison compared = Of(metric, unit, moreIsBetter, [.. before.SelectMany(run => run)], [.. after.SelectMany(run => run)]);
        double[] first = [.. before.Where(run => run.Count > 0).Select(Median)], second = [.. after.Where(run => run.Count > 0).Select(Median)];
        bool apart = first.Length > 0 && second.Length > 0 && (first.Max() < second.Min() || second.Max() < first.Min());
        return apart || compared.Verdict == ComparisonVerdict.TooFew ? compared : compared with { Verdict = ComparisonVerdict.Noise };
    }

    private static ComparisonVerdict Judge(MetricComparison compared, bool? moreIsBetter, int seconds)
    {
        if (seconds < Fewest)
            return ComparisonVerdict.TooFew;
        // Both must say so: ranks that differ, and medians whose difference stays on its side however the seconds are drawn.
        bool differs = compared.Probability < Level && compared.Before != compared.After && (compared.Range is not { } range || range.Least > 0 || range.Most < 0);
        if (!differs)
            return ComparisonVerdict.Noise;
        return moreIsBetter is not { } more ? ComparisonVerdict.Different : compared.After > compared.Before == more ? ComparisonVerdict.Better : ComparisonVerdict.Worse;
    }

    // Seconds are drawn with replacement, from the same seed each time: the same files compare the same.
    private static (double, double)? Bootstrap(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        ulong state = 1;
        var changes = new List<double>(Resamples);
        double[] a = new double[before.Count], b = new double[after.Count];
        for (int i = 0; i < Resamples; i++)
        {
            Draw(before, a, ref state);
            Draw(after, b, ref state);
            double first = Median(a);
            if (first != 0)
                changes.Add((Median(b) - first) / first);
        }

        changes.Sort();
        return changes.Count < Resamples / 2 ? null : (changes[(int)(changes.Count * 0.005)], changes[(int)(changes.Count * 0.995)]);
    }

    private static void Draw(IReadOnlyList<double> from, double[] into, ref ulong state)
    {
        for (int i = 0; i < into.Length; i++)
            into[i] = from[(int)(SplitMix.Next(ref state) % (ulong)from.Count)];
    }

    private static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return 0;
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
