using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Soket.Cli.Settings;

/// <summary>Why a text is no quantity.</summary>
/// <param name="Key">The kind of mistake, also the key of its text: <c>unit-empty</c>, <c>unit-number</c>, <c>unit-unknown</c>, <c>unit-negative</c>, <c>unit-range</c>, <c>unit-fraction</c>.</param>
/// <param name="Part">The part that is wrong.</param>
/// <param name="Example">A right one.</param>
internal sealed record UnitError(string Key, string Part, string Example)
{
    public static IReadOnlyList<string> Keys { get; } = ["unit-empty", "unit-number", "unit-unknown", "unit-negative", "unit-range", "unit-fraction"];
}

/// <summary>
/// Quantities as people write them. Times: <c>500ms</c>, <c>5s</c>, <c>2m</c>, <c>1.5h</c>; a bare number is seconds. Counts: <c>10k</c> is 10,000.
/// Sizes: <c>64KiB</c> is 65,536, <c>64KB</c> and <c>64k</c> are 64,000. Shares: <c>2.5%</c>. Pure; no culture: the point is the decimal sign.
/// </summary>
internal static class Units
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Name, decimal Factor)[] Times =
        [("d", 864_000_000_000m), ("h", 36_000_000_000m), ("m", 600_000_000m), ("s", 10_000_000m), ("ms", 10_000m), ("us", 10m), ("µs", 10m), ("min", 600_000_000m), ("sec", 10_000_000m)];

    private static readonly (string Name, decimal Factor)[] Counts = [("G", 1e9m), ("M", 1e6m), ("k", 1e3m), ("K", 1e3m)];

    private static readonly (string Name, decimal Factor)[] Sizes =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10),
        ("GB", 1e9m), ("MB", 1e6m), ("KB", 1e3m), ("kB", 1e3m), ("G", 1e9m), ("M", 1e6m), ("K", 1e3m), ("k", 1e3m), ("B", 1m),
    ];

    public static bool TryParseDuration(string text, out TimeSpan duration, [NotNullWhen(false)] out UnitError? error)
    {
        bool ok = TryParse(text, Times, bare: 10_000_000m, "500ms", whole: false, TimeSpan.MaxValue.Ticks, out decimal ticks, out error);
        duration = TimeSpan.FromTicks((long)ticks);
        return ok;
    }

    public static bool TryParseBytes(string text, out long bytes, [NotNullWhen(false)] out UnitError? error)
    {
        bool ok = TryParse(text, Sizes, bare: 1m, "64KiB", whole: true, long.MaxValue, out decimal value, out error);
        bytes = (long)value;
        return ok;
    }

    public static bool TryParseCount(string text, out long count, [NotNullWhen(false)] out UnitError? error)
    {
        bool ok = TryParse(text, Counts, bare: 1m, "10k", whole: true, long.MaxValue, out decimal value, out error);
        count = (long)value;
        return ok;
    }

    /// <summary>A share, 0 to 1: <c>2.5%</c> is 0.025. The sign must stand: 0.5 alone could mean either.</summary>
    public static bool TryParsePercent(string text, out double share, [NotNullWhen(false)] out UnitError? error)
    {
        share = 0;
        bool ok = TryParse(text, [("%", 0.01m)], bare: null, "5%", whole: false, 1m, out decimal value, out error);
        share = (double)value;
        return ok;
    }

    /// <summary>Reads back as the same: <c>1500ms</c>, <c>2m</c>.</summary>
    public static string Exact(TimeSpan duration)
    {
        foreach ((string name, decimal factor) in Times.AsSpan(0, 6))
        {
            if (duration.Ticks % factor == 0)
                return duration == TimeSpan.Zero ? "0s" : (duration.Ticks / (long)factor).ToString(CultureInfo.InvariantCulture) + name;
        }

        return (duration.Ticks / 10m).ToString(CultureInfo.InvariantCulture) + "us";
    }

    /// <summary>Reads back as the same: <c>64KiB</c>, <c>1000B</c>.</summary>
    public static string ExactBytes(long bytes)
    {
        foreach ((string name, decimal factor) in Sizes.AsSpan(0, 3))
        {
            if (bytes != 0 && bytes % factor == 0)
                return (bytes / (long)factor).ToString(CultureInfo.InvariantCulture) + name;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + "B";
    }

    /// <summary>A duration to read: <c>0.21 ms</c>, <c>12.3 s</c>, <c>2 m 05 s</c>, <c>1 h 02 m</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        double ms = duration.TotalMilliseconds;
        CultureInfo plain = CultureInfo.InvariantCulture;
        return ms switch
        {
            < 9.995 => ms.ToString("0.00", plain) + " ms",
            < 99.95 => ms.ToString("0.0", plain) + " ms",
            < 999.5 => ms.ToString("0", plain) + " ms",
            < 9_995 => duration.TotalSeconds.ToString("0.00", plain) + " s",
            < 59_950 => duration.TotalSeconds.ToString("0.0", plain) + " s",
            < 3_600_000 => string.Create(plain, $"{(int)duration.TotalMinutes} m {duration.Seconds:00} s"),
            _ => string.Create(plain, $"{(long)duration.TotalHours} h {duration.Minutes:00} m"),
        };
    }

    /// <summary>A size to read: <c>512 B</c>, <c>1.2 KiB</c>, <c>3.4 GiB</c>.</summary>
    public static string FormatBytes(double bytes)
    {
        if (bytes < 1023.5)
            return bytes.ToString("0", CultureInfo.InvariantCulture) + " B";
        foreach (string unit in (ReadOnlySpan<string>)["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
        {
            bytes /= 1024;
            if (bytes < 1023.95)
                return bytes.ToString(bytes < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + unit;
        }

        return bytes.ToString("0", CultureInfo.InvariantCulture) + " EiB";
    }

    /// <summary>A number to read, grouped by threes with a narrow no-break space's plain cousin: <c>12 345</c>.</summary>
    public static string FormatCount(long count) => count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    private static bool TryParse(string text, (string Name, decimal Factor)[] units, decimal? bare, string example, bool whole, decimal largest, out decimal value, [NotNullWhen(false)] out UnitError? error)
    {
        value = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
            return Fail("unit-empty", "", example, out error);
        if (rest[0] is '-')
            return Fail("unit-negative", text, example, out error);
        int digits = rest.IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = digits < 0 ? rest : rest[..digits];
        if (number.IsEmpty || number[0] == '.' || number[^1] == '.' || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount))
            return Fail(number.Length > 25 ? "unit-range" : "unit-number", text, example, out error);

        ReadOnlySpan<char> unit = digits < 0 ? default : rest[digits..].TrimStart();
        decimal? factor = unit.IsEmpty ? bare : null;
        foreach ((string name, decimal one) in units)
        {
            // "5S" and "5Ms" are read too where only one unit can be meant.
            if (unit.Equals(name, StringComparison.Ordinal) || (factor is null && !unit.IsEmpty && unit.Equals(name, StringComparison.OrdinalIgnoreCase)))
                factor = one;
        }

        if (factor is not { } scale)
            return Fail("unit-unknown", unit.ToString(), example, out error);
        if (amount > largest / scale)
            return Fail("unit-range", text, example, out error);
        value = amount * scale;
        if (whole && decimal.Truncate(value) != value)
            return Fail("unit-fraction", text, example, out error);
        error = null;
        return true;
    }

    private static bool Fail(string key, string part, string example, out UnitError error)
    {
        error = new(key, part, example);
        return false;
    }
}
