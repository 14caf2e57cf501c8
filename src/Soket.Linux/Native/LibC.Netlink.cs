using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <content>netlink(7), namespaces(7), readdir(3), readlinkat(2).</content>
internal static partial class LibC
{
    /// <summary>socket(2): AF_NETLINK.</summary>
    public const int NetlinkFamily = 16;

    /// <summary>socket(2): SOCK_RAW | SOCK_CLOEXEC, the same on x86 and ARM.</summary>
    public const int RawCloseOnExec = 3 | CloseOnExecFlag;

    /// <summary>netlink(7): NETLINK_SOCK_DIAG.</summary>
    public const int SocketDiagnosis = 4;

    /// <summary>setns(2): CLONE_NEWNET.</summary>
    public const int NetworkNamespace = 0x40000000;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(SafeSocketHandle socket, Span<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    public static partial int EnterNamespace(Microsoft.Win32.SafeHandles.SafeFileHandle descriptor, int type);

    [LibraryImport("libc", EntryPoint = "if_indextoname", SetLastError = true)]
    public static partial nint InterfaceName(uint index, Span<byte> name);

    /// <summary>struct dirent, with glibc and musl on 64-bit machines: where its name begins.</summary>
    public const int EntryName = 19;

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OpenFolder(string path);

    /// <summary>The next entry; good until the one after it is asked for.</summary>
    [LibraryImport("libc", EntryPoint = "readdir")]
    public static unsafe partial byte* NextEntry(nint folder);

    [LibraryImport("libc", EntryPoint = "dirfd")]
    public static partial int DescriptorOf(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    public static partial int CloseFolder(nint folder);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLink(int folder, ReadOnlySpan<byte> name, Span<byte> target, nuint length);
}
