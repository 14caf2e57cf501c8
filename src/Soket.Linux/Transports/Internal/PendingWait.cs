using System.Diagnostics.CodeAnalysis;
using Soket.Events;

namespace Soket.Linux.Transports.Internal;

/// <summary>
/// What may end a wait from outside: a token, and the time-outs that SO_RCVTIMEO and SO_SNDTIMEO ask for, which do not reach calls that do not block. Made when a wait has one of
/// them; under its owner's lock.
/// </summary>
/// <param name="passed">Called when the time may have passed, on a thread of the pool; asks <see cref="HasPassed"/> under the owner's lock.</param>
/// <param name="owner">For it.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "A timer that goes off once holds nothing after that, and what it calls looks whether anybody still waits.")]
internal sealed class PendingWait(Action<object?> passed, object owner)
{
    private CancellationTokenRegistration _registration;
    private Timer? _timer;
    private TimeSpan _limit;

    /// <summary>The token of the wait.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>When the wait began.</summary>
    public long Started { get; private set; }

    /// <summary>Whether the wait that began last has lasted long enough. .NET's timers go by a coarse clock, and may come some milliseconds early: then it is set again.</summary>
    public bool HasPassed()
    {
        TimeSpan left = _limit - System.Diagnostics.Stopwatch.GetElapsedTime(Started);
        if (left <= TimeSpan.Zero)
            return true;
        _timer!.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <summary>A wait begins.</summary>
    public void Begin(Action<object?> cancelled, TimeSpan? limit, CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            Token = token;
            _registration = token.UnsafeRegister(cancelled, owner);
        }

        if (limit is not { } time)
            return;
        _limit = time;
        Started = SocketScope.Now;
        _timer ??= new Timer(new TimerCallback(passed), owner, Timeout.Infinite, Timeout.Infinite);
        _timer.Change(time, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It has ended. What is returned is to be unregistered, outside the lock.</summary>
    public CancellationTokenRegistration End(out CancellationToken token)
    {
        token = Token;
        CancellationTokenRegistration registration = _registration;
        Token = default;
        _registration = default;
        return registration;
    }
}
