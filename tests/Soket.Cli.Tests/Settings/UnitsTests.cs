using FsCheck;
using FsCheck.Fluent;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Settings;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("5", 5_000)]
    [InlineData("0", 0)]
    [InlineData("2m", 120_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250us", 0.25)]
    [InlineData(" 2 min ", 120_000)]
    [InlineData("5S", 5_000)]
    [InlineData("0.5", 500)]
    public void Durations_are_read(string text, double milliseconds)
    {
        Assert.True(Units.TryParseDuration(text, out TimeSpan duration, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("64KiB", 65_536)]
    [InlineData("64Ki", 65_536)]
    [InlineData("64k", 64_000)]
    [InlineData("64kB", 64_000)]
    [InlineData("1.5MiB", 1_572_864)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("1000", 1_000)]
    [InlineData("7B", 7)]
    [InlineData("64kib", 65_536)]
    public void Sizes_are_read(string text, long bytes)
    {
        Assert.True(Units.TryParseBytes(text, out long size, out _));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("10k", 10_000)]
    [InlineData("1.5M", 1_500_000)]
    [InlineData("2G", 2_000_000_000)]
    [InlineData("12", 12)]
    public void Counts_are_read(string text, long count)
    {
        Assert.True(Units.TryParseCount(text, out long value, out _));
        Assert.Equal(count, value);
    }

    [Theory]
    [InlineData("5%", 0.05)]
    [InlineData("2.5 %", 0.025)]
    [InlineData("100%", 1)]
    [InlineData("0%", 0)]
    public void Shares_are_read(string text, double share)
    {
        Assert.True(Units.TryParsePercent(text, out double value, out _));
        Assert.Equal(share, value);
    }

    [Theory]
    [InlineData("", "unit-empty", "")]
    [InlineData("  ", "unit-empty", "")]
    [InlineData("-5s", "unit-negative", "-5s")]
    [InlineData("s", "unit-number", "s")]
    [InlineData("1,5s", "unit-unknown", ",5s")]
    [InlineData("1.2.3s", "unit-number", "1.2.3s")]
    [InlineData(".5s", "unit-number", ".5s")]
    [InlineData("5parsec", "unit-unknown", "parsec")]
    [InlineData("99999999999999d", "unit-range", "99999999999999d")]
    [InlineData("99999999999999999999999999999999999s", "unit-range", "99999999999999999999999999999999999s")]
    public void Bad_durations_say_what_is_wrong_and_show_a_right_one(string text, string key, string part)
    {
        Assert.False(Units.TryParseDuration(text, out _, out UnitError? error));
        Assert.Equal(new UnitError(key, part, "500ms"), error);
        Assert.True(Units.TryParseDuration(error.Example, out _, out _));
    }

    [Theory]
    [InlineData("1.5B", "unit-fraction")]
    [InlineData("64 potatoes", "unit-unknown")]
    [InlineData("9223372036854775808", "unit-range")]
    public void Bad_sizes(string text, string key)
    {
        Assert.False(Units.TryParseBytes(text, out _, out UnitError? error));
        Assert.Equal(key, error.Key);
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("101%")]
    public void Bad_shares(string text) => Assert.False(Units.TryParsePercent(text, out _, out _));

    [Fact]
    public void Every_mistake_has_its_text() => Assert.All(UnitError.Keys, key =>
        Assert.Contains("64KiB", RenderingTexts.All.Get(Language.Indonesian, key, ("part", "x"), ("example", "64KiB"))));

    [Fact]
    public void What_is_written_exactly_is_read_as_the_same()
    {
        Prop.ForAll<long>(ticks =>
        {
            var duration = TimeSpan.FromTicks(Math.Abs(ticks % TimeSpan.MaxValue.Ticks));
            Assert.True(Units.TryParseDuration(Units.Exact(duration), out TimeSpan read, out _));
            Assert.Equal(duration, read);
        }).QuickCheckThrowOnFailure();
        Prop.ForAll<long>(bytes =>
        {
            bytes = bytes == long.MinValue ? 0 : Math.Abs(bytes);
            Assert.True(Units.TryParseBytes(Units.ExactBytes(bytes), out long read, out _));
            Assert.Equal(bytes, read);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_text_throws()
    {
        Prop.ForAll<string>(text =>
        {
            Assert.Equal(Units.TryParseDuration(text ?? "", out _, out UnitError? time), time is null);
            Assert.Equal(Units.TryParseBytes(text ?? "", out _, out UnitError? size), size is null);
            Assert.Equal(Units.TryParsePercent(text ?? "", out _, out UnitError? share), share is null);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0.21, "0.21 ms")]
    [InlineData(0, "0.00 ms")]
    [InlineData(9.996, "10.0 ms")]
    [InlineData(99.96, "100 ms")]
    [InlineData(999.6, "1.00 s")]
    [InlineData(12_345, "12.3 s")]
    [InlineData(125_000, "2 m 05 s")]
    [InlineData(3_720_000, "1 h 02 m")]
    public void Durations_are_written_to_be_read(double milliseconds, string text) => Assert.Equal(text, Units.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1229, "1.2 KiB")]
    [InlineData(1048575, "1.0 MiB")]
    [InlineData(3650722201, "3.4 GiB")]
    public void Sizes_are_written_to_be_read(double bytes, string text) => Assert.Equal(text, Units.FormatBytes(bytes));

    [Fact]
    public void Counts_are_grouped() => Assert.Equal("1 234 567", Units.FormatCount(1_234_567));
}
