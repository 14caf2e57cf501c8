using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>packet(7), mmap(2), poll(2), netdevice(7).</summary>
internal static partial class LibC
{
    /// <summary>socket(2): AF_PACKET.</summary>
    public const int PacketFamily = 17;

    /// <summary>socket(2): SOCK_DGRAM | SOCK_CLOEXEC: packets without the header of their link.</summary>
    public const int DatagramCloseOnExec = 2 | CloseOnExecFlag;

    /// <summary>setsockopt(2): SOL_SOCKET, 1 on x86 and ARM.</summary>
    public const int SocketLevel = 1;

    /// <summary>socket(7): SO_ERROR.</summary>
    public const int PendingError = 4;

    /// <summary>socket(7): SO_ATTACH_FILTER.</summary>
    public const int AttachFilter = 26;

    /// <summary>packet(7): SOL_PACKET.</summary>
    public const int PacketLevel = 263;

    /// <summary>packet(7): PACKET_RX_RING.</summary>
    public const int ReceiveRing = 5;

    /// <summary>packet(7): PACKET_STATISTICS; reading it sets it back to zero.</summary>
    public const int PacketStatistics = 6;

    /// <summary>packet(7): PACKET_VERSION.</summary>
    public const int PacketVersion = 10;

    /// <summary>packet(7): PACKET_VNET_HDR.</summary>
    public const int VirtualHeader = 15;

    /// <summary>netdevice(7): SIOCGIFMTU.</summary>
    public const nuint InterfaceMtu = 0x8921;

    /// <summary>netdevice(7): SIOCGIFHWADDR, which tells the kind of the interface too.</summary>
    public const nuint InterfaceKind = 0x8927;

    /// <summary>poll(2): POLLIN.</summary>
    public const short Readable = 1;

    /// <summary>mmap(2): PROT_READ | PROT_WRITE.</summary>
    public const int ReadWrite = 3;

    /// <summary>mmap(2): MAP_SHARED.</summary>
    public const int Shared = 1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, SafeSocketHandle socket, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(ref PollEntry entry, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(SafeSocketHandle socket, int level, int name, Span<byte> value, ref uint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int InterfaceRequest(SafeSocketHandle socket, nuint request, Span<byte> interfaceRequest);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint InterfaceIndex(string name);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
