using System.Net.Sockets;

namespace Soket.Explain;

/// <summary>
/// The errors of the socket interface: POSIX name, Linux number, .NET's <see cref="SocketError"/>, and the words of strerror(3).
/// </summary>
public static class Errno
{
    private readonly record struct Row(string Name, int Linux, int MacOs, SocketError Error, string Text);

    // The first row of a SocketError is the one it is translated to. Names and words: POSIX.1-2024 errno.h and the C library. Numbers: Linux generic ABI, XNU errno.h.
    private static readonly Row[] Rows =
    [
        new("EPERM", 1, 1, SocketError.SocketError, "Operation not permitted"),
        new("ENOENT", 2, 2, SocketError.SocketError, "No such file or directory"),
        new("EINTR", 4, 4, SocketError.Interrupted, "Interrupted system call"),
        new("EIO", 5, 5, SocketError.SocketError, "Input/output error"),
        new("EBADF", 9, 9, SocketError.OperationAborted, "Bad file descriptor"),
        new("EAGAIN", 11, 35, SocketError.WouldBlock, "Resource temporarily unavailable"),
        new("ENOMEM", 12, 12, SocketError.SocketError, "Cannot allocate memory"),
        new("EACCES", 13, 13, SocketError.AccessDenied, "Permission denied"),
        new("EFAULT", 14, 14, SocketError.Fault, "Bad address"),
        new("ENODEV", 19, 19, SocketError.SocketError, "No such device"),
        new("EINVAL", 22, 22, SocketError.InvalidArgument, "Invalid argument"),
        new("EMFILE", 24, 24, SocketError.TooManyOpenSockets, "Too many open files"),
        new("ENFILE", 23, 23, SocketError.TooManyOpenSockets, "Too many open files in system"),
        new("ENOSPC", 28, 28, SocketError.SocketError, "No space left on device"),
        new("EPIPE", 32, 32, SocketError.Shutdown, "Broken pipe"),
        new("ENAMETOOLONG", 36, 63, SocketError.SocketError, "File name too long"),
        new("EPROTO", 71, 100, SocketError.SocketError, "Protocol error"),
        new("ENOTSOCK", 88, 38, SocketError.NotSocket, "Socket operation on non-socket"),
        new("EDESTADDRREQ", 89, 39, SocketError.DestinationAddressRequired, "Destination address required"),
        new("EMSGSIZE", 90, 40, SocketError.MessageSize, "Message too long"),
        new("EPROTOTYPE", 91, 41, SocketError.ProtocolType, "Protocol wrong type for socket"),
        new("ENOPROTOOPT", 92, 42, SocketError.ProtocolOption, "Protocol not available"),
        new("EPROTONOSUPPORT", 93, 43, SocketError.ProtocolNotSupported, "Protocol not supported"),
        new("ESOCKTNOSUPPORT", 94, 44, SocketError.SocketNotSupported, "Socket type not supported"),
        new("EOPNOTSUPP", 95, 102, SocketError.OperationNotSupported, "Operation not supported"),
        new("EPFNOSUPPORT", 96, 46, SocketError.ProtocolFamilyNotSupported, "Protocol family not supported"),
        new("EAFNOSUPPORT", 97, 47, SocketError.AddressFamilyNotSupported, "Address family not supported by protocol"),
        new("EADDRINUSE", 98, 48, SocketError.AddressAlreadyInUse, "Address already in use"),
        new("EADDRNOTAVAIL", 99, 49, SocketError.AddressNotAvailable, "Cannot assign requested address"),
        new("ENETDOWN", 100, 50, SocketError.NetworkDown, "Network is down"),
        new("ENETUNREACH", 101, 51, SocketError.NetworkUnreachable, "Network is unreachable"),
        new("ENETRESET", 102, 52, SocketError.NetworkReset, "Network dropped connection on reset"),
        new("ECONNABORTED", 103, 53, SocketError.ConnectionAborted, "Software caused connection abort"),
        new("ECONNRESET", 104, 54, SocketError.ConnectionReset, "Connection reset by peer"),
        new("ENOBUFS", 105, 55, SocketError.NoBufferSpaceAvailable, "No buffer space available"),
        new("EISCONN", 106, 56, SocketError.IsConnected, "Transport endpoint is already connected"),
        new("ENOTCONN", 107, 57, SocketError.NotConnected, "Transport endpoint is not connected"),
        new("ESHUTDOWN", 108, 58, SocketError.Shutdown, "Cannot send after transport endpoint shutdown"),
        new("ETIMEDOUT", 110, 60, SocketError.TimedOut, "Connection timed out"),
        new("ECONNREFUSED", 111, 61, SocketError.ConnectionRefused, "Connection refused"),
        new("EHOSTDOWN", 112, 64, SocketError.HostDown, "Host is down"),
        new("EHOSTUNREACH", 113, 65, SocketError.HostUnreachable, "No route to host"),
        new("EALREADY", 114, 37, SocketError.AlreadyInProgress, "Operation already in progress"),
        new("EINPROGRESS", 115, 36, SocketError.InProgress, "Operation now in progress"),
        new("EAI_NONAME", -2, 8, SocketError.HostNotFound, "Name or service not known"),
        new("EAI_AGAIN", -3, 2, SocketError.TryAgain, "Temporary failure in name resolution"),
        new("EAI_FAIL", -4, 4, SocketError.NoRecovery, "Non-recoverable failure in name resolution"),
        new("EAI_NODATA", -5, 7, SocketError.NoData, "No address associated with hostname"),
    ];

    /// <summary>Every name, in the table's order.</summary>
    public static IEnumerable<string> Names => Rows.Select(row => row.Name);

    /// <summary>The POSIX name of a .NET socket error; the name of the enumeration's member where POSIX has none.</summary>
    public static string Name(SocketError error)
    {
        foreach (Row row in Rows)
        {
            if (row.Error == error && error != SocketError.SocketError)
                return row.Name;
        }

        return error.ToString();
    }

    /// <summary>The name of a number on this platform (Linux numbers where the platform has none of its own here); null when unknown.</summary>
    public static string? Name(int number)
    {
        foreach (Row row in Rows)
        {
            if ((OperatingSystem.IsMacOS() ? row.MacOs : row.Linux) == number)
                return row.Name;
        }

        return null;
    }

    /// <summary>.NET's name for a number on this platform; <see cref="SocketError.SocketError"/> when it has none.</summary>
    internal static SocketError Error(int number)
    {
        foreach (Row row in Rows)
        {
            if ((OperatingSystem.IsMacOS() ? row.MacOs : row.Linux) == number)
                return row.Error;
        }

        return SocketError.SocketError;
    }

    /// <summary>The number of a name on this platform; null when unknown.</summary>
    public static int? Number(string name)
    {
        foreach (Row row in Rows)
        {
            if (row.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return OperatingSystem.IsMacOS() ? row.MacOs : row.Linux;
        }

        return null;
    }

    /// <summary>The system's English words for a name; null when unknown.</summary>
    public static string? Text(string name)
    {
        foreach (Row row in Rows)
        {
            if (row.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return row.Text;
        }

        return null;
    }
}
