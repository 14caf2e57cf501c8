using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Soket.Events;

namespace Soket.Transports.Internal;

/// <summary>
/// What every connection of Soket has in common: the features ASP.NET expects, when <see cref="ConnectionClosed"/> fires, and that closing and
/// aborting happen once.
/// </summary>
internal abstract class SoketConnectionContext : ConnectionContext,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature, ISoketConnectionFeature
{
    private static long s_lastId;
    private readonly CancellationTokenSource _closed = new();
    private int _ended;  // bits: 1 input, 2 output
    private int _fired;
    private int _aborted;
    private int _disposed;
    private List<IAsyncDisposable>? _layers; // set up before the connection is used, by one thread

    protected SoketConnectionContext(SocketScope? scope)
    {
        Scope = scope;
        ConnectionId = (scope?.Id ?? Interlocked.Increment(ref s_lastId)).ToString(CultureInfo.InvariantCulture);
        ConnectionClosed = _closed.Token;
        var features = new FeatureCollection(6);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<ISoketConnectionFeature>(this);
        Features = features;
    }

    public SocketScope? Scope { get; }

    public abstract long BytesMoved { get; }

    public bool IsAborted => Volatile.Read(ref _aborted) != 0;

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items { get => field ??= new ConnectionItems(); set; }

    public override IDuplexPipe Transport { get; set; } = null!; // set by every constructor

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override void Abort() => Abort(new ConnectionAbortedException("The connection was aborted by this end."));

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0 || Volatile.Read(ref _disposed) != 0)
            return;
        Reset(abortReason);
        FireClosed();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            for (int i = (_layers?.Count ?? 0) - 1; i >= 0; i--)
                await _layers![i].DisposeAsync().ConfigureAwait(false);
            if (!IsAborted)
                await CloseAsync().ConfigureAwait(false);
            FireClosed();
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    public void AddLayer(IAsyncDisposable layer) => (_layers ??= []).Add(layer);

    public abstract void EndInput(string reason);

    /// <summary>Gives the connection up with a reset. Called once.</summary>
    protected abstract void Reset(Exception reason);

    /// <summary>Closes in order. Called once, and not after <see cref="Reset"/>.</summary>
    protected abstract ValueTask CloseAsync();

    /// <summary>The peer's direction has ended: in order, or with a failure that ends both.</summary>
    protected void InputEnded(Exception? failure)
    {
        if (failure is not null || (Interlocked.Or(ref _ended, 1) & 2) != 0)
            FireClosed();
    }

    /// <summary>This end's direction has ended in order.</summary>
    protected void OutputEnded()
    {
        if ((Interlocked.Or(ref _ended, 2) & 1) != 0)
            FireClosed();
    }

    // Off this thread: the callbacks are the application's, and may wait for this very connection.
    private void FireClosed()
    {
        if (Interlocked.Exchange(ref _fired, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.TellClosed(), this, preferLocal: false);
    }

    private void TellClosed()
    {
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException e)
        {
            Scope?.Note("callback-failed", e.Message);
        }
    }
}
