using Soket.Explain;
using Soket.Linux.Engine;

namespace Soket.Linux.Tests.Engine;

/// <summary>A stream whose calls a test sees, and may add to.</summary>
internal sealed class SeenStream : LoopStream
{
    private readonly List<byte> _received = []; // under itself
    private readonly TaskCompletionSource<SocketFailure?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calling;
    private int _closings;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Action<SeenStream>? Opens { get; init; }

    public Action<SeenStream, byte[]>? Receives { get; init; }

    public Action<SeenStream>? Ends { get; init; }

    public Action<SeenStream>? Drains { get; init; }

    public Action<SeenStream>? TimesOut { get; init; }

    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource TimedOut { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How it ended.</summary>
    public Task<SocketFailure?> Closed => _closed.Task;

    public SocketFailure? Failure { get; private set; }

    public int Closings => Volatile.Read(ref _closings);

    public int Drained { get; private set; }

    /// <summary>What broke the rules of a stream; null when nothing did.</summary>
    public string? Broken { get; private set; }

    public byte[] Received
    {
        get
        {
            lock (_received)
                return [.. _received];
        }
    }

    /// <summary>Ends when so much was received.</summary>
    public async Task<byte[]> ReceivedAsync(int count)
    {
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            byte[] received = Received;
            if (received.Length >= count)
                return received;
            await changed.Guarded();
        }
    }

    protected internal override void OnOpened() => Called(() =>
    {
        Opened.TrySetResult();
        Opens?.Invoke(this);
    });

    protected internal override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Called(() =>
        {
            lock (_received)
                _received.AddRange(copy);
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            Receives?.Invoke(this, copy);
        });
    }

    protected internal override void OnEnd() => Called(() =>
    {
        Ended.TrySetResult();
        if (Ends is null)
            base.OnEnd();
        else
            Ends(this);
    });

    protected internal override void OnDrained() => Called(() =>
    {
        Drained++;
        Drains?.Invoke(this);
    });

    protected internal override void OnTimeout() => Called(() =>
    {
        TimedOut.TrySetResult();
        TimesOut?.Invoke(this);
    });

    protected internal override void OnClosed(SocketFailure? failure) => Called(() =>
    {
        Failure = failure;
        Interlocked.Increment(ref _closings);
        _closed.TrySetResult(failure);
    });

    private void Called(Action call)
    {
        if (!Loop.IsCurrent)
            Broken ??= "called on another thread";
        if (_calling++ != 0)
            Broken ??= "called from inside another method";
        if (Closings != 0)
            Broken ??= "called after OnClosed";
        try
        {
            call();
        }
        finally
        {
            _calling--;
        }
    }
}

/// <summary>Sends back what comes, no faster than it is taken.</summary>
internal sealed class EchoStream : LoopStream
{
    public TaskCompletionSource<SocketFailure?> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected internal override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        if (!Send(bytes))
            PauseReceiving();
    }

    protected internal override void OnDrained() => ResumeReceiving();

    protected internal override void OnClosed(SocketFailure? failure) => Closed.TrySetResult(failure);
}
