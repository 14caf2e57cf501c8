using Soket.Capture.Internal;
using Xunit;

namespace Soket.Tests.Capture;

public sealed class SequenceHolesTests
{
    [Fact]
    public void A_hole_filled_at_every_second_number_makes_no_more_holes_than_are_remembered()
    {
        const int Times = 10_000;
        var holes = new SequenceHoles();
        holes.Open(0, (2 * Times) + 1, default);
        for (int i = 0; i < Times; i++)
            Assert.Equal(1L, holes.Fill((2 * i) + 1, (2 * i) + 2, out _));
        // The last of those that were jumped over are still awaited, the first of them no longer.
        Assert.Equal(2L * (Times - 63), holes.First);
        Assert.Equal(64L, Enumerable.Range(0, Times + 1).Sum(i => holes.Fill(2 * i, (2 * i) + 1, out _)));
        Assert.Null(holes.First);
    }

    [Fact]
    public void Holes_that_are_opened_push_out_the_oldest()
    {
        var holes = new SequenceHoles();
        for (int i = 0; i < 1_000; i++)
            holes.Open(2 * i, (2 * i) + 1, default);
        Assert.Equal(2L * (1_000 - 64), holes.First);
    }
}
