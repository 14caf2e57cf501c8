using Soket.Linux.Native;

namespace Soket.Linux.Engine;

/// <summary>
/// The system calls a loop makes, so that a test can play the kernel. A result below zero is an errno, negated: nothing can change it on its way. An abstract class
/// and not a type parameter: a virtual call is a nanosecond beside a system call's thousands, and the loop stays readable.
/// </summary>
internal abstract unsafe class LoopKernel
{
    /// <summary>Linux errno numbers, the same on x86 and ARM, that a loop acts upon.</summary>
    public const int Interrupted = 4, Again = 11, NoMemory = 12, Invalid = 22, NotSupported = 38, TableFull = 23, TooManyOpen = 24, BrokenPipe = 32, Aborted = 103, Reset = 104, NoBuffers = 105, NotConnected = 107, InProgress = 115;

    /// <summary>How its events lie in memory.</summary>
    public abstract EpollLayout Layout { get; }

    /// <summary>Now, nanoseconds, monotonic.</summary>
    public abstract long Now { get; }

    /// <summary>epoll_create1(2).</summary>
    public abstract int CreatePoll();

    /// <summary>eventfd(2).</summary>
    public abstract int CreateSignal();

    /// <summary>Makes the signal readable; any thread.</summary>
    public abstract void Raise(int signal);

    /// <summary>Makes it unreadable again.</summary>
    public abstract void Clear(int signal);

    /// <summary>epoll_ctl(2).</summary>
    public abstract int Watch(int poll, int operation, int descriptor, uint events, ulong data);

    /// <summary>epoll_wait(2).</summary>
    public abstract int Wait(int poll, byte* events, int room, int milliseconds);

    /// <summary>socket(2), non-blocking and close-on-exec.</summary>
    public abstract int CreateSocket(int family, int type, int protocol);

    /// <summary>bind(2).</summary>
    public abstract int Bind(int descriptor, byte* address, int length);

    /// <summary>listen(2).</summary>
    public abstract int Listen(int descriptor, int backlog);

    /// <summary>accept4(2), non-blocking and close-on-exec.</summary>
    public abstract int Accept(int descriptor, byte* address, int* length);

    /// <summary>connect(2).</summary>
    public abstract int Connect(int descriptor, byte* address, int length);

    /// <summary>recv(2).</summary>
    public abstract nint Receive(int descriptor, byte* buffer, nint length);

    /// <summary>send(2).</summary>
    public abstract nint Send(int descriptor, byte* bytes, nint length);

    /// <summary>sendmsg(2).</summary>
    public abstract nint Send(int descriptor, LibC.Piece* pieces, int count);

    /// <summary>shutdown(2) of the sending direction.</summary>
    public abstract int ShutdownSend(int descriptor);

    /// <summary>close(2). The descriptor is gone whatever it says.</summary>
    public abstract int Close(int descriptor);

    /// <summary>getsockopt(2).</summary>
    public abstract int GetOption(int descriptor, int level, int name, byte* value, int* length);

    /// <summary>setsockopt(2).</summary>
    public abstract int SetOption(int descriptor, int level, int name, byte* value, int length);

    /// <summary>getsockname(2).</summary>
    public abstract int LocalName(int descriptor, byte* address, int* length);

    /// <summary>pipe2(2), non-blocking and close-on-exec; the reading end, or below zero.</summary>
    /// <param name="writing">The writing end.</param>
    public virtual int CreatePipe(out int writing)
    {
        writing = -1;
        return -NotSupported;
    }

    /// <summary>fcntl(2), F_SETPIPE_SZ: makes a pipe as large as that, or says how large it is.</summary>
    public virtual int SetPipeSize(int pipe, int size) => -NotSupported;

    /// <summary>splice(2), without waiting.</summary>
    public virtual nint Splice(int from, int to, nint length) => -NotSupported;

    /// <summary>read(2) of a pipe.</summary>
    public virtual nint ReadPipe(int pipe, byte* buffer, nint length) => -NotSupported;

    /// <summary>FIONREAD: bytes that have come and were not read.</summary>
    public abstract int Unread(int descriptor);

    /// <summary>SIOCOUTQ: bytes that were sent and that the peer has not acknowledged (on a Unix socket: not read).</summary>
    public abstract int Untaken(int descriptor);
}
