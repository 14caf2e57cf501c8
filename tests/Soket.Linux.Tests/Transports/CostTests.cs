using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Linux.Transports;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

/// <summary>What connections and messages cost in memory; alone, since the whole process is measured.</summary>
[Collection(nameof(CostTests))]
public sealed class CostTests : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await InlineLoops.LeaveAsync();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_idle_connection_that_is_waited_on_is_900_bytes_at_most()
    {
        const int Count = 1000, Times = 3;
        var transport = new LinuxTransport(new ManagedTransportOptions { Backlog = 4 * Count });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        var clients = new List<Socket>();
        var servers = new List<ConnectionContext>((Times * Count) + 50);
        // Some first, so that what all share is there; the clients all, so that they are not counted.
        ConnectAll(50 + (Times * Count));
        await AcceptAsync(50);
        // The least of three: a table of the loops that doubles just then is everybody's.
        double each = double.MaxValue;
        for (int i = 0; i < Times; i++)
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            await AcceptAsync(Count);
            each = Math.Min(each, (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{each:F0} bytes");
        clients.ForEach(client => client.Dispose());
        foreach (ConnectionContext server in servers)
            await server.DisposeAsync();
        Assert.True(each <= 900, $"{each:F0} bytes a connection");

        void ConnectAll(int count)
        {
            for (int i = 0; i < count; i++)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                client.Connect(listener.EndPoint);
                clients.Add(client);
            }
        }

        async Task AcceptAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                ConnectionContext server = (await listener.AcceptAsync(Cancelled))!;
#pragma warning disable CA2012 // Waited on by nothing that would count with it.
                server.Transport.Input.ReadAsync(CancellationToken.None).GetAwaiter().OnCompleted(static () => { });
#pragma warning restore CA2012
                servers.Add(server);
            }
        }
    }

    [Fact]
    public async Task An_echoed_message_allocates_nothing()
    {
        const int Messages = 20_000;
        var transport = new LinuxTransport(new LinuxTransportOptions { InlineScheduling = true, Loops = InlineLoops.Group });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(listener.EndPoint);
        ConnectionContext server = (await listener.AcceptAsync(Cancelled))!;
        Task echo = EchoAsync(server);
        Talk(client, 2000);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Talk(client, Messages);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        client.Shutdown(SocketShutdown.Send);
        await echo.Guarded();
        Assert.True(allocated < Messages, $"{allocated} bytes for {Messages} messages");
    }

    private static void Talk(Socket client, int messages)
    {
        Span<byte> bytes = stackalloc byte[64];
        for (int i = 0; i < messages; i++)
        {
            client.Send(bytes);
            for (int received = 0; received < 64;)
                received += client.Receive(bytes[received..]);
        }
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        try
        {
            while (true)
            {
                ReadResult result = await connection.Transport.Input.ReadAsync();
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    connection.Transport.Output.Write(part.Span);
                await connection.Transport.Output.FlushAsync();
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    break;
            }

            await connection.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
        }
    }
}

[CollectionDefinition(nameof(CostTests), DisableParallelization = true)]
public sealed class CostsAlone;
