using System.Globalization;

namespace Soket.Bench;

/// <summary>Messages cut from a cyclic pattern whose length, a prime, is a multiple of no usual size.</summary>
internal sealed class PatternPayload : BenchPayload
{
    private const int Period = 65_521;
    private static readonly byte[] Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8.ToArray();

    private readonly byte[] _pattern;
    private readonly int _size;

    public PatternPayload(int size)
        : base(size > 0 && size % 1024 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{size / 1024} KiB") : string.Create(CultureInfo.InvariantCulture, $"{size} B"), size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Longest - Period);
        _size = size;
        _pattern = new byte[Period + size];
        ulong x = 88_172_645_463_325_252; // xorshift64: any pattern without a short period does
        for (int i = 0; i < Period; i++)
        {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            _pattern[i] = Letters[(int)(x >> 58)];
        }

        for (int i = Period; i < _pattern.Length; i++)
            _pattern[i] = _pattern[i - Period];
    }

    /// <inheritdoc/>
    public override bool TryGet(int connection, long number, out ReadOnlyMemory<byte> message)
    {
        message = _pattern.AsMemory((int)(number % Period * _size % Period), _size); // the first remainder keeps the product small
        return true;
    }
}
