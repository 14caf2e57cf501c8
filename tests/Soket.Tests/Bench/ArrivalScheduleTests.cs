using FsCheck;
using FsCheck.Fluent;
using Soket.Bench;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>Messages of an open loop are due when their schedule says, whatever the server does.</summary>
public sealed class ArrivalScheduleTests
{
    private static readonly Gen<ArrivalStage[]> _stages =
        from count in Gen.Choose(1, 4)
        from stages in
            (from start in Gen.Choose(0, 5000)
             from end in Gen.Choose(1, 5000)
             from milliseconds in Gen.Choose(1, 3000)
             select new ArrivalStage(start, end, TimeSpan.FromMilliseconds(milliseconds))).ArrayOf(count)
        select stages;

    [Fact]
    public void At_a_steady_rate_they_are_evenly_spaced()
    {
        ArrivalSchedule schedule = ArrivalSchedule.Steady(1000);
        Assert.Equal([0, 1_000_000, 2_000_000], [schedule.DueAt(0), schedule.DueAt(1), schedule.DueAt(2)]);
        Assert.Equal(3_600_000_000_000, schedule.DueAt(3_600_000)); // an hour later not one nanosecond off
        Assert.Equal(1, schedule.CountAt(0));
        Assert.Equal(1001, schedule.CountAt(1_000_000_000));
    }

    [Fact]
    public void A_ramp_from_nothing_has_a_quarter_of_its_messages_in_its_first_half()
    {
        var schedule = new ArrivalSchedule(new ArrivalStage(0, 1000, TimeSpan.FromSeconds(4)));
        Assert.Equal(2000, schedule.Stages[0].Messages);
        Assert.InRange(schedule.CountAt(2_000_000_000), 500, 501);
        Assert.Equal(500, schedule.RateAt(TimeSpan.FromSeconds(2)));
        Assert.Equal(4_000_000_000, schedule.DueAt(2000));
        Assert.Equal(5_000_000_000, schedule.DueAt(3000)); // its last rate goes on
    }

    [Fact]
    public void Steps_follow_each_other()
    {
        var second = TimeSpan.FromSeconds(1);
        var schedule = new ArrivalSchedule(new ArrivalStage(10, 10, second), new ArrivalStage(100, 100, second));
        Assert.Equal(1_000_000_000, schedule.DueAt(10));
        Assert.Equal(1_010_000_000, schedule.DueAt(11));
    }

    [Fact]
    public void They_are_due_in_order_and_counting_agrees_with_when_they_are_due() =>
        Prop.ForAll(_stages.ToArbitrary(), Gen.Choose(0, 20_000).ToArbitrary(), (stages, number) =>
        {
            var schedule = new ArrivalSchedule(stages);
            long due = schedule.DueAt(number);
            return schedule.DueAt(number + 1) >= due && schedule.CountAt(due) > number && (due == 0 || schedule.CountAt(due - 1) <= number);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void A_schedule_without_an_end_to_go_on_with_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ArrivalSchedule(new ArrivalStage(100, 0, TimeSpan.FromSeconds(1))));
        Assert.Throws<ArgumentException>(() => new ArrivalSchedule(new ArrivalStage(-1, 5, TimeSpan.FromSeconds(1))));
        Assert.Throws<ArgumentException>(() => new ArrivalSchedule(new ArrivalStage(5, 5, TimeSpan.Zero)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrivalSchedule());
    }
}
