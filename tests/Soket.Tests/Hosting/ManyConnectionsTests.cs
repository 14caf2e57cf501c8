using Soket.Hosting;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>Many connections that are open at once. <c>perf/idle</c> does it with 10,000 and two processes.</summary>
public sealed class ManyConnectionsTests
{
    private const int Connections = 2_000;

    [Fact]
    public async Task Many_idle_connections_are_each_answered()
    {
        await using SocketServer server = await Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
        var peers = new List<Peer>(Connections);
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                try
                {
                    peers.Add(await Peer.ConnectAsync(server));
                }
                catch (System.Net.Sockets.SocketException e) when (e.SocketErrorCode == System.Net.Sockets.SocketError.TooManyOpenSockets)
                {
                    Assert.Skip($"both ends live in this process, and its file limit ends at {i} connections");
                }
            }

            await Parallel.ForAsync(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await peers[i].AssertAnsweredAsync($"I am number {i}"));
            Assert.Equal(Connections, server.Totals.Active);
            Assert.Equal(Connections, server.Totals.Messages);
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }
}
