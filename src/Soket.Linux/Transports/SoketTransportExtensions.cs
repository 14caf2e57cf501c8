using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Soket.Linux.Transports.Internal;

namespace Soket.Linux.Transports;

/// <summary>Lets Kestrel carry its connections on Soket's own loops.</summary>
public static class SoketTransportExtensions
{
    /// <summary>
    /// Has Kestrel use <see cref="LinuxTransport"/>, for every endpoint, as UseSockets has it use .NET's sockets: HTTP/1.1, HTTP/2 and WebSocket, plain and with
    /// TLS, over TCP and Unix sockets. Where that transport does not work (another system; epoll forbidden) Kestrel keeps its own, and says so in its log.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">How. With <see cref="LinuxTransportOptions.InlineScheduling"/> Kestrel's parsing and the application's code up to its first wait run on the loops.</param>
    public static IWebHostBuilder UseSoketTransport(this IWebHostBuilder builder, LinuxTransportOptions? options = null) =>
        builder.ConfigureServices(services =>
        {
            services.AddSingleton(options ?? new LinuxTransportOptions());
            services.AddSingleton<IConnectionListenerFactory, KestrelListenerFactory>();
        });
}
