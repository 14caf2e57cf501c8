using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Services;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>
/// A connection while it is being served: how to ask it to end (ASP.NET's <see cref="IConnectionLifetimeNotificationFeature"/>, which a service may
/// watch), and since when it has been idle.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A token source without a timer holds nothing, and services may still ask for its token while the connection closes.")]
internal sealed class ServedConnection : IConnectionLifetimeNotificationFeature
{
    private readonly ISoketConnectionFeature? _feature;
    private CancellationTokenSource? _closeRequested; // made when somebody asks for the token: most services never do
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _moved;       // the idle watch only
    private long _lastMoved;   // the idle watch only
    private int _requested;

    public ServedConnection(ConnectionContext context, EndPoint? peer, long now)
    {
        Context = context;
        Peer = peer;
        _feature = context.Features.Get<ISoketConnectionFeature>();
        _lastMoved = now;
        context.Features.Set<IConnectionLifetimeNotificationFeature>(this);
    }

    public ConnectionContext Context { get; }

    /// <summary>Who was let in. A service may say otherwise of its connection (a proxy's client, say), and the place is still this one's.</summary>
    public EndPoint? Peer { get; }

    /// <summary>Whether this end asked for the end, or the connection has none any more: a service that was cancelled is then no fault.</summary>
    public bool IsEnding => Volatile.Read(ref _requested) != 0 || _feature?.IsAborted == true || Context.ConnectionClosed.IsCancellationRequested;

    public SocketScope? Scope => _feature?.Scope;

    public long BytesReceived => _feature?.BytesReceived ?? 0;

    public long BytesSent => _feature?.BytesSent ?? 0;

    /// <summary>Whether its bytes are counted as it moves them: nobody cuts them into messages and counts those.</summary>
    public bool CountsBytes { get; init; }

    /// <summary>Ends when the connection has been served; never faults.</summary>
    public Task Ended => _ended.Task;

    public CancellationToken ConnectionClosedRequested
    {
        get
        {
            if (Volatile.Read(ref _closeRequested) is not { } source)
            {
                source = new CancellationTokenSource();
                source = Interlocked.CompareExchange(ref _closeRequested, source, null) ?? source;
                if (Volatile.Read(ref _requested) != 0)
                    TellCloseRequested(source);
            }

            return source.Token;
        }
        set => throw new NotSupportedException("Who asks for the end of a connection calls RequestClose.");
    }

    public void SetEnded() => _ended.TrySetResult();

    public void RequestClose() => RequestClose("close-requested");

    /// <summary>Lets the service see the end of its input, so that it finishes what it is at and closes in order.</summary>
    public void RequestClose(string reason)
    {
        if (Interlocked.Exchange(ref _requested, 1) != 0)
            return;
        if (reason != "drain" || Context.Features.Get<IMessageInProgress>()?.TryEndAfterIt(reason) != true)
            _feature?.EndInput(reason);
        if (Volatile.Read(ref _closeRequested) is { } source)
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.Connection.TellCloseRequested(told.Source), (Connection: this, Source: source), preferLocal: false);
    }

    /// <summary>Ends the connection when it has been idle for too long: in order first, and with a reset when that did not help for as long again.</summary>
    public void CheckIdle(long now, TimeSpan timeout, TimeProvider time)
    {
        long moved = BytesReceived + BytesSent;
        if (moved != _moved)
        {
            _moved = moved;
            _lastMoved = now;
            return;
        }

        TimeSpan idle = time.GetElapsedTime(_lastMoved, now);
        if (idle >= timeout * 2)
            Context.Abort(new ConnectionAbortedException("idle-timeout"));
        else if (idle >= timeout)
            RequestClose("idle-timeout");
    }

    private void TellCloseRequested(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException e)
        {
            Scope?.Note("callback-failed", e.Message);
        }
    }
}
