using Soket.Cli.Rendering;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class TextWidthTests
{
    [Theory]
    [InlineData("one two three", 8, "one two|  three")]
    [InlineData("soket: connect tcp://x:1: Connection refused (ECONNREFUSED 111)", 60, "soket: connect tcp://x:1: Connection refused|  (ECONNREFUSED 111)")]
    [InlineData("start it: `soket serve echo :1` and so on", 16, "start it:|  `soket serve echo :1`|  and so on")]
    [InlineData("\u001b[1mone two\u001b[0m", 8, "\u001b[1mone two\u001b[0m")]
    [InlineData("\u001b[1mone two three\u001b[0m", 8, "\u001b[1mone two|  three\u001b[0m")]
    [InlineData("unbreakable", 6, "unbrea|  kabl|  e")]
    [InlineData("exact", 5, "exact")]
    public void Lines_break_at_words(string text, int width, string lines) =>
        Assert.Equal(lines.Split('|'), TextWidth.Wrap(text, width, indent: "  "));

    [Fact]
    public void Colours_take_no_room_and_are_not_cut_apart() =>
        Assert.Equal("\u001b[32mone t…", TextWidth.Cut("\u001b[32mone two three\u001b[0m", 6, "…"));
}
