using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>splice(2), and the pipe that stands between: pipe(7).</summary>
internal static unsafe partial class LibC
{
    /// <summary>fcntl(2): F_SETPIPE_SZ.</summary>
    public const int PipeSize = 1031;

    /// <summary>splice(2): SPLICE_F_MOVE | SPLICE_F_NONBLOCK.</summary>
    public const uint SpliceMoveNoWait = 1 | 2;

    [LibraryImport("libc", EntryPoint = "pipe2")]
    public static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "splice")]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);
}
