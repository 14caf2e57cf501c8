using System.Net;
using System.Net.Sockets;
using Soket.Options;

namespace Soket.Perf.Servers;

/// <summary>Datagrams on .NET's sockets: asynchronously, with the calls that allocate no endpoint, and on a thread that blocks.</summary>
internal static class DatagramEcho
{
    private const int Buffer = 4 * 1024 * 1024; // as the C servers have: nothing is lost for want of room
    private const int Longest = 2048;

    /// <summary>The same, for Soket's servers.</summary>
    public static IReadOnlyList<SocketOptionSetting> Room { get; } = [new(SocketOptions.ReceiveBuffer, Buffer), new(SocketOptions.SendBuffer, Buffer)];

    public static Task<IAsyncDisposable> StartAsync(Plan plan)
    {
        Socket socket = Bind(plan);
        return Task.FromResult<IAsyncDisposable>(new Running(socket.Dispose, EchoAsync(socket)));
    }

    public static Task<IAsyncDisposable> StartBlockingAsync(Plan plan)
    {
        Socket socket = Bind(plan);
        Task work = Task.Factory.StartNew(() => Echo(socket), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.FromResult<IAsyncDisposable>(new Running(socket.Dispose, work));
    }

    private static Socket Bind(Plan plan)
    {
        var socket = new Socket(plan.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = Buffer, SendBufferSize = Buffer };
        socket.Bind(plan.EndPoint);
        return socket;
    }

    private static async Task EchoAsync(Socket socket)
    {
        byte[] buffer = new byte[Longest];
        var from = new SocketAddress(socket.AddressFamily);
        try
        {
            while (true)
            {
                int length = await socket.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, from);
                await socket.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, from);
            }
        }
        catch (Exception e) when (IsStop(e))
        {
            // It is being disposed of.
        }
    }

    private static void Echo(Socket socket)
    {
        byte[] buffer = new byte[Longest];
        var from = new SocketAddress(socket.AddressFamily);
        try
        {
            while (true)
            {
                int length = socket.ReceiveFrom(buffer, SocketFlags.None, from);
                socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, from);
            }
        }
        catch (Exception e) when (IsStop(e))
        {
            // It is being disposed of.
        }
    }

    private static bool IsStop(Exception e) =>
        e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted };
}
