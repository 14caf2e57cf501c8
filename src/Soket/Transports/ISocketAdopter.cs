using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;

namespace Soket.Transports;

/// <summary>A transport that can listen on a socket which whoever started this process handed over.</summary>
public interface ISocketAdopter
{
    /// <summary>Takes over a stream socket that is bound already. It listens from now on, if it did not before.</summary>
    /// <param name="socket">The socket; the listener owns it from now on.</param>
    /// <exception cref="SocketFailure">It cannot listen.</exception>
    IConnectionListener Adopt(Socket socket);
}
