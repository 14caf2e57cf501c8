namespace Soket.Bench.Internal;

/// <summary>
/// What carries one worker's connections, and gives the worker its turn: everything it calls, and everything posted to it, comes one at a time.
/// </summary>
internal abstract class BenchCarrier : IAsyncDisposable
{
    /// <summary>Its name: <c>loop 0</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whose connections; set before anything is called.</summary>
    public BenchWorker Worker { get; set; } = null!;

    /// <summary>Now, ns, as exact as it can be had.</summary>
    public abstract long Now { get; }

    /// <summary>The processor time of the worker's thread, ns; -1 where it has none of its own. In the worker's turn.</summary>
    public virtual long Cpu => -1;

    /// <summary>Calls in the worker's turn; any thread.</summary>
    public abstract void Post(Action<BenchWorker> action);

    /// <summary>Calls <see cref="BenchWorker.Wake"/> at this time, ns, and no more at the one said before; <see cref="long.MaxValue"/> for never. In the worker's turn.</summary>
    public abstract void WakeAt(long time);

    /// <summary>Makes one attempt. <see cref="BenchPeer.Opened"/> or <see cref="BenchPeer.OnClosed"/> follows, in the worker's turn and never before this returns.</summary>
    public abstract void Connect(BenchPeer peer);

    /// <summary>Ends what it uses; called when every connection is closed or given up.</summary>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
