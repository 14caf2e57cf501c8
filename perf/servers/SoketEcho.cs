using Soket.Hosting;
using Soket.Options;
using Soket.Services;
using Soket.Transports;

namespace Soket.Perf.Servers;

/// <summary>Soket's own server with its echo service, as a person has it: limits, counters, an idle time-out on every connection.</summary>
internal static class SoketEcho
{
    /// <summary>As every server of the suite has its sockets: a long queue, and no small segment that waits for an acknowledgement.</summary>
    public static ManagedTransportOptions Sockets { get; } = new() { Backlog = 4096, Options = [new(SocketOptions.NoDelay, 1)] };

    public static async Task<IAsyncDisposable> StartManagedAsync(Plan plan, string scheme) =>
        await StartAsync(plan, scheme, Sockets with { ReceiveSize = plan.Buffer });

    public static async Task<SocketServer> StartAsync(Plan plan, string scheme, ManagedTransportOptions transport) =>
        await new SocketServerBuilder()
            .Listen($"{scheme}://{plan.EndPoint}", new EchoService())
            .WithTransport(scheme == "udp" ? transport with { Options = DatagramEcho.Room } : transport)
            .WithLimits(new ServerLimits { MaxConnections = int.MaxValue, IdleTimeout = TimeSpan.FromMinutes(10) })
            .StartAsync();
}
