using System.Threading.Tasks.Sources;

namespace Soket.Chat.Internal;

/// <summary>Says to one who waits that there may be something for him: not how much. Any thread gives it; one waits at a time.</summary>
internal sealed class ChatSignal(ChatPump pump) : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _registration; // the waiting one's
    private CancellationToken _token;
    private bool _given;     // under _lock
    private bool _waits;     // under _lock
    private bool _cancelled; // under _lock

    /// <summary>There is something.</summary>
    public void Give()
    {
        lock (_lock)
        {
            if (!_waits)
            {
                _given = true;
                return;
            }

            _waits = false;
        }

        pump.Add(this);
    }

    /// <summary>Waits for it.</summary>
    /// <param name="inline">Whether what follows goes on at once, on the thread that wakes others as well: it must not block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask WaitAsync(bool inline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        lock (_lock)
        {
            if (_given)
            {
                _given = false;
                return ValueTask.CompletedTask;
            }

            if (_waits)
                throw new InvalidOperationException("Somebody waits already.");
            _source.Reset();
            _source.RunContinuationsAsynchronously = !inline;
            (_waits, _cancelled, _token) = (true, false, cancellationToken);
        }

        short version = _source.Version;
        _registration = cancellationToken.UnsafeRegister(static signal => ((ChatSignal)signal!).Cancel(), this);
        return new ValueTask(this, version);
    }

    /// <summary>The pump's turn has come.</summary>
    public void Wake()
    {
        bool cancelled;
        lock (_lock)
            cancelled = _cancelled;
        if (cancelled)
            _source.SetException(new OperationCanceledException(_token));
        else
            _source.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Unregister();
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        lock (_lock)
        {
            // It may come late, when the wait it was for has ended.
            if (!_waits || !_token.IsCancellationRequested)
                return;
            (_waits, _cancelled) = (false, true);
        }

        pump.Add(this);
    }
}
