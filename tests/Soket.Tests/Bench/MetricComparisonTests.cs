using Soket.Bench;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>Two runs differ when their seconds say so, and not when one second was lucky.</summary>
public sealed class MetricComparisonTests
{
    // Counted out by hand or taken from the tables of Mann and Whitney.
    [Theory]
    [InlineData("1 2 3", "4 5 6", 0.1)] // the most extreme of twenty orders, twice
    [InlineData("1 2 3 4 5", "6 7 8 9 10", 2.0 / 252)]
    [InlineData("1 3 5", "2 4 6", 0.7)]
    [InlineData("1 2 3 4", "1 2 3 4", 1)]
    [InlineData("", "1 2", 1)]
    [InlineData("7 7 7", "7 7 7", 1)]
    public void The_probability_of_ranks_is_the_exact_one(string a, string b, double expected)
    {
        Assert.Equal(expected, RankTest.Probability(Numbers(a), Numbers(b)), 3);
        Assert.Equal(expected, RankTest.Probability(Numbers(b), Numbers(a)), 3);
    }

    [Fact]
    public void Many_seconds_and_ties_follow_the_normal_distribution()
    {
        double[] a = [.. Enumerable.Range(0, 40).Select(i => (double)(i % 10))];
        double[] b = [.. Enumerable.Range(0, 40).Select(i => (double)(i % 10) + 3)];
        Assert.InRange(RankTest.Probability(a, b), 1e-9, 1e-4);
        Assert.InRange(RankTest.Probability(a, a), 0.95, 1);
    }

    [Fact]
    public void Twenty_percent_more_in_every_second_is_more_than_noise()
    {
        double[] before = Noisy(100_000, 0.03, 10, seed: 1), after = Noisy(120_000, 0.03, 10, seed: 2);
        var compared = MetricComparison.Of("rate", MetricUnit.Rate, moreIsBetter: true, before, after);
        Assert.Equal(ComparisonVerdict.Better, compared.Verdict);
        Assert.InRange(compared.Change!.Value, 0.15, 0.25);
        Assert.InRange(compared.Range!.Value.Least, 0.1, compared.Change.Value);
        Assert.InRange(compared.Range.Value.Most, compared.Change.Value, 0.3);
        Assert.Equal(ComparisonVerdict.Worse, MetricComparison.Of("p99", MetricUnit.Time, moreIsBetter: false, before, after).Verdict);
        Assert.Equal(ComparisonVerdict.Different, MetricComparison.Of("sent", MetricUnit.Rate, moreIsBetter: null, before, after).Verdict);
    }

    [Fact]
    public void The_same_source_twice_is_noise_nearly_always()
    {
        int told = Enumerable.Range(0, 200).Count(i =>
            MetricComparison.Of("rate", MetricUnit.Rate, true, Noisy(100, 0.1, 10, 2 * i), Noisy(100, 0.1, 10, (2 * i) + 1)).Verdict != ComparisonVerdict.Noise);
        Assert.InRange(told, 0, 8); // two of two hundred are to be expected at one per cent
    }

    [Fact]
    public void One_lucky_second_is_noise()
    {
        double[] before = [100, 101, 99, 100, 102, 100], after = [100, 101, 99, 100, 900, 100];
        Assert.Equal(ComparisonVerdict.Noise, MetricComparison.Of("rate", MetricUnit.Rate, true, before, after).Verdict);
    }

    [Fact]
    public void Of_a_few_seconds_nothing_is_concluded() =>
        Assert.Equal(ComparisonVerdict.TooFew, MetricComparison.Of("rate", MetricUnit.Rate, true, [1, 2, 3, 4], [9, 10, 11, 12, 13]).Verdict);

    [Fact]
    public void The_same_files_compare_the_same()
    {
        double[] a = Noisy(100, 0.1, 12, 1), b = Noisy(104, 0.1, 12, 2);
        Assert.Equal(MetricComparison.Of("rate", MetricUnit.Rate, true, a, b), MetricComparison.Of("rate", MetricUnit.Rate, true, a, b));
    }

    private static double[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => double.Parse(one, System.Globalization.CultureInfo.InvariantCulture))];

    private static double[] Noisy(double middle, double spread, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => middle * (1 + (spread * ((2 * random.NextDouble()) - 1))))];
    }
}
