using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>What the load generator calls besides a loop's own: a timer as a descriptor, many datagrams by one call, a thread's processor time.</summary>
internal static unsafe partial class BenchCalls
{
    /// <summary>clock_gettime(2): CLOCK_MONOTONIC, which <see cref="System.Diagnostics.Stopwatch"/> reads too.</summary>
    public const int Monotonic = 1;

    /// <summary>clock_gettime(2): CLOCK_THREAD_CPUTIME_ID.</summary>
    public const int ThreadTime = 3;

    /// <summary>timerfd_create(2): TFD_NONBLOCK | TFD_CLOEXEC.</summary>
    public const int TimerFlags = 0x800 | 0x80000;

    /// <summary>timerfd_settime(2): TFD_TIMER_ABSTIME.</summary>
    public const int Absolute = 1;

    /// <summary>recv(2): MSG_DONTWAIT.</summary>
    public const int NoWait = 0x40;

    [LibraryImport("libc", EntryPoint = "timerfd_create")]
    public static partial int CreateTimer(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime")]
    public static partial int SetTimer(int timer, int flags, TimerTimes* times, TimerTimes* before);

    [LibraryImport("libc", EntryPoint = "read")]
    public static partial nint Read(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetTime(int clock, Moment* time);

    [LibraryImport("libc", EntryPoint = "recvmmsg")]
    public static partial int ReceiveMany(int socket, Datagram* datagrams, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg")]
    public static partial int SendMany(int socket, Datagram* datagrams, uint count, int flags);

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Moment
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct itimerspec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimerTimes
    {
        public Moment Period;
        public Moment First;
    }

    /// <summary>struct mmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Datagram
    {
        public LibC.MessageHeader Header;
        public uint Length;
    }
}
