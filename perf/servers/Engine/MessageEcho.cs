using Soket.Hosting;
using Soket.Linux.Engine;
using Soket.Linux.Transports;
using Soket.Services;

namespace Soket.Perf.Servers.Engine;

/// <summary>Soket's own server with its echo service on the engine, as <c>soket serve</c> has it: limits, counters, an idle time-out on every connection.</summary>
internal static class MessageEcho
{
    public static async Task<IAsyncDisposable> StartAsync(Plan plan, string scheme)
    {
        var loops = new LoopGroup(new LoopGroupOptions { Loops = plan.Loops });
        SocketServer server = await SoketEcho.StartAsync(plan, scheme, SoketEcho.Sockets with
        {
            Streams = options => new LinuxTransport(new LinuxTransportOptions { Sockets = options, Loops = loops }),
        });
        return new Together(server, loops);
    }
}
