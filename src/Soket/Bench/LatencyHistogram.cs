using System.Numerics;
using System.Runtime.CompilerServices;

namespace Soket.Bench;

/// <summary>
/// How often which time was measured, to three significant digits: log-linear, 1,024 buckets for every doubling, so that a value read from it is
/// less than 0.1 % from one that was recorded. Values are nanoseconds, 0 to some 73 minutes; longer ones count as the longest. 264 KiB, however many.
/// </summary>
/// <remarks>
/// One thread records. Another one may read meanwhile, and sees every count either before or after a record: a total taken from such a copy is the sum
/// of its buckets, never a number that belongs to another moment.
/// </remarks>
public sealed class LatencyHistogram
{
    /// <summary>The longest value that is told from longer ones, ns: 2^42 - 1.</summary>
    public const long Longest = (1L << MostBits) - 1;

    internal const int Buckets = (2 * Half) + ((MostBits - HalfBits - 1) * Half);

    private const int HalfBits = 10;
    private const int Half = 1 << HalfBits;
    private const int MostBits = 42;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>How many values were recorded.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (ref readonly long one in _counts.AsSpan())
                count += Volatile.Read(in one);
            return count;
        }
    }

    /// <summary>Records a value.</summary>
    /// <param name="nanoseconds">The time; less than zero counts as zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(long nanoseconds) => _counts[IndexOf(nanoseconds)]++;

    /// <summary>Records the same value several times.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <param name="times">How often, 0 or more.</param>
    public void Record(long nanoseconds, long times) => _counts[IndexOf(nanoseconds)] += times;

    /// <summary>
    /// The value that a share of the recorded ones does not exceed: the one with the number <c>ceil(share x count)</c> in their order, read as the middle
    /// of its bucket. 0 when nothing was recorded.
    /// </summary>
    /// <param name="share">0 (the least) to 1 (the most).</param>
    public long Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        long count = Count;
        // 0.999 x 1000 is a little more than 999 in binary, and the number wanted is 999.
        long rank = Math.Clamp((long)Math.Ceiling((share * count) - (count * 1e-12)), 1, Math.Max(count, 1));
        long seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            seen += Volatile.Read(in _counts[i]);
            if (seen >= rank)
                return Middle(i);
        }

        return 0;
    }

    /// <summary>The longest recorded value; 0 when nothing was recorded.</summary>
    public long Max
    {
        get
        {
            for (int i = Buckets - 1; i >= 0; i--)
            {
                if (Volatile.Read(in _counts[i]) > 0)
                    return Middle(i);
            }

            return 0;
        }
    }

    /// <summary>The shortest recorded value; 0 when nothing was recorded.</summary>
    public long Min
    {
        get
        {
            for (int i = 0; i < Buckets; i++)
            {
                if (Volatile.Read(in _counts[i]) > 0)
                    return Middle(i);
            }

            return 0;
        }
    }

    /// <summary>The mean of the recorded values; 0 when nothing was recorded.</summary>
    public double Mean
    {
        get
        {
            double sum = 0;
            long count = 0;
            for (int i = 0; i < Buckets; i++)
            {
                long one = Volatile.Read(in _counts[i]);
                sum += (double)one * Middle(i);
                count += one;
            }

            return count == 0 ? 0 : sum / count;
        }
    }

    /// <summary>Adds what another one holds.</summary>
    /// <param name="other">The other one; it may be recorded into meanwhile.</param>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < Buckets; i++)
            _counts[i] += Volatile.Read(in other._counts[i]);
    }

    /// <summary>Takes away what an earlier copy held: what is left was recorded since.</summary>
    /// <param name="earlier">The earlier copy.</param>
    public void Subtract(LatencyHistogram earlier)
    {
        for (int i = 0; i < Buckets; i++)
            _counts[i] -= Volatile.Read(in earlier._counts[i]);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>A copy that nobody records into.</summary>
    public LatencyHistogram Copy()
    {
        var copy = new LatencyHistogram();
        copy.Add(this);
        return copy;
    }

    /// <summary>What was recorded, as pairs of a value and how often, shortest first: enough to make the same histogram again with <see cref="Record(long, long)"/>.</summary>
    public IEnumerable<(long Nanoseconds, long Times)> Values
    {
        get
        {
            for (int i = 0; i < Buckets; i++)
            {
                long times = Volatile.Read(in _counts[i]);
                if (times > 0)
                    yield return (Middle(i), times);
            }
        }
    }

    // Up to 2,047 every value has its bucket; above, the highest eleven bits say which.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int IndexOf(long value)
    {
        ulong v = (ulong)Math.Clamp(value, 0, Longest);
        int shift = Math.Max(0, BitOperations.Log2(v | 1) - HalfBits);
        return (shift << HalfBits) + (int)(v >> shift);
    }

    internal static long Middle(int index)
    {
        int shift = Math.Max(0, (index >> HalfBits) - 1);
        long least = (long)(index - (shift << HalfBits)) << shift;
        return least + ((1L << shift) >> 1);
    }
}
