using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class TableLayoutTests
{
    private static readonly string[][] Rows = [["KIND", "N", "NAME", "OWNER"], ["tcp", "1", "127.0.0.1:28201", "26348/python3"], ["tcp", "20", "*", "-"]];
    private static readonly bool[] AlignRight = [false, true, false, false];

    [Theory]
    [InlineData(null, "KIND   N  NAME             OWNER|tcp    1  127.0.0.1:28201  26348/python3|tcp   20  *                -")]
    [InlineData(40, "KIND   N  NAME             OWNER|tcp    1  127.0.0.1:28201  26348/python3|tcp   20  *                -")]
    [InlineData(39, "KIND  N NAME            OWNER|tcp   1 127.0.0.1:28201 26348/python3|tcp  20 *               -")]
    [InlineData(36, "KIND  N NAME            OWNER|tcp   1 127.0.0.1:28201|      26348/python3|tcp  20 *               -")]
    public void A_row_that_does_not_fit_goes_on_under_an_indent(int? most, string lines)
    {
        string[] laid = [.. TableLayout.Lay(Rows, AlignRight, most).SelectMany(row => row)];
        Assert.All(laid, line => Assert.True(line.Length <= (most ?? int.MaxValue), line));
        Assert.Equal(lines.Split('|'), laid);
    }

    [Fact]
    public void One_long_cell_does_not_push_every_row_over_the_edge()
    {
        string[][] rows = [["NAME", "OWNER"], .. Enumerable.Range(1, 6).Select(i => new[] { $"/run/{i}", $"{i}/python3" }), ["/run/user/1000/something/very/long", "7/python3"]];
        IReadOnlyList<IReadOnlyList<string>> laid = TableLayout.Lay(rows, [false, false], 40);
        Assert.All(laid.SkipLast(1), row => Assert.Single(row));
        Assert.Equal(["/run/user/1000/something/very/long", "      7/python3"], laid[^1]);
    }

    [Fact]
    public void Parts_are_not_broken_between_a_number_and_its_unit() =>
        Assert.Equal(["    rtt 0.02 ms  rto 200 ms", "    cwnd 10"], TableLayout.Flow(["rtt 0.02 ms", "rto 200 ms", "cwnd 10"], "    ", 30));

    [Theory]
    [InlineData(null, "  soket trace x    # draws it")]
    [InlineData(80, "  soket trace x    # draws it")]
    [InlineData(20, "  soket trace x|      # draws it")]
    [InlineData(14, "  soket trace x|      # draws|      # it")]
    public void The_comment_of_an_example_stands_under_it_where_there_is_no_room_beside(int? most, string lines) =>
        Assert.Equal(lines.Split('|'), HelpScreen.Example("  soket trace x    # draws it", most));
}
