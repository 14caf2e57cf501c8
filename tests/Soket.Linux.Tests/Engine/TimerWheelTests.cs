using FsCheck;
using FsCheck.Fluent;
using Soket.Linux.Engine;
using Xunit;

namespace Soket.Linux.Tests.Engine;

public sealed class TimerWheelTests
{
    private const long Millisecond = 1_000_000;

    // What a test does to the wheel: set a timer in so many milliseconds, take it back, give its slot back, or let time pass.
    private readonly record struct Step(int Kind, int Who, long Milliseconds);

    [Fact]
    public void Every_timer_goes_off_once_never_early_and_at_most_two_ticks_late()
    {
        Gen<Step> step = from kind in Gen.Frequency((6, Gen.Constant(0)), (1, Gen.Constant(1)), (1, Gen.Constant(2)), (6, Gen.Constant(3)))
                         from who in Gen.Choose(0, 40)
                         from range in Gen.Elements(3, 30, 1100, 5_000, 300_000, 2_000_000)
                         from milliseconds in Gen.Choose(0, range)
                         select new Step(kind, who, milliseconds);
        Prop.ForAll(step.ArrayOf(200).ToArbitrary(), Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void It_sleeps_until_the_next_one_and_for_ever_without_any()
    {
        var slots = new SlotTable();
        var wheel = new TimerWheel(slots, 0);
        Assert.Equal(-1, wheel.Sleep(0));
        var one = new Timed(() => 0);
        slots.Take(one);
        wheel.Set(one.Slot, 0, 100 * Millisecond);
        Assert.InRange(wheel.Sleep(0), 100, 108);
        wheel.Clear(one.Slot);
        for (long now = 0; wheel.Count > 0; now += 4 * Millisecond)
            wheel.Advance(now);
        Assert.Equal(-1, wheel.Sleep(0));
        Assert.Empty(one.Times);
    }

    [Fact]
    public void A_timer_that_is_moved_with_every_message_costs_no_work_until_its_first_time()
    {
        var slots = new SlotTable();
        var wheel = new TimerWheel(slots, 0);
        long now = 0;
        var one = new Timed(() => now);
        slots.Take(one);
        short bucket = -1;
        for (; now < 900 * Millisecond; now += Millisecond)
        {
            wheel.Set(one.Slot, now, now + (60_000 * Millisecond));
            Assert.True(bucket == -1 || slots[one.Slot].Bucket == bucket);
            bucket = slots[one.Slot].Bucket;
        }

        for (; one.Times.Count == 0; now += Millisecond)
            wheel.Advance(now);
        Assert.InRange(one.Times[0], 60_899 * Millisecond, 60_910 * Millisecond);
    }

    private static bool Holds(Step[] steps)
    {
        var slots = new SlotTable();
        long now = 123_456_789;
        var wheel = new TimerWheel(slots, now);
        var timers = new Timed?[41];
        var due = new long[41]; // 0: none
        foreach (Step step in steps)
        {
            Timed? timer = timers[step.Who];
            switch (step.Kind)
            {
                case 0:
                    if (timer is null)
                    {
                        timers[step.Who] = timer = new Timed(() => now);
                        slots.Take(timer);
                    }

                    wheel.Set(timer.Slot, now, now + (step.Milliseconds * Millisecond));
                    due[step.Who] = now + (step.Milliseconds * Millisecond);
                    break;
                case 1 when timer is not null:
                    wheel.Clear(timer.Slot);
                    due[step.Who] = 0;
                    break;
                case 2 when timer is not null:
                    wheel.Remove(timer.Slot);
                    slots.Free(timer);
                    timers[step.Who] = null;
                    due[step.Who] = 0;
                    break;
                case 3:
                    Pass(now + (step.Milliseconds * Millisecond));
                    break;
            }
        }

        Pass(now + (3_000_000 * Millisecond));
        Assert.All(due, one => Assert.Equal(0, one));
        Assert.All(timers, timer => Assert.Empty(timer?.Times ?? []));
        return true;

        // As a loop does: it sleeps as long as the wheel says, or is woken before.
        void Pass(long until)
        {
            while (now < until)
            {
                int sleep = wheel.Sleep(now);
                long next = sleep < 0 ? until : Math.Min(until, now + (sleep * Millisecond));
                for (int i = 0; i < due.Length; i++)
                    Assert.True(due[i] == 0 || next < until || sleep >= 0, "it sleeps although a timer runs");
                now = Math.Max(next, now + 1);
                wheel.Advance(now);
                for (int i = 0; i < due.Length; i++)
                {
                    if (timers[i]?.Times is { Count: > 0 } times)
                    {
                        Assert.Single(times);
                        Assert.NotEqual(0, due[i]);
                        Assert.InRange(times[0], due[i], due[i] + (2 * TimerWheel.Tick) + Millisecond);
                        times.Clear();
                        due[i] = 0;
                    }

                    Assert.True(due[i] == 0 || due[i] + (2 * TimerWheel.Tick) + Millisecond > now, "it is late");
                }
            }
        }
    }

    private sealed class Timed(Func<long> now) : LoopSource
    {
        public List<long> Times { get; } = [];

        internal override void OnReady(uint events) => throw new NotSupportedException();

        internal override void OnTimer() => Times.Add(now());

        internal override void OnLoopEnded() => throw new NotSupportedException();
    }
}
