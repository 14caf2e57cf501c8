namespace Soket.SocketTable;

/// <summary>Ends sockets of others from outside. Nothing here asks whether that is wanted: whoever calls it has asked.</summary>
public interface ISocketEnder
{
    /// <summary>
    /// Closes a socket in the kernel (SOCK_DESTROY): a TCP peer gets a RST, the program ECONNABORTED at its next call. It goes by the cookie, so that
    /// a socket which came later at the same addresses is left alone.
    /// </summary>
    /// <param name="socket">A TCP or UDP socket, as <see cref="ISocketTable"/> gave it.</param>
    /// <returns>Whether it was still there.</returns>
    /// <exception cref="Explain.SocketFailure">EPERM without CAP_NET_ADMIN; EOPNOTSUPP where the kernel was built without it.</exception>
    bool Close(SocketEntry socket);

    /// <summary>Sends a signal to a process (kill(2)).</summary>
    /// <param name="processId">The process.</param>
    /// <param name="signal">Its number: 15 is SIGTERM.</param>
    /// <returns>Whether the process was still there.</returns>
    /// <exception cref="Explain.SocketFailure">EPERM: it is another user's.</exception>
    bool Signal(int processId, int signal);
}
