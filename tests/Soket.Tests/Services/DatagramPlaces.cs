using System.Net;
using Soket.Transports;

namespace Soket.Tests.Services;

/// <summary>Where the tests of datagram services get their sockets: from .NET. They are run again on others.</summary>
internal static class DatagramPlaces
{
    public static IDatagramSocket Bind(EndPoint endpoint, ManagedTransportOptions? options = null) => ManagedDatagrams.Bind(endpoint, options);
}
