using System.Runtime.ExceptionServices;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>One run of a plan over several workers: connect, begin together, drain, close. The same for whatever carries them.</summary>
internal sealed class TrafficRun
{
    // What cannot be closed in order in that time (a peer that reads nothing) is left to the carrier, which resets it.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly BenchCarrier[] _carriers;
    private readonly Func<ConnectFacts>? _facts;
    private readonly List<BenchWorker> _workers = [];
    private readonly TaskCompletionSource _ready = Source();
    private readonly TaskCompletionSource _done = Source();
    private readonly TaskCompletionSource _finished = Source();
    private readonly TaskCompletionSource _closed = Source();
    private readonly HashSet<BenchWorker> _doneWorkers = [];     // under _lock
    private readonly HashSet<BenchWorker> _finishedWorkers = []; // under _lock
    private readonly HashSet<BenchWorker> _closedWorkers = [];   // under _lock
    private int _readyWorkers;                                   // under _lock
    private int _opened;                                         // under _lock
    private SocketFailure? _failure;                             // under _lock: the first
    private Exception? _mistake;                                 // under _lock: what a worker threw
    private long _unsent;       // any thread, atomically
    private long _slowConnects; // any thread, atomically
    private long _delivered;    // any thread, atomically
    private volatile bool _isClosing;

    private TrafficRun(BenchPlan plan, BenchProgress progress, IReadOnlyList<BenchCarrier> carriers, Func<ConnectFacts>? facts)
    {
        (Plan, Progress, _facts) = (plan, progress, facts);
        _carriers = [.. carriers];
    }

    /// <summary>What is done.</summary>
    public BenchPlan Plan { get; }

    /// <summary>Where it is told.</summary>
    public BenchProgress Progress { get; }

    /// <summary>How many workers there are.</summary>
    public int Workers => _carriers.Length;

    /// <summary>Whether what is completed now is measured. Any thread.</summary>
    public bool IsMeasuring => Progress.Phase == BenchPhase.Measuring;

    /// <summary>Whether connections are only closed any more. Any thread.</summary>
    public bool IsClosing => _isClosing;

    /// <summary>Does what the plan says, once.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="progress">Where to tell it.</param>
    /// <param name="carriers">One a worker; disposed of at the end.</param>
    /// <param name="stop">Ends it in order.</param>
    /// <param name="facts">What the machine tells of connections; null where nobody asks it.</param>
    /// <exception cref="SocketFailure">Not one connection could be made.</exception>
    public static async ValueTask RunAsync(BenchPlan plan, BenchProgress progress, IReadOnlyList<BenchCarrier> carriers, CancellationToken stop, Func<ConnectFacts>? facts = null)
    {
        var run = new TrafficRun(plan, progress, carriers, facts);
        try
        {
            await run.RunAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            foreach (BenchCarrier carrier in carriers)
                await carrier.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether a plan can be done at all: numbered datagrams need datagrams, and everything but messages needs a stream.</summary>
    public static bool MakesSense(BenchPlan plan) => plan.Mode switch
    {
        BenchMode.Messages => true,
        BenchMode.Datagrams => plan.Endpoint.IsDatagram,
        _ => !plan.Endpoint.IsDatagram,
    };

    /// <summary>A worker's part of something that is to be shared evenly.</summary>
    public long ShareOf(long all, int worker) => (all / Workers) + (worker < all % Workers ? 1 : 0);

    /// <summary>The numbers of a worker's connections.</summary>
    public IEnumerable<int> NumbersOf(int worker)
    {
        for (int number = worker; number < Plan.Connections; number += Workers)
            yield return number;
    }

    /// <summary>A worker's first attempts have ended. Any thread, like the others below.</summary>
    public void Ready(int opened, SocketFailure? failure)
    {
        lock (_lock)
        {
            _opened += opened;
            _failure ??= failure;
            if (++_readyWorkers < Workers)
                return;
        }

        _ready.TrySetResult();
    }

    /// <summary>A worker has done everything the plan counts.</summary>
    public void Done(BenchWorker worker)
    {
        // Told before anybody waits for it, so that what comes after does not count as time.
        if (Mark(_doneWorkers, worker, _done))
            Progress.Finish();
    }

    /// <summary>What a worker had under way has come in, or had its time.</summary>
    public void Finished(BenchWorker worker) => Mark(_finishedWorkers, worker, _finished);

    /// <summary>A worker's connections are closed.</summary>
    public void Closed(BenchWorker worker) => Mark(_closedWorkers, worker, _closed);

    /// <summary>Messages of the open loop that were due and not begun when the run ended.</summary>
    public void Unsent(long messages) => Interlocked.Add(ref _unsent, messages);

    /// <summary>A connection took so long to make that its SYN must have been sent again.</summary>
    public void SlowConnect() => Interlocked.Increment(ref _slowConnects);

    /// <summary>A stream's bytes have all been taken by the server, which ended its side then.</summary>
    public void Delivered() => Interlocked.Increment(ref _delivered);

    /// <summary>Something of the streams went as it should.</summary>
    public void Worked() => Progress.HasWorked = true;

    /// <summary>A worker met with what it cannot go on from: a mistake, no failure of a socket. The run ends with it.</summary>
    public void Break(Exception mistake)
    {
        lock (_lock)
            _mistake ??= mistake;
        foreach (TaskCompletionSource source in (TaskCompletionSource[])[_ready, _done, _finished])
            source.TrySetResult();
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(CancellationToken stop)
    {
        long memory = Plan.Mode == BenchMode.Idle ? GC.GetTotalMemory(forceFullCollection: true) : 0;
        for (int i = 0; i < _carriers.Length; i++)
            _workers.Add(Create(_carriers[i], i));
        var stopped = Source();
        await using CancellationTokenRegistration registration = stop.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), stopped);
        try
        {
            Each(static worker => worker.Open());
            await Task.WhenAny(_ready.Task, stopped.Task).ConfigureAwait(false);
            ThrowMistake();
            if (_ready.Task.IsCompleted && _opened == 0 && _failure is { } failure)
                throw failure;
            if (Plan.Mode == BenchMode.Idle && _opened > 0)
                Progress.Note("idle-memory", ("bytes", Math.Max(0, GC.GetTotalMemory(forceFullCollection: true) - memory) / _opened), ("connections", (long)_opened));
            if (!stop.IsCancellationRequested)
            {
                ConnectFacts? before = Plan.Mode == BenchMode.Connect ? _facts?.Invoke() : null;
                Progress.Start();
                long start = _carriers[0].Now;
                Each(worker => worker.Begin(start));
                await Task.WhenAny(_done.Task, stopped.Task).ConfigureAwait(false);
                if (Plan.Mode == BenchMode.Connect)
                    TellLimit(before, _carriers[0].Now - start);
            }

            Each(static worker => worker.Stop());
            await _finished.Task.ConfigureAwait(false);
            ThrowMistake();
            Tell();
        }
        finally
        {
            _isClosing = true;
            Each(static worker => worker.CloseAll());
            await Task.WhenAny(_closed.Task, Task.Delay(CloseLimit, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    private BenchWorker Create(BenchCarrier carrier, int index) => Plan.Mode switch
    {
        BenchMode.Messages => new MessageWorker(this, carrier, index),
        BenchMode.Connect => new ConnectWorker(this, carrier, index),
        BenchMode.Stream => new StreamWorker(this, carrier, index),
        BenchMode.Datagrams => new DatagramWorker(this, carrier, index),
        BenchMode.Idle => new IdleWorker(this, carrier, index),
        _ => throw new ArgumentOutOfRangeException(nameof(carrier), Plan.Mode, null),
    };

    private void Each(Action<BenchWorker> action)
    {
        foreach (BenchCarrier carrier in _carriers)
        {
            carrier.Post(worker =>
            {
                try
                {
                    action(worker);
                }
                catch (Exception e)
                {
                    Break(e);
                }
            });
        }
    }

    private void Tell()
    {
        if (Interlocked.Read(ref _unsent) is > 0 and long unsent)
            Progress.Note("unsent", ("messages", unsent));
        if (Plan.Mode == BenchMode.Stream && Plan.Direction != StreamDirection.Down)
            Progress.Note("stream-delivered", ("streams", Interlocked.Read(ref _delivered)), ("of", (long)Plan.Connections));
    }

    // The workers' processor time was read a moment ago.
    private void TellLimit(ConnectFacts? before, long elapsed)
    {
        var failures = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (BenchFailure failure in _workers.SelectMany(worker => worker.Tally.Failures))
            failures[failure.First.Error.Name] = failures.GetValueOrDefault(failure.First.Error.Name) + failure.Count;
        double busiest = _workers.Max(worker => (double)worker.Tally.Cpu) / Math.Max(1, elapsed);
        BenchNote note = ConnectLimit.Find(
            failures, Interlocked.Read(ref _slowConnects), before, _facts?.Invoke(), TimeSpan.FromTicks(elapsed / 100), Environment.ProcessorCount, busiest, Plan.Connections);
        Progress.Note(note.Key, [.. note.Values.Select(pair => (pair.Key, pair.Value))]);
    }

    private void ThrowMistake()
    {
        lock (_lock)
        {
            if (_mistake is not null)
                ExceptionDispatchInfo.Throw(_mistake);
        }
    }

    private bool Mark(HashSet<BenchWorker> set, BenchWorker worker, TaskCompletionSource all)
    {
        lock (_lock)
        {
            set.Add(worker);
            if (set.Count < Workers)
                return false;
        }

        return all.TrySetResult();
    }
}
