using System.Net;
using Soket.Explain;

namespace Soket.Transports;

/// <summary>A transport that has datagram sockets of its own as well.</summary>
internal interface IDatagramTransport
{
    /// <summary>A socket that is bound to an address and takes datagrams from anybody.</summary>
    /// <param name="endpoint">The address.</param>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    IDatagramSocket BindDatagrams(EndPoint endpoint);
}
