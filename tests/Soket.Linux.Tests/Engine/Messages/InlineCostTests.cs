using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Hosting;
using Soket.Linux.Engine;
using Soket.Linux.Native;
using Soket.Linux.Transports;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine.Messages;

/// <summary>What inline connections and messages cost in memory; alone, since the whole process is measured.</summary>
[Collection("CostTests")]
public sealed class InlineCostTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task An_idle_connection_is_200_bytes_at_most_time_out_and_all(int idleSeconds)
    {
        // What other tests have left to the pools goes when the collector likes, megabytes at a time: then it is measured again.
        double each = 0;
        for (int attempt = 0; attempt < 20 && each is < 50 or > 200; attempt++)
        {
            each = await MeasureAsync(TimeSpan.FromSeconds(idleSeconds));
            TestContext.Current.TestOutputHelper!.WriteLine($"{each:F0} bytes");
        }

        Assert.InRange(each, 50, 200);
    }

    // What is live once nothing more goes of itself: other tests' pools, connections that are being closed.
    private static long Settled()
    {
        long last = GC.GetTotalMemory(forceFullCollection: true);
        for (int look = 0; look < 30; look++)
        {
            GC.WaitForPendingFinalizers();
            long now = GC.GetTotalMemory(forceFullCollection: true);
            if (Math.Abs(last - now) < 4096)
                return now;
            last = now;
        }

        return last;
    }

    private static async Task<double> MeasureAsync(TimeSpan idle)
    {
        const int Count = 4000;
        await using SocketServer server = await StartAsync(new ChunkFraming(), idle);
        var descriptors = new List<int>(Count + 50);
        try
        {
            Open(server, descriptors, 50);
            await UntilAsync(server, 50);
            long before = Settled();
            Open(server, descriptors, Count);
            await UntilAsync(server, Count + 50);
            return (Settled() - before) / (double)Count;
        }
        finally
        {
            foreach (int descriptor in descriptors)
                _ = LibC.Close(descriptor);
        }
    }

    [Theory]
    [InlineData("chunk", "echo")]
    [InlineData("line", "echo")]
    [InlineData("length:4", "reply")]
    [InlineData("fixed:64", "discard")]
    public async Task A_message_allocates_nothing(string framing, string service)
    {
        const int Messages = 20_000;
        Assert.True(Framing.TryParse(framing, 1024, out Framing? cut, out _));
        await using SocketServer server = await StartAsync(cut, TimeSpan.FromSeconds(60), service == "reply" ? new ReplyService(ReplyTemplate.Parse("{message}"), TimeProvider.System) : ServiceCatalog.Find(service)!.Create(new()).Messages!);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(IPAddress.Loopback, server.Endpoints[0].Actual.Port);
        byte[] message = new byte[64];
        if (framing == "line")
            message[^1] = (byte)'\n';
        if (framing == "length:4")
            message[3] = 60;
        Talk(client, message, 2000, answered: service != "discard");
        UntilTaken(server, 2000);
        // The first time may be the one that fills the pools: what lies in the socket may be more than ever before.
        long allocated = long.MaxValue;
        for (int round = 1; round <= 5 && allocated >= Messages; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Talk(client, message, Messages, answered: service != "discard");
            UntilTaken(server, 2000 + (round * Messages));
            allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        Assert.True(allocated < Messages, $"{allocated} bytes for {Messages} messages");
    }

    // What is not answered may lie in the socket still, and the connection in the backlog.
    private static void UntilTaken(SocketServer server, long messages)
    {
        long began = Stopwatch.GetTimestamp();
        while (server.Totals.Messages < messages)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Waiting.Limit, "The messages were not taken.");
            Thread.Yield();
        }
    }

    private static Task<SocketServer> StartAsync(Framing framing, TimeSpan idle, IMessageService? service = null) => SocketServer.StartAsync(new SocketServerOptions
    {
        Endpoints = [new ServedEndpoint(Soket.Endpoints.SocketUri.Parse("tcp://127.0.0.1:0"), new SocketService { Name = "measured", Messages = service ?? new EchoService() })],
        Framing = framing,
        Limits = new() { IdleTimeout = idle },
        Transport = new ManagedTransportOptions { Streams = static options => new LinuxTransport(options) },
    });

    private static void Talk(Socket client, byte[] message, int times, bool answered)
    {
        Span<byte> room = stackalloc byte[message.Length];
        for (int i = 0; i < times; i++)
        {
            client.Send(message);
            for (int received = 0; answered && received < message.Length;)
                received += client.Receive(room[received..]);
        }
    }

    // Plain descriptors: nothing of the client is in managed memory.
    private static unsafe void Open(SocketServer server, List<int> descriptors, int count)
    {
        byte* name = stackalloc byte[SocketName.Longest];
        int length = SocketName.Write(new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port), name);
        for (int i = 0; i < count; i++)
        {
            int descriptor = LibC.CreateSocket(LibC.InternetFamily, LibC.Stream, 0);
            Assert.True(descriptor >= 0 && LibC.Connect(descriptor, name, length) == 0, "no more descriptors");
            descriptors.Add(descriptor);
        }
    }

    private static async Task UntilAsync(SocketServer server, int active)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (server.Totals.Active < active && patience.Elapsed < Conversations.Patience)
            await Task.Yield();
        Assert.Equal(active, server.Totals.Active);
    }
}
