using Soket.Bench;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Tests.Clients;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>The clock beside a generator, moved by hand: warm-up, seconds, stages and the end are where the plan has them.</summary>
public sealed class BenchRunTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly HandGenerator _generator = new();

    private static BenchPlan Plan { get; } = new() { Endpoint = SocketUri.Parse("tcp://127.0.0.1:9"), Duration = 3 * Second, WarmUp = Second };

    [Fact]
    public async Task What_the_warm_up_did_is_not_measured_and_each_second_stands_by_itself()
    {
        var told = new List<long>();
        var run = new BenchRun(_generator, Plan, _time) { OnSecond = second => told.Add(second.Completed) };
        Task<BenchResult> running = run.RunAsync(TestContext.Current.CancellationToken);
        BenchTally tally = await _generator.StartedAsync();
        Complete(tally, 1000, 5_000_000);
        tally.AddFailed(Failure("ECONNRESET"));
        await PassAsync(Second);

        foreach (int count in (int[])[10, 20, 30])
        {
            await _time.WaitForTimerAsync(Second);
            Complete(tally, count, count * 1000);
            tally.AddFailed(Failure("ECONNRESET"));
            _time.Advance(Second);
        }

        BenchResult result = await running.Guarded();
        Assert.Equal((60, 1000), (result.Measured.Completed, result.Before.Completed));
        Assert.Equal([10, 20, 30], result.Seconds.Select(second => second.Completed));
        Assert.Equal([10, 20, 30], told);
        Assert.Equal([TimeSpan.Zero, Second, 2 * Second], result.Seconds.Select(second => second.At));
        Assert.Equal(3 * Second, result.Measured.Elapsed);
        Assert.Equal(20, result.Measured.Rate);
        Assert.InRange(result.Measured.Latency.Max, 29_970, 30_030); // and not the five milliseconds of the warm-up
        Assert.Equal((3, "ECONNRESET"), (Assert.Single(result.Measured.Failures).Count, result.Measured.Failures[0].First.Error.Name));
        Assert.False(result.Interrupted);
        Assert.Equal(BenchPhase.Done, run.Progress.Phase);
    }

    [Fact]
    public async Task A_count_ends_it_when_the_generator_has_done_and_the_clock_stops_there()
    {
        var run = new BenchRun(_generator, Plan with { Duration = null, Count = 7, WarmUp = TimeSpan.Zero }, _time);
        Task<BenchResult> running = run.RunAsync(TestContext.Current.CancellationToken);
        BenchTally tally = await _generator.StartedAsync();
        await _time.WaitForTimerAsync(Second);
        Complete(tally, 7, 1000);
        _time.Advance(TimeSpan.FromMilliseconds(350));
        run.Progress.Finish();
        _time.Advance(TimeSpan.FromMilliseconds(100)); // connections are being closed
        _generator.End();
        BenchResult result = await running.Guarded();
        Assert.Equal((7, TimeSpan.FromMilliseconds(350), 20d), (result.Measured.Completed, result.Measured.Elapsed, result.Measured.Rate));
        Assert.Equal(7, Assert.Single(result.Seconds).Completed);
    }

    [Fact]
    public async Task Interrupted_it_gives_what_it_has()
    {
        using var stop = new CancellationTokenSource();
        var run = new BenchRun(_generator, Plan with { WarmUp = TimeSpan.Zero }, _time);
        Task<BenchResult> running = run.RunAsync(stop.Token);
        BenchTally tally = await _generator.StartedAsync();
        await _time.WaitForTimerAsync(Second);
        Complete(tally, 5, 1000);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await stop.CancelAsync();
        BenchResult result = await running.Guarded();
        Assert.True(result.Interrupted);
        Assert.Equal((5, TimeSpan.FromMilliseconds(500)), (result.Measured.Completed, result.Measured.Elapsed));
    }

    [Fact]
    public async Task Stages_of_a_schedule_are_read_where_they_end()
    {
        TimeSpan half = Second / 2;
        var arrivals = new ArrivalSchedule(new ArrivalStage(10, 10, Second), new ArrivalStage(100, 100, half), new ArrivalStage(200, 200, half), new ArrivalStage(400, 400, half));
        var run = new BenchRun(_generator, Plan with { Arrivals = arrivals, Duration = 3 * half }, _time);
        Task<BenchResult> running = run.RunAsync(TestContext.Current.CancellationToken);
        BenchTally tally = await _generator.StartedAsync();
        await PassAsync(Second);
        foreach (int count in (int[])[50, 90, 120])
        {
            await _time.WaitForTimerAsync(half);
            Complete(tally, count, 1000);
            _time.Advance(half);
        }

        BenchResult result = await running.Guarded();
        Assert.Equal([(100, 50), (200, 90), (400, 120)], result.Stages.Select(stage => (stage.Stage.To, stage.Reading.Completed)));
        Assert.All(result.Stages, stage => Assert.Equal(half, stage.Reading.Elapsed));
        Assert.Equal([140, 120], result.Seconds.Select(second => second.Completed));
    }

    [Fact]
    public async Task Where_nothing_can_be_connected_the_failure_is_thrown()
    {
        var run = new BenchRun(new Refused(), Plan, _time);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => run.RunAsync(TestContext.Current.CancellationToken).Guarded());
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
    }

    [Fact]
    public async Task A_generator_that_fails_midway_does_not_leave_the_run_waiting()
    {
        var run = new BenchRun(_generator, Plan with { WarmUp = TimeSpan.Zero }, _time);
        Task<BenchResult> running = run.RunAsync(TestContext.Current.CancellationToken);
        await _generator.StartedAsync();
        _generator.Fail(new InvalidOperationException("satu"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => running.Guarded());
    }

    [Theory]
    [InlineData(0.95, -1, 0, 0, GeneratorVerdict.Busy)]
    [InlineData(0.5, -1, 0, 0, GeneratorVerdict.Spare)]
    [InlineData(0.55, 0.4, 0, 0, GeneratorVerdict.Crowded)]
    [InlineData(0.55, 0.2, 0, 0, GeneratorVerdict.Spare)]
    [InlineData(0.5, 0, 5_000_000, 900, GeneratorVerdict.Held)]
    [InlineData(0.5, 0, 5_000_000, 0, GeneratorVerdict.Late)]
    [InlineData(0.5, 0.3, 5_000_000, 0, GeneratorVerdict.Crowded)]
    [InlineData(0.5, 0, 200_000, 900, GeneratorVerdict.Spare)]
    [InlineData(0.95, 0, 5_000_000, 900, GeneratorVerdict.Busy)]
    public void Who_was_the_bottleneck_is_told_by_what_its_threads_did(double cpu, double waiting, long late, long held, GeneratorVerdict verdict)
    {
        var tally = new BenchTally("loop 0") { Cpu = (long)(cpu * 1e9) };
        Complete(tally, 1000, 1000);
        tally.AddSent(1000, 1000);
        tally.AddHeld(held);
        tally.Lateness.Record(late, 1000);
        var reading = BenchReading.Take([tally], Second);
        BenchPlan plan = late > 0 ? Plan with { Arrivals = ArrivalSchedule.Steady(1000) } : Plan;
        var load = GeneratorLoad.Judge(plan, reading, cpu * Second, waiting < 0 ? null : waiting * Second, 2);
        Assert.Equal(verdict, load.Verdict);
        Assert.Equal(1000 / cpu, load.Ceiling, 1);
    }

    [Fact]
    public void A_generator_whose_threads_cannot_be_told_apart_is_judged_by_the_whole_process()
    {
        var tally = new BenchTally("pipes") { Cpu = -1 };
        Complete(tally, 10, 1000);
        var reading = BenchReading.Take([tally], Second);
        Assert.Equal(GeneratorVerdict.Busy, GeneratorLoad.Judge(Plan, reading, 1.9 * Second, null, 2).Verdict);
        Assert.Equal(GeneratorVerdict.Spare, GeneratorLoad.Judge(Plan, reading, 1.0 * Second, null, 2).Verdict);
    }

    private static SocketFailure Failure(string name) => new(SocketCall.Receive, new SystemError(name, Errno.Number(name), name));

    private static void Complete(BenchTally tally, int count, long nanoseconds)
    {
        for (int i = 0; i < count; i++)
            tally.AddCompleted(nanoseconds);
    }

    private async Task PassAsync(TimeSpan time)
    {
        await _time.WaitForTimerAsync(time);
        _time.Advance(time);
    }

    // Its tally is moved by the test.
    private sealed class HandGenerator : ILoadGenerator
    {
        private readonly TaskCompletionSource<BenchTally> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "hand";

        public bool Supports(BenchPlan plan) => true;

        public Task<BenchTally> StartedAsync() => _started.Task.Guarded();

        public void End() => _ended.TrySetResult();

        public void Fail(Exception e) => _ended.TrySetException(e);

        public async ValueTask RunAsync(BenchPlan plan, BenchProgress progress, CancellationToken stop)
        {
            BenchTally tally = progress.AddWorker("hand");
            progress.Start();
            _started.SetResult(tally);
            await using CancellationTokenRegistration stopped = stop.Register(End);
            await _ended.Task;
        }
    }

    private sealed class Refused : ILoadGenerator
    {
        public string Name => "refused";

        public bool Supports(BenchPlan plan) => true;

        public ValueTask RunAsync(BenchPlan plan, BenchProgress progress, CancellationToken stop) =>
            throw new SocketFailure(SocketCall.Connect, new SystemError("ECONNREFUSED", 111, "Connection refused"));
    }
}
