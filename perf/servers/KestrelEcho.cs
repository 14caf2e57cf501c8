using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Soket.Linux.Engine;
using Soket.Linux.Transports;
using Soket.Perf.Servers.Engine;

namespace Soket.Perf.Servers;

/// <summary>What carries Kestrel's connections.</summary>
internal enum KestrelOn
{
    /// <summary>Its own sockets.</summary>
    Sockets,

    /// <summary>Its own sockets with inline scheduling (and inline completions, by the environment).</summary>
    SocketsInline,

    /// <summary>Soket's transport, the application on the thread pool.</summary>
    Soket,

    /// <summary>Soket's transport, the application on the loop.</summary>
    SoketInline,
}

/// <summary>A connection handler on Kestrel.</summary>
internal static class KestrelEcho
{
    public static async Task<IAsyncDisposable> StartAsync(Plan plan, KestrelOn on)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(plan.EndPoint, listen => listen.UseConnectionHandler<EchoHandler>()));
        if (on is KestrelOn.Soket or KestrelOn.SoketInline)
        {
            var loops = new LoopGroup(new LoopGroupOptions { Loops = plan.Loops });
            builder.WebHost.UseSoketTransport(DuplexEcho.Options(loops, on == KestrelOn.SoketInline));
        }
        else
        {
            builder.WebHost.UseSockets(sockets =>
            {
                sockets.Backlog = 4096;
                sockets.UnsafePreferInlineScheduling = on == KestrelOn.SocketsInline;
            });
        }

        WebApplication application = builder.Build();
        await application.StartAsync();
        return application;
    }
}
