using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Soket.Services;
using KestrelOptions = Microsoft.Extensions.Options.Options;

namespace Soket.Http.Files;

/// <summary>
/// Serves the files of a folder over HTTP/1.1: high-level access, where everything else here is low-level. ASP.NET's Kestrel speaks the protocol, on connections
/// that are Soket's own, so that limits, TLS, draining and the event stream are those of every other service.
/// </summary>
/// <param name="files">What is served.</param>
public sealed class HttpFileService(HttpFiles files) : ConnectionHandler, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HandedConnections _connections = new();
    private KestrelServer? _server; // under the gate

    /// <summary>The service as it is hosted.</summary>
    /// <param name="files">What is served.</param>
    public static SocketService Create(HttpFiles files) => new() { Name = "http", Stream = new HttpFileService(files), CanLoop = false };

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await StartAsync().ConfigureAwait(false);
        await _connections.ServeAsync(connection).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            server.Dispose();
        }

        _gate.Dispose();
    }

    // With the first connection: a server that is never asked need not load any of it.
    private async Task StartAsync()
    {
        if (Volatile.Read(ref _server) is not null)
            return;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_server is not null)
                return;
            var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = NoServices.Instance };
            options.Limits.MaxRequestBodySize = 1024 * 1024; // nothing here reads one
            options.Listen(new HandedEndPoint(), listen => listen.Protocols = HttpProtocols.Http1);
            var server = new KestrelServer(KestrelOptions.Create(options), _connections, NullLoggerFactory.Instance);
            await server.StartAsync(new Application(files), CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _server, server);
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class Application(HttpFiles files) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => files.AnswerAsync(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
