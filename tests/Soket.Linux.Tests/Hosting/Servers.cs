using System.Net;
using Soket.Hosting;
using Soket.Linux.Engine.Datagrams;
using Soket.Linux.Transports;
using Soket.Transports;

namespace Soket.Tests.Hosting
{
    /// <summary>The tests of hosting make their servers on the loops here.</summary>
    internal static class Servers
    {
        public static SocketServerBuilder New() => new SocketServerBuilder().WithTransport(new ManagedTransportOptions { Streams = static options => new LinuxTransport(options) });
    }
}

namespace Soket.Tests.Services
{
    /// <summary>The tests of datagram services have their sockets answer many at once here.</summary>
    internal static class DatagramPlaces
    {
        public static IDatagramSocket Bind(EndPoint endpoint, ManagedTransportOptions? options = null) => LinuxDatagramSocket.Bind(endpoint, options ?? new());
    }
}
