using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Native;

namespace Soket.Linux.Bench;

/// <summary>
/// An alarm on a loop, good to some microseconds, timerfd_create(2): the loop's own wheel, made for time-outs, is good to some milliseconds, and that would be told
/// as latency. Loop's thread only.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LoopAlarm(Action ring) : LoopSource
{
    private long _time = long.MaxValue;

    /// <summary>Puts it on a loop.</summary>
    /// <exception cref="SocketFailure">No descriptor is left.</exception>
    public void Open(EventLoop loop)
    {
        Attach(loop);
        int timer = BenchCalls.CreateTimer(BenchCalls.Monotonic, BenchCalls.TimerFlags);
        if (timer < 0)
            throw LoopFailure.Of(SocketCall.None, Marshal.GetLastSystemError(), FailureContext.None);
        Descriptor = timer;
        loop.Slots.Take(this);
        int watched = loop.Watch(LibC.PollAdd, this, LibC.PollIn);
        if (watched >= 0)
            return;
        OnLoopEnded();
        throw LoopFailure.Of(SocketCall.None, -watched, FailureContext.None);
    }

    /// <summary>Rings at this time, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts, and no more at the one set before.</summary>
    public void Set(long time)
    {
        if (time == _time || Descriptor < 0)
            return;
        _time = time;

        // Zero takes it back; a time that has passed rings at once.
        long first = time == long.MaxValue ? 0 : Math.Max(1, time);
        var times = new BenchCalls.TimerTimes { First = new() { Seconds = first / 1_000_000_000, Nanoseconds = first % 1_000_000_000 } };
        _ = BenchCalls.SetTimer(Descriptor, BenchCalls.Absolute, &times, null);
    }

    internal override void OnReady(uint events)
    {
        ulong rung;
        _ = BenchCalls.Read(Descriptor, (byte*)&rung, sizeof(ulong)); // or it rings for ever
        _time = long.MaxValue;
        ring();
    }

    internal override void OnTimer()
    {
    }

    internal override void OnLoopEnded()
    {
        if (Descriptor < 0)
            return;
        _ = BenchCalls.Close(Descriptor);
        Descriptor = -1;
        Loop.Slots.Free(this);
    }
}
