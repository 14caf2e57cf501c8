using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>
/// What every connection of Soket has in common: the features ASP.NET expects, when <see cref="ConnectionClosed"/> fires, and that closing and
/// aborting happen once.
/// </summary>
internal abstract class SoketConnectionContext : ConnectionContext,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature, ISoketConnectionFeature
{
    private static long s_lastId;
    private readonly long _id;
    private CancellationTokenSource? _closed; // any thread, made when first asked for: most connections are never asked
    private bool _hasGiven;                   // set up before the connection is used, by one thread
    private FeatureCollection? _features;     // any thread, made when first asked for
    private int _ended;                       // any thread; bits: 1 input, 2 output
    private int _fired;
    private int _aborted;
    private Task? _disposal;                  // written once
    private List<IAsyncDisposable>? _layers;  // set up before the connection is used, by one thread

    protected SoketConnectionContext(SocketScope? scope)
    {
        Scope = scope;
        _id = scope?.Id ?? Interlocked.Increment(ref s_lastId);
    }

    public SocketScope? Scope { get; }

    public abstract long BytesReceived { get; }

    public abstract long BytesSent { get; }

    public bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>Whether <see cref="EndInput"/> was called: the end that the reader sees is this end's doing.</summary>
    public abstract bool IsInputStopped { get; }

    /// <summary>The endpoint as a person named it, for failures; null when nobody did.</summary>
    public virtual string? EndpointName => null;

    /// <summary>How long closing waits for a peer that does not take part in it.</summary>
    public virtual TimeSpan CloseTimeout => TimeSpan.FromSeconds(2);

    public override string ConnectionId { get => field ??= _id.ToString(CultureInfo.InvariantCulture); set; }

    public override IFeatureCollection Features
    {
        get
        {
            if (Volatile.Read(ref _features) is { } made)
                return made;
            var mine = new FeatureCollection(8);
            AddFeatures(mine);
            return Interlocked.CompareExchange(ref _features, mine, null) ?? mine;
        }
    }

    public override IDictionary<object, object?> Items { get => field ??= new ConnectionItems(); set; }

    public override IDuplexPipe Transport { get; set; } = null!; // set by every constructor

    public override CancellationToken ConnectionClosed
    {
        get => _hasGiven ? field : Closed().Token;
        set
        {
            field = value;
            _hasGiven = true;
        }
    }

    /// <summary>Whether the peer's direction has ended.</summary>
    protected bool HasInputEnded => (Volatile.Read(ref _ended) & 1) != 0;

    public override void Abort() => Abort(new ConnectionAbortedException("The connection was aborted by this end."));

    // Also while it is being disposed: that cuts the waiting short.
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0)
            return;
        Reset(abortReason);
        FireClosed();
    }

    public override async ValueTask DisposeAsync()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _disposal, mine.Task, null) is { } other)
            await other.ConfigureAwait(false);
        else
            await DisposeOnceAsync(mine).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public void AddLayer(IAsyncDisposable layer) => (_layers ??= []).Add(layer);

    public abstract void EndInput(string reason);

    public virtual ValueTask<SocketFailure?> FindFailureAsync() => default;

    public virtual ValueTask<long?> FindUntakenAsync() => default;

    /// <summary>Adds what the connection offers; called once, or twice at the same time.</summary>
    protected virtual void AddFeatures(IFeatureCollection features)
    {
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<ISoketConnectionFeature>(this);
    }

    /// <summary>Gives the connection up with a reset, if it is not closed yet. Called once.</summary>
    protected abstract void Reset(Exception reason);

    /// <summary>Closes in order, or releases what is left after <see cref="Reset"/>. Called once.</summary>
    protected abstract ValueTask CloseAsync();

    /// <summary>The peer's direction has ended: in order, or with a failure that ends both.</summary>
    protected void InputEnded(Exception? failure)
    {
        if ((Interlocked.Or(ref _ended, 1) & 2) != 0 || failure is not null)
            FireClosed();
    }

    /// <summary>This end's direction has ended in order.</summary>
    protected void OutputEnded()
    {
        if ((Interlocked.Or(ref _ended, 2) & 1) != 0)
            FireClosed();
    }

    private async ValueTask DisposeOnceAsync(TaskCompletionSource done)
    {
        try
        {
            try
            {
                for (int i = (_layers?.Count ?? 0) - 1; i >= 0; i--)
                    await _layers![i].DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                await CloseAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            FireClosed();
            done.SetResult();
        }
    }

    /// <summary>Fires <see cref="ConnectionClosed"/>, once. Off this thread: the callbacks are the application's, and may wait for this very connection.</summary>
    protected void FireClosed()
    {
        if (Interlocked.Exchange(ref _fired, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.TellClosed(), this, preferLocal: false);
    }

    private CancellationTokenSource Closed()
    {
        if (Volatile.Read(ref _closed) is { } made)
            return made;
        var mine = new CancellationTokenSource();
        CancellationTokenSource source = Interlocked.CompareExchange(ref _closed, mine, null) ?? mine;
        if (Volatile.Read(ref _fired) != 0)
            TellClosed(); // it may have looked before there was anything to cancel
        return source;
    }

    private void TellClosed()
    {
        try
        {
            Volatile.Read(ref _closed)?.Cancel();
        }
        catch (AggregateException e)
        {
            Scope?.Note("callback-failed", e.Message);
        }
    }
}
