using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>The few calls of the C library .NET has no name for. Layouts are those of 64-bit Linux; no policy here.</summary>
internal static partial class LibC
{
    /// <summary>The directory a relative path starts from: the working directory, openat(2).</summary>
    public const int WorkingDirectory = -100;

    /// <summary>faccessat(2): decide by the effective user, as the kernel will.</summary>
    public const int EffectiveAccess = 0x200;

    /// <summary>access(2): may be searched (a directory).</summary>
    public const int Search = 1;

    /// <summary>access(2): may be written.</summary>
    public const int Write = 2;

    /// <summary>getrlimit(2): open files. 7 on every architecture .NET runs on.</summary>
    public const int OpenFiles = 7;

    /// <summary>statx(2): of the link itself.</summary>
    public const int NoFollow = 0x100;

    /// <summary>statx(2): type, mode, owner.</summary>
    public const uint TypeModeOwner = 0x1 | 0x2 | 0x8;

    // Read beforehand by whoever needs it when no descriptor is left: resolving the import opens the library.
    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(int directory, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(SafeSocketHandle socket, ReadOnlySpan<byte> address, uint length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(SafeSocketHandle socket, int level, int name, ReadOnlySpan<byte> value, uint length);

    /// <summary>fcntl(2): F_SETFD.</summary>
    public const int SetDescriptorFlags = 2;

    /// <summary>fcntl(2): FD_CLOEXEC.</summary>
    public const int CloseOnExec = 1;

    /// <summary>dup3(2): O_CLOEXEC, the same on x86 and ARM.</summary>
    public const int CloseOnExecFlag = 0x80000;

    [LibraryImport("libc", EntryPoint = "dup3", SetLastError = true)]
    public static partial int Duplicate(SafeSocketHandle from, SafeSocketHandle to, int flags);

    /// <summary>struct rlimit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>struct statx: the one status structure that is the same on every architecture. 256 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct FileStatus
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint User;
        public uint Group;
        public ushort Mode;
    }
}
