using System.Diagnostics;
using System.Runtime.Versioning;
using Soket.Bench.Internal;
using Soket.Linux.Engine;

namespace Soket.Linux.Bench;

/// <summary>Lends a loop's alarm to a worker that runs elsewhere: it is woken to some microseconds, where a timer of .NET is good to a millisecond.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PoolAlarm : IBenchAlarm
{
    private readonly LoopGroup _group;
    private readonly EventLoop _loop;
    private readonly LoopAlarm _alarm;
    private long _time = long.MaxValue; // any thread: the latest one counts

    /// <summary>Creates an alarm with a loop of its own.</summary>
    public PoolAlarm(Action ring)
    {
        _group = new(new() { Loops = 1 });
        _loop = _group.Loops[0];
        _alarm = new(ring);
    }

    public void Set(long nanoseconds)
    {
        Interlocked.Exchange(ref _time, nanoseconds == long.MaxValue ? nanoseconds : Stopwatch.GetTimestamp() + nanoseconds);
        if (_loop.IsCurrent)
            Take();
        else
            _loop.PostTo(static alarm => ((PoolAlarm)alarm!).Take(), this);
    }

    public ValueTask DisposeAsync() => _group.DisposeAsync();

    private void Take()
    {
        if (_alarm.LoopOrNull is null)
            _alarm.Open(_loop);
        _alarm.Set(Interlocked.Read(ref _time));
    }
}
