using System.Net;
using System.Net.Sockets;
using Soket.Hosting;
using Soket.Linux.Engine.Datagrams;
using Soket.Linux.Engine.Messages;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Linux.Transports;

/// <content>What it can do without a pipe: answer the messages of streams on their loops, and datagrams many at once.</content>
public sealed partial class LinuxTransport : IMessageTransport, IDatagramTransport
{
    bool IMessageTransport.CanAnswer(Framing framing) => LoopMessageListener.CanAnswer(_options.Sockets, framing);

    IMessageListener IMessageTransport.BindMessages(EndPoint endpoint, MessageHost host) => LoopMessageListener.Bind(Loops, endpoint, _options.Sockets, host);

    IMessageListener IMessageTransport.AdoptMessages(Socket socket, MessageHost host) => LoopMessageListener.Adopt(Loops, socket, _options.Sockets, host);

    IDatagramSocket IDatagramTransport.BindDatagrams(EndPoint endpoint) => LinuxDatagramSocket.Bind(endpoint, _options.Sockets);
}
