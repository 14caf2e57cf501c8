using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>recvmmsg(2), sendmmsg(2), and udp(7)'s segmentation offload. Both calls may block, so the collector is let go on meanwhile.</summary>
internal static unsafe partial class LibC
{
    /// <summary>recv(2): MSG_TRUNC, told of a datagram that was longer than its room.</summary>
    public const int Truncated = 0x20;

    /// <summary>recvmmsg(2): MSG_WAITFORONE: waits for the first datagram, and takes the others that are there.</summary>
    public const int WaitForOne = 0x10000;

    /// <summary>udp(7): SOL_UDP.</summary>
    public const int UdpLevel = 17;

    /// <summary>udp(7): UDP_SEGMENT, since Linux 4.18: one send is cut into datagrams of this length.</summary>
    public const int UdpSegment = 103;

    /// <summary>udp(7): UDP_GRO, since Linux 5.0: datagrams of one length from one sender may come in one piece, which tells that length.</summary>
    public const int UdpReceiveOffload = 104;

    /// <summary>shutdown(2): SHUT_RD, which also wakes who receives on a datagram socket.</summary>
    public const int ShutdownRead = 0;

    /// <summary>cmsg(3): CMSG_LEN of what UDP_GRO tells, an int.</summary>
    public const int OffloadTold = ControlHead + sizeof(int);

    /// <summary>cmsg(3): CMSG_LEN of what UDP_SEGMENT is given, an unsigned short.</summary>
    public const int SegmentGiven = ControlHead + sizeof(ushort);

    /// <summary>cmsg(3): CMSG_SPACE of either.</summary>
    public const int ControlRoom = ControlHead + 8;

    private const int ControlHead = 16;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(int descriptor, Datagram* datagrams, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMany(int descriptor, Datagram* datagrams, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(SafeSocketHandle socket, int how);

    /// <summary>struct mmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Datagram
    {
        public MessageHeader Header;
        public uint Length;
    }

    /// <summary>struct cmsghdr with room for a number.</summary>
    [StructLayout(LayoutKind.Sequential, Size = ControlRoom)]
    public struct ControlNumber
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Number;
    }
}
