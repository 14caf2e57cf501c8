using System.Net;
using System.Net.Sockets;

namespace Soket.Cli.Tests.Interop;

/// <summary>A port for a peer that cannot tell which one the system gave it.</summary>
internal static class Ports
{
    /// <summary>A port that was free a moment ago on 127.0.0.1. The system gives ports out in turn, so that it stays free for long enough.</summary>
    public static int Free(SocketType type = SocketType.Stream)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
