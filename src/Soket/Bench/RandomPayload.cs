using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace Soket.Bench;

/// <summary>Random bytes, random lengths; the same for the same seed, connection and number.</summary>
internal sealed class RandomPayload : BenchPayload
{
    private readonly int _least;
    private readonly int _most;
    private readonly ulong _seed;

    public RandomPayload(int least, int most, long seed)
        : base(least == most ? string.Create(CultureInfo.InvariantCulture, $"random {least} B") : string.Create(CultureInfo.InvariantCulture, $"random {least}-{most} B"), most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(least);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, least);
        (_least, _most, _seed) = (least, most, (ulong)seed);
    }

    /// <inheritdoc/>
    public override void Write(int connection, long number, IBufferWriter<byte> output)
    {
        ulong state = SplitMix.At(_seed, connection, number);
        int length = _least + (int)(SplitMix.Next(ref state) % (ulong)(_most - _least + 1));
        Span<byte> span = output.GetSpan(length + sizeof(ulong));
        for (int at = 0; at < length; at += sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(span[at..], SplitMix.Next(ref state));
        output.Advance(length);
    }
}
