namespace Soket.Protocols.CaptureFiles;

/// <summary>How an interface counts time (pcapng's if_tsresol and if_tsoffset).</summary>
internal readonly record struct PcapngClock
{
    private const int Nano = 9;
    private readonly bool _binary;
    private readonly byte _exponent;
    private readonly long _offset; // seconds

    /// <summary>A clock.</summary>
    /// <param name="resolution">if_tsresol: a power of ten to divide by, or of two where the highest bit is set.</param>
    /// <param name="offset">if_tsoffset: seconds to add.</param>
    public PcapngClock(byte resolution, long offset)
    {
        _binary = (resolution & 0x80) != 0;
        _exponent = (byte)(resolution & 0x7F);
        _offset = offset;
    }

    /// <summary>Microseconds, where the interface says nothing.</summary>
    public static PcapngClock Microseconds { get; } = new(6, 0);

    /// <summary>Nanoseconds since 1970; what does not fit (from 1970 to 2262) is the nearest that does.</summary>
    public long Nanoseconds(ulong ticks)
    {
        if (!_binary && _offset == 0 && _exponent is 6 or Nano)
        {
            ulong unit = _exponent == 6 ? 1_000UL : 1;
            return ticks <= long.MaxValue / unit ? (long)(ticks * unit) : long.MaxValue;
        }

        // 64 bits times 10^9 are 94.
        UInt128 time = _binary ? ((UInt128)ticks * 1_000_000_000) >> _exponent
            : _exponent <= Nano ? (UInt128)ticks * Ten(Nano - _exponent)
            : _exponent - Nano < 20 ? ticks / Ten(_exponent - Nano) : 0; // 10^20 is more than 64 bits can count
        Int128 moved = (Int128)time + ((Int128)_offset * 1_000_000_000);
        return (long)Int128.Clamp(moved, 0, long.MaxValue);
    }

    private static ulong Ten(int power)
    {
        ulong ten = 1;
        for (; power > 0; power--)
            ten *= 10;
        return ten;
    }
}
