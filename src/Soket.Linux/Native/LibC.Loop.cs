using System.Runtime.InteropServices;

namespace Soket.Linux.Native;

/// <summary>
/// What a loop calls: epoll(7), eventfd(2), and the socket calls on plain descriptors. Every argument is as the kernel has it, so that nothing is marshalled; who calls
/// reads errno itself, right after a call that gave -1.
/// </summary>
internal static unsafe partial class LibC
{
    /// <summary>epoll_ctl(2): EPOLL_CTL_ADD.</summary>
    public const int PollAdd = 1;

    /// <summary>epoll_ctl(2): EPOLL_CTL_DEL.</summary>
    public const int PollDelete = 2;

    /// <summary>epoll_ctl(2): EPOLL_CTL_MOD.</summary>
    public const int PollModify = 3;

    /// <summary>epoll_ctl(2): EPOLLIN.</summary>
    public const uint PollIn = 0x1;

    /// <summary>epoll_ctl(2): EPOLLOUT.</summary>
    public const uint PollOut = 0x4;

    /// <summary>epoll_ctl(2): EPOLLERR, told unasked.</summary>
    public const uint PollError = 0x8;

    /// <summary>epoll_ctl(2): EPOLLHUP, told unasked.</summary>
    public const uint PollHangUp = 0x10;

    /// <summary>socket(2): SOCK_NONBLOCK, which is O_NONBLOCK and EFD_NONBLOCK as well; the same on x86 and ARM.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>send(2): MSG_NOSIGNAL | MSG_DONTWAIT: EPIPE and no signal, and no waiting on a socket that others made blocking.</summary>
    public const int NoSignalNoWait = 0x4000 | 0x40;

    /// <summary>recv(2): MSG_DONTWAIT.</summary>
    public const int NoWait = 0x40;

    /// <summary>socket(2): AF_UNIX.</summary>
    public const int UnixFamily = 1;

    /// <summary>socket(2): AF_INET.</summary>
    public const int InternetFamily = 2;

    /// <summary>socket(2): AF_INET6.</summary>
    public const int Internet6Family = 10;

    /// <summary>socket(2): SOCK_STREAM.</summary>
    public const int Stream = 1;

    /// <summary>socket(2): IPPROTO_TCP.</summary>
    public const int Tcp = 6;

    /// <summary>TCP_INFO.</summary>
    public const int TcpInfo = 11;

    /// <summary>TCP_CLOSE_WAIT, as TCP_INFO says it.</summary>
    public const byte CloseWait = 8;

    /// <summary>ipv6(7): IPPROTO_IPV6.</summary>
    public const int Internet6Level = 41;

    /// <summary>ipv6(7): IPV6_V6ONLY.</summary>
    public const int Internet6Only = 26;

    /// <summary>socket(7): SO_LINGER.</summary>
    public const int Linger = 13;

    /// <summary>socket(7): SO_ACCEPTCONN.</summary>
    public const int AcceptsConnections = 30;

    /// <summary>shutdown(2): SHUT_WR.</summary>
    public const int ShutdownWrite = 1;

    /// <summary>ioctl_tty(2): FIONREAD, the same on x86 and ARM.</summary>
    public const nuint Unread = 0x541b;

    /// <summary>tcp(7), unix(7): SIOCOUTQ, the same on x86 and ARM.</summary>
    public const nuint Untaken = 0x5411;

    /// <summary>fcntl(2): F_GETFL.</summary>
    public const int GetStatusFlags = 3;

    /// <summary>fcntl(2): F_SETFL.</summary>
    public const int SetStatusFlags = 4;

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    public static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    public static partial int ControlPoll(int poll, int operation, int descriptor, byte* pollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    public static partial int WaitPoll(int poll, byte* events, int room, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    public static partial int CreateSignal(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    public static partial nint Read(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint WriteTo(int descriptor, byte* bytes, nint length);

    [LibraryImport("libc", EntryPoint = "accept4")]
    public static partial int Accept(int descriptor, byte* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "socket")]
    public static partial int CreateSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    public static partial int BindTo(int descriptor, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "listen")]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "connect")]
    public static partial int Connect(int descriptor, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "recv")]
    public static partial nint ReceiveFrom(int descriptor, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    public static partial nint SendTo(int descriptor, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg")]
    public static partial nint SendMessage(int descriptor, MessageHeader* header, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    public static partial int GetOption(int descriptor, int level, int name, byte* value, int* length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    public static partial int SetOption(int descriptor, int level, int name, byte* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    public static partial int LocalName(int descriptor, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    public static partial int Request(int descriptor, nuint request, int* value);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    public static partial int Control(int descriptor, int command, int argument);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Piece
    {
        public byte* Bytes;
        public nint Length;
    }

    /// <summary>struct msghdr on 64-bit Linux, glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public byte* Address;
        public uint AddressLength;
        public Piece* Pieces;
        public nint PieceCount;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }
}
