using System.Net;
using System.Net.Sockets;
using Soket.Explain;

namespace Soket.Options;

/// <summary>
/// The calls that .NET's sockets do not pass on as they are: its bind turns SO_REUSEADDR on, and its setsockopt loses the error's number. A
/// platform's own assembly supplies them.
/// </summary>
public interface INativeSockets
{
    /// <summary>bind(2) and nothing else.</summary>
    /// <param name="socket">A socket that is not bound; it must not be used any more when this returns.</param>
    /// <param name="endpoint">The address, of the socket's family.</param>
    /// <returns>The same socket, knowing that it is bound.</returns>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted.</exception>
    Socket Bind(Socket socket, EndPoint endpoint);

    /// <summary>Takes over a bound socket that this process was started with, so that it can be served and no program started from here gets it.</summary>
    /// <param name="socket">The socket; it must not be used any more when this returns.</param>
    /// <returns>The same socket.</returns>
    /// <exception cref="SocketFailure">The descriptor is not open.</exception>
    Socket Adopt(Socket socket);

    /// <summary>setsockopt(2).</summary>
    /// <returns>What the system said; null when it is set.</returns>
    SystemError? SetOption(Socket socket, RawOption option, ReadOnlySpan<byte> value);
}
