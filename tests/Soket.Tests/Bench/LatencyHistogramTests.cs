using FsCheck;
using FsCheck.Fluent;
using Soket.Bench;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>A histogram gives back what was recorded, to three digits, however much it was.</summary>
public sealed class LatencyHistogramTests
{
    // From nanoseconds to an hour, each magnitude as likely as the next.
    private static readonly Gen<long> _times =
        from bits in Gen.Choose(0, 41)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        select (((long)high << 31) | (uint)low) & ((1L << (bits + 1)) - 1);

    private static readonly double[] _shares = [0, 0.001, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1];

    [Fact]
    public void Every_percentile_is_the_exact_one_to_three_digits() =>
        Prop.ForAll(Gen.NonEmptyListOf(_times).ToArbitrary(), times =>
        {
            var histogram = new LatencyHistogram();
            foreach (long time in times)
                histogram.Record(time);
            long[] sorted = [.. times.Order()];
            return histogram.Count == sorted.Length
                && _shares.All(share => Near(histogram.Percentile(share), sorted[Rank(share, sorted.Length) - 1]))
                && Near(histogram.Min, sorted[0]) && Near(histogram.Max, sorted[^1])
                && Math.Abs(histogram.Mean - sorted.Average()) <= (sorted.Average() * 0.001) + 0.5;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Merged_it_is_what_one_would_have_held_and_taking_away_gives_the_rest() =>
        Prop.ForAll(_times.ListOf().ToArbitrary(), _times.ListOf().ToArbitrary(), (first, second) =>
        {
            LatencyHistogram one = Of(first), other = Of(second), both = Of([.. first, .. second]);
            one.Add(other);
            bool merged = one.Values.SequenceEqual(both.Values);
            one.Subtract(Of(first));
            return merged && one.Values.SequenceEqual(other.Values);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_read_from_it_makes_the_same_again() =>
        Prop.ForAll(_times.ListOf().ToArbitrary(), times =>
        {
            LatencyHistogram histogram = Of(times);
            var again = new LatencyHistogram();
            foreach ((long nanoseconds, long count) in histogram.Values)
                again.Record(nanoseconds, count);
            return again.Values.SequenceEqual(histogram.Values);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(2047, 2047)] // up to here every nanosecond is told from the next
    [InlineData(long.MaxValue, LatencyHistogram.Longest)]
    public void What_is_out_of_range_counts_as_its_end(long recorded, long read)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(recorded);
        Assert.InRange(histogram.Percentile(0.5), read * 0.999, read);
    }

    [Fact]
    public void Buckets_follow_each_other_without_a_gap()
    {
        for (int index = 0; index < LatencyHistogram.Buckets; index++)
            Assert.Equal(index, LatencyHistogram.IndexOf(LatencyHistogram.Middle(index)));
        for (long value = 2040; value < 5000; value++)
            Assert.InRange(LatencyHistogram.IndexOf(value + 1) - LatencyHistogram.IndexOf(value), 0, 1);
        Assert.Equal(LatencyHistogram.Buckets - 1, LatencyHistogram.IndexOf(LatencyHistogram.Longest));
    }

    [Fact]
    public void One_that_holds_nothing_says_nothing()
    {
        var empty = new LatencyHistogram();
        Assert.Equal((0, 0L, 0L, 0L, 0d), (empty.Count, empty.Percentile(0.99), empty.Min, empty.Max, empty.Mean));
        Assert.Empty(empty.Values);
        Assert.Throws<ArgumentOutOfRangeException>(() => empty.Percentile(1.5));
    }

    [Fact]
    public void The_ninety_ninth_of_a_hundred_is_the_ninety_ninth()
    {
        LatencyHistogram histogram = Of([.. Enumerable.Range(1, 100).Select(i => (long)i)]);
        Assert.Equal((50, 99, 100), (histogram.Percentile(0.5), histogram.Percentile(0.99), histogram.Percentile(0.999)));
        LatencyHistogram thousand = Of([.. Enumerable.Range(1, 1000).Select(i => (long)i)]);
        Assert.Equal(999, thousand.Percentile(0.999)); // 0.999 x 1000 is more than 999 in binary
    }

    private static LatencyHistogram Of(IEnumerable<long> times)
    {
        var histogram = new LatencyHistogram();
        foreach (long time in times)
            histogram.Record(time);
        return histogram;
    }

    private static int Rank(double share, int count) => Math.Clamp((int)Math.Ceiling((decimal)share * count), 1, count);

    private static bool Near(long read, long exact) => Math.Abs(read - exact) <= exact * 0.001;
}
