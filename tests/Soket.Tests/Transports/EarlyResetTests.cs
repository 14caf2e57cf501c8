using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

public sealed class EarlyResetTests
{
    // A server at its limit resets at once: sometimes before the client has looked at the connection it made.
    [Fact]
    public async Task A_connection_reset_at_once_is_never_told_as_not_connected()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(64);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task resetting = ResetAllAsync(listener, over.Token);
        var transport = new ManagedTransport();
        for (int i = 0; i < 500; i++)
        {
            try
            {
                await using ConnectionContext connection = await transport.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
                Assert.Equal(listener.LocalEndPoint, connection.RemoteEndPoint);
            }
            catch (SocketFailure failure)
            {
                Assert.Equal("ECONNRESET", failure.Error.Name);
            }
        }

        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resetting);
    }

    private static async Task ResetAllAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            using Socket connection = await listener.AcceptAsync(cancellationToken);
            connection.LingerState = new LingerOption(true, 0);
        }
    }
}
