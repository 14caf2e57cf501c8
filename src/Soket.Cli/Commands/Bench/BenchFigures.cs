using System.Globalization;
using Soket.Bench;
using Soket.Cli.Settings;

namespace Soket.Cli.Commands.Bench;

/// <summary>Figures as people read them: three digits that mean something, and a unit. Pure.</summary>
internal static class BenchFigures
{
    /// <summary>A latency: <c>870 ns</c>, <c>12.3 µs</c>, <c>4.12 ms</c>, <c>1.23 s</c>.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <param name="unicode">Whether µ can be shown; else it is <c>us</c>.</param>
    public static string Time(double nanoseconds, bool unicode) => nanoseconds switch
    {
        < 999.5 => Digits(nanoseconds) + " ns",
        < 999_500 => Digits(nanoseconds / 1e3) + (unicode ? " µs" : " us"),
        < 999_500_000 => Digits(nanoseconds / 1e6) + " ms",
        _ => Digits(nanoseconds / 1e9) + " s",
    };

    /// <summary>A rate or a number: <c>0.25</c>, <c>8.13</c>, <c>1 234 567</c>.</summary>
    public static string Number(double number) => number < 99.95 && number != Math.Floor(number) ? Digits(number) : Units.FormatCount((long)Math.Round(number));

    /// <summary>Bytes a second: <c>1.2 GiB/s</c>.</summary>
    public static string Throughput(double bytes) => Units.FormatBytes(bytes) + "/s";

    /// <summary>A share: <c>0.03 %</c>.</summary>
    public static string Share(double share) => Percent(share * 100) + " %";

    /// <summary>A change: <c>+9.4 %</c>, <c>-12 %</c>.</summary>
    public static string Change(double change, bool unicode) => (change < 0 ? (unicode ? "−" : "-") : "+") + Part(change) + " %";

    /// <summary>The figure of a metric in its unit.</summary>
    public static string Of(MetricUnit unit, double value, bool unicode) => unit switch
    {
        MetricUnit.Time => Time(value, unicode),
        MetricUnit.Rate => Number(value) + "/s",
        MetricUnit.Throughput => Throughput(value),
        MetricUnit.Share => Share(value),
        _ => Number(value),
    };

    // Less by nearly everything is not less by everything.
    private static string Part(double change) => change is > -1 and <= -0.995 ? Math.Min(99.9, Math.Floor(-change * 1000) / 10).ToString("0.0", CultureInfo.InvariantCulture) : Percent(Math.Abs(change) * 100);

    private static string Percent(double percent) => percent switch
    {
        0 => "0",
        < 0.001 => "< 0.001",
        < 0.1 => percent.ToString("0.###", CultureInfo.InvariantCulture),
        < 9.95 => percent.ToString("0.0#", CultureInfo.InvariantCulture),
        < 99.5 => percent.ToString("0.0", CultureInfo.InvariantCulture),
        _ => percent.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string Digits(double value) => value switch
    {
        0 => "0",
        < 9.995 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 99.95 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };
}
