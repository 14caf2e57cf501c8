using System.Text.Json;
using Soket.Hosting;
using Soket.Services;
using Soket.Transports;

namespace Soket.Perf.Idle;

/// <summary>The echo server, in a process of its own: tells its port, and then how it does whenever it is asked (a line on its input).</summary>
internal static class Server
{
    public static async Task<int> RunAsync()
    {
        await using SocketServer server = await new SocketServerBuilder()
            .Listen("tcp://127.0.0.1:0", new EchoService())
            .WithTransport(new ManagedTransportOptions { Backlog = 4096 }) // with a full queue SYNs are dropped, and sent again a second later
            .WithLimits(new ServerLimits { MaxConnections = int.MaxValue })
            .StartAsync();
        Console.Out.WriteLine(server.Endpoints[0].Actual.Port);
        while (await Console.In.ReadLineAsync() is { } question)
        {
            long heap = question == "count" ? 0 : GC.GetTotalMemory(forceFullCollection: true);
            var reading = new Reading(server.Totals.Active, Environment.WorkingSet, heap, Environment.CpuUsage.TotalTime.TotalMilliseconds);
            Console.Out.WriteLine(JsonSerializer.Serialize(reading, FiguresContext.Default.Reading));
        }

        return 0;
    }
}
