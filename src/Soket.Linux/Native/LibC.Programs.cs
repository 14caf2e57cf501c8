using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>Starting, signalling and waiting for programs: .NET's own way leaves them in this process's group, so that they could not be ended together.</summary>
internal static partial class LibC
{
    /// <summary>Room for posix_spawnattr_t and posix_spawn_file_actions_t: 336 and 80 bytes with glibc and musl on 64-bit machines.</summary>
    public const int SpawnRoom = 512;

    /// <summary>posix_spawn(3): a process group, default signal handling, no blocked signal.</summary>
    public const short GroupAndSignals = 0x02 | 0x04 | 0x08;

    /// <summary>sizeof sigset_t.</summary>
    public const int SignalSet = 128;

    /// <summary>sizeof siginfo_t.</summary>
    public const int SignalInfo = 128;

    /// <summary>waitid(2): one process.</summary>
    public const int OneProcess = 1;

    /// <summary>waitid(2): ended, told at once, and left as it is.</summary>
    public const int PeekEnded = 4 | 1 | 0x0100_0000;

    /// <summary>waitid(2): ended, and taken off the process table.</summary>
    public const int TakeEnded = 4;

    /// <summary>siginfo_t.si_code: it exited by itself.</summary>
    public const int Exited = 1;

    /// <summary>kill(2).</summary>
    public const int SignalKill = 9;

    /// <summary>kill(2).</summary>
    public const int SignalTerm = 15;

    /// <summary>fcntl(2).</summary>
    public const int DuplicateCloseOnExec = 1030;

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Spawn(out int process, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static unsafe partial int AddDuplicate(byte* actions, int descriptor, int target);

    /// <summary>glibc 2.34; not in musl.</summary>
    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static unsafe partial int AddCloseFrom(byte* actions, int first);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static unsafe partial int SetGroup(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int SetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static unsafe partial int SetBlockedSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static unsafe partial int FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static unsafe partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static unsafe partial int WaitFor(int kind, int process, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeHandle descriptor, int command, nint argument);
}
