using Microsoft.AspNetCore.Connections;
using Soket.Linux.Engine;
using Soket.Linux.Transports;

namespace Soket.Perf.Servers.Engine;

/// <summary>The connection handler of the Kestrel servers, on Soket's transport without Kestrel around it.</summary>
internal static class DuplexEcho
{
    public static LinuxTransportOptions Options(LoopGroup loops, bool inline) =>
        new() { Sockets = SoketEcho.Sockets, Loops = loops, InlineScheduling = inline };

    public static async Task<IAsyncDisposable> StartAsync(Plan plan, bool inline)
    {
        var loops = new LoopGroup(new LoopGroupOptions { Loops = plan.Loops });
        IConnectionListener listener = await new LinuxTransport(Options(loops, inline)).BindAsync(plan.EndPoint);
        var running = new Running(() => { }, AcceptAsync(listener, new EchoHandler()));
        return new Together(listener, running, loops);
    }

    private static async Task AcceptAsync(IConnectionListener listener, EchoHandler handler)
    {
        while (await listener.AcceptAsync() is { } connection)
            _ = ServeAsync(connection, handler); // never faults
    }

    private static async Task ServeAsync(ConnectionContext connection, EchoHandler handler)
    {
        try
        {
            await handler.OnConnectedAsync(connection);
            await connection.DisposeAsync();
        }
        catch (Exception e) when (Running.Fails(e))
        {
        }
    }
}
