using System.Net;
using System.Net.Sockets;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>
/// A transport that can answer the messages of its connections itself, where they come: no pipe, no task, no buffer for each. A server takes it at its word where a
/// message service is served on a plain stream; where something stands between (TLS, WebSocket) or a service serves connections, it takes the pipes.
/// </summary>
/// <remarks>What a peer, an observer and a person see is the same either way.</remarks>
internal interface IMessageTransport : ITransport
{
    /// <summary>Whether it can answer messages cut by a framing, with the socket options it has.</summary>
    /// <param name="framing">Cuts the messages.</param>
    bool CanAnswer(Framing framing);

    /// <summary>Binds and listens; nothing is accepted before <see cref="IMessageListener.Resume"/>.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="host">Lets connections in and is told what becomes of them.</param>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    IMessageListener BindMessages(EndPoint endpoint, MessageHost host);

    /// <summary>Takes over a stream socket that is bound already.</summary>
    /// <param name="socket">The socket; the listener owns it from now on.</param>
    /// <param name="host">Lets connections in and is told what becomes of them.</param>
    /// <exception cref="SocketFailure">It cannot listen.</exception>
    IMessageListener AdoptMessages(Socket socket, MessageHost host);
}
