using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Soket.Hosting;

/// <summary>Soket in an application with a host: <c>services.AddSoket(...)</c>.</summary>
public static class SoketServiceCollectionExtensions
{
    /// <summary>Serves endpoints for as long as the application runs, and drains them when it stops.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says what is served.</param>
    /// <example><code>services.AddSoket(soket => soket.Listen("tcp://localhost:8080", new EchoService()));</code></example>
    public static IServiceCollection AddSoket(this IServiceCollection services, Action<SocketServerBuilder> configure) =>
        services.AddSoket((builder, _) => configure(builder));

    /// <summary>Serves endpoints for as long as the application runs, with what the application's other services give.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says what is served; gets the application's services as well.</param>
    /// <remarks>Each call adds a server of its own.</remarks>
    /// <example><code>services.AddSoket((soket, provider) => soket.Listen("tcp://localhost:8080", provider.GetRequiredService&lt;MyHandler&gt;()));</code></example>
    public static IServiceCollection AddSoket(this IServiceCollection services, Action<SocketServerBuilder, IServiceProvider> configure)
    {
        // Not AddHostedService: it takes a second server for the first one again.
        services.AddSingleton<IHostedService>(provider =>
        {
            var builder = new SocketServerBuilder();
            configure(builder, provider);
            return new SocketHostedService(builder, provider.GetRequiredService<ILogger<SocketHostedService>>());
        });
        return services;
    }
}

/// <summary>Runs a <see cref="SocketServer"/> for as long as the application does.</summary>
internal sealed partial class SocketHostedService(SocketServerBuilder builder, ILogger<SocketHostedService> logger) : IHostedService, IAsyncDisposable
{
    private SocketServer? _server; // written by StartAsync, read after it

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _server = await builder.OnNotice(notice => LogNotice(notice.Key, notice.Endpoint.ToString(), notice.Failure?.Message)).StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (BoundEndpoint endpoint in _server.Endpoints)
            LogServing(endpoint.Service.Name, endpoint.Actual);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is null)
            return;
        int reset = await _server.DrainAsync(builder.DrainLimit, cancellationToken).ConfigureAwait(false);
        if (reset > 0)
            LogReset(reset);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Service} on {Endpoint}")]
    private partial void LogServing(string service, Endpoints.SocketUri endpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice} on {Endpoint}: {Failure}")]
    private partial void LogNotice(string notice, string endpoint, string? failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} connections did not end in time and were reset")]
    private partial void LogReset(int count);
}
