using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Events;

/// <summary>A real exchange on the managed transport: connect, send, echo, half-close, end; then a connection that is refused.</summary>
internal static class EchoExchange
{
    public static async Task RunAsync(SocketEvents events, byte[] message, CancellationToken cancellationToken)
    {
        var transport = new ManagedTransport(new() { Events = events, ReceiveSize = 1024 });
        EndPoint closed;
        await using (IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), cancellationToken))
        {
            closed = listener.EndPoint;
            Task serving = ServeAsync(listener, cancellationToken);
            await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, cancellationToken);
            await client.Transport.Output.WriteAsync(message, cancellationToken);
            await client.Transport.Output.CompleteAsync();
            while (true)
            {
                System.IO.Pipelines.ReadResult read = await client.Transport.Input.ReadAsync(cancellationToken);
                client.Transport.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }

            await serving;
        }

        await Assert.ThrowsAsync<Soket.Explain.SocketFailure>(() => transport.ConnectAsync(closed, cancellationToken).AsTask());
    }

    private static async Task ServeAsync(IConnectionListener listener, CancellationToken cancellationToken)
    {
        await using ConnectionContext server = (await listener.AcceptAsync(cancellationToken))!;
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await server.Transport.Input.ReadAsync(cancellationToken);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
                await server.Transport.Output.WriteAsync(part, cancellationToken);
            server.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}
