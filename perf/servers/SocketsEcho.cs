using System.Net.Sockets;

namespace Soket.Perf.Servers;

/// <summary>
/// .NET's sockets as everybody writes them: an async method a connection. With DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 the same code runs on the
/// thread that polls.
/// </summary>
internal static class SocketsEcho
{
    public static Task<IAsyncDisposable> StartAsync(Plan plan)
    {
        var listener = new Socket(plan.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(plan.EndPoint);
        listener.Listen(4096);
        return Task.FromResult<IAsyncDisposable>(new Running(listener.Dispose, AcceptAsync(listener, plan.Buffer)));
    }

    private static async Task AcceptAsync(Socket listener, int buffer)
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }

            connection.NoDelay = true;
            _ = ServeAsync(connection, new byte[buffer]); // never faults
        }
    }

    private static async Task ServeAsync(Socket connection, byte[] buffer)
    {
        using (connection)
        {
            try
            {
                while (await connection.ReceiveAsync(buffer.AsMemory()) is > 0 and int received)
                {
                    for (int sent = 0; sent < received;)
                        sent += await connection.SendAsync(buffer.AsMemory(sent, received - sent));
                }
            }
            catch (SocketException)
            {
                // The peer's reset.
            }
            catch (Exception e) when (Running.Fails(e))
            {
            }
        }
    }
}
