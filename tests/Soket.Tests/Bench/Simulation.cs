using System.Collections.Concurrent;
using Soket.Bench;
using Soket.Bench.Internal;
using Soket.Explain;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>
/// Carries a run's one worker on a clock of its own, to a server that a test writes: what is due next happens next, and no time passes in between. The same
/// run comes out the same every time.
/// </summary>
internal sealed class Simulation(ModelServer server) : BenchCarrier
{
    private const long Begin = 1_000_000_000;

    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly BlockingCollection<Action<BenchWorker>> _posted = [];
    private long _now = Begin;
    private long _order;
    private long _alarm = long.MaxValue;

    public override string Name => "simulation";

    public override long Now => _now;

    /// <summary>When attempts to connect began, in milliseconds from the beginning.</summary>
    public List<double> Attempts { get; } = [];

    /// <summary>What was told besides counts.</summary>
    public IReadOnlyList<BenchNote> Notes { get; private set; } = [];

    /// <summary>How long it took, in virtual time, until the run began to stop.</summary>
    public TimeSpan Took { get; private set; }

    public static long Milliseconds(double time) => (long)(time * 1e6);

    public override void Post(Action<BenchWorker> action) => _posted.Add(action);

    public override void WakeAt(long time) => _alarm = time;

    public override void Connect(BenchPeer peer)
    {
        Attempts.Add((_now - Begin) / 1e6);
        At(Milliseconds(0.05), () =>
        {
            if (server.Accepts(_now - Begin))
                peer.Opened(new ModelLink(this, server, peer));
            else
                peer.OnClosed(new SocketFailure(SocketCall.Connect, new SystemError("ECONNREFUSED", 111, "Connection refused")));
        });
    }

    /// <summary>Does something after a while.</summary>
    public void At(long delay, Action action) => _events.Enqueue(action, (_now + delay, _order++));

    /// <summary>The time from the beginning, ns.</summary>
    public long Elapsed => _now - Begin;

    /// <summary>Runs a plan; without a duration until everything it counts is done.</summary>
    public async Task<BenchTally> RunAsync(BenchPlan plan, TimeSpan duration)
    {
        var progress = new BenchProgress(plan, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task run = Task.Run(async () => await TrafficRun.RunAsync(plan, progress, [this], stop.Token));
        await Task.Run(() => Pump(run, stop, duration)).Guarded();
        await run.Guarded();
        Notes = progress.Notes;
        return Assert.Single(progress.Tallies);
    }

    // The run posts four times: open, begin, stop, close. Time passes only where the worker's answer does not depend on when the next one arrives.
    private void Pump(Task run, CancellationTokenSource stop, TimeSpan duration)
    {
        int posts = 0;
        long until = long.MaxValue;
        while (!run.IsCompleted)
        {
            bool mayStep = (posts == 2 && Worker.IsRunning) || posts == 3 || (posts is 1 or 4 && _events.Count > 0);
            if (posts == 2 && Next() > until)
            {
                stop.Cancel();
                mayStep = false;
            }

            if (_posted.TryTake(out Action<BenchWorker>? action, mayStep ? 0 : 5))
            {
                if (++posts == 2)
                    until = _now + (duration.Ticks * 100);
                else if (posts == 3)
                    Took = TimeSpan.FromTicks(Elapsed / 100);
                action(Worker);
            }
            else if (mayStep && Next() < long.MaxValue)
            {
                Step(alarms: posts is 2 or 3);
            }
        }
    }

    private long Next() => Math.Min(_alarm, _events.TryPeek(out _, out (long Time, long Order) next) ? next.Time : long.MaxValue);

    private void Step(bool alarms)
    {
        if (_events.TryPeek(out _, out (long Time, long Order) next) && (next.Time <= _alarm || !alarms))
        {
            _now = next.Time;
            _events.Dequeue()();
        }
        else if (alarms)
        {
            _now = Math.Max(_now, _alarm);
            _alarm = long.MaxValue;
            Worker.Wake();
        }
    }
}
