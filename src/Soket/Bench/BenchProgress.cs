namespace Soket.Bench;

/// <summary>What a generator tells of a run while it goes on, and what anybody may read of it. Safe for any thread.</summary>
/// <param name="plan">What is done.</param>
/// <param name="time">Whose clock counts.</param>
public sealed class BenchProgress(BenchPlan plan, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _finished;
    private volatile BenchTally[] _tallies = [];
    private BenchNote[] _notes = [];
    private volatile int _phase;
    private volatile bool _hasWorked;

    /// <summary>What is done.</summary>
    public BenchPlan Plan => plan;

    /// <summary>Whose clock counts.</summary>
    public TimeProvider Time => time;

    /// <summary>How far the run is. A generator that counts (<see cref="BenchPlan.Count"/>) counts what it completes while this is <see cref="BenchPhase.Measuring"/>.</summary>
    public BenchPhase Phase
    {
        get => (BenchPhase)_phase;
        internal set => _phase = (int)value;
    }

    /// <summary>Ends when the generator's connections stand.</summary>
    public Task Started => _started.Task;

    /// <summary>The tallies of all workers so far.</summary>
    public IReadOnlyList<BenchTally> Tallies => _tallies;

    /// <summary>What the generator had to say so far.</summary>
    public IReadOnlyList<BenchNote> Notes
    {
        get
        {
            lock (_lock)
                return _notes;
        }
    }

    /// <summary>Gives a worker its tally.</summary>
    /// <param name="name">The worker's name: <c>loop 0</c>.</param>
    public BenchTally AddWorker(string name)
    {
        var tally = new BenchTally(name);
        lock (_lock)
            _tallies = [.. _tallies, tally];
        return tally;
    }

    /// <summary>Says that the connections stand and traffic begins: the warm-up starts, and with the open loop the schedule.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (Phase != BenchPhase.Connecting)
                return;
            Phase = plan.WarmUp > TimeSpan.Zero ? BenchPhase.WarmingUp : BenchPhase.Measuring;
        }

        _started.TrySetResult();
    }

    /// <summary>Says that everything the plan counts is done, before connections are closed: the clock stops. Only the first time counts.</summary>
    public void Finish() => Interlocked.CompareExchange(ref _finished, time.GetTimestamp(), 0);

    /// <summary>When the clock stopped, as a timestamp of <see cref="Time"/>; 0 while it runs.</summary>
    internal long Finished => Interlocked.Read(ref _finished);

    /// <summary>Whether anything that no message counts went as it should: bytes of a stream that came and were right, or that the server took to their end.</summary>
    internal bool HasWorked
    {
        get => _hasWorked;
        set => _hasWorked = value;
    }

    /// <summary>Says something that is no count; the last word of a key stands.</summary>
    /// <param name="key">A stable key; its text is <c>bench.note.KEY</c>.</param>
    /// <param name="values">What stands in the text, by name: numbers as <see cref="long"/> or <see cref="double"/>, texts as <see cref="string"/>.</param>
    public void Note(string key, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach ((string name, object value) in values)
            map[name] = value;
        lock (_lock)
            _notes = [.. _notes.Where(note => note.Key != key), new BenchNote(key, map)];
    }
}
