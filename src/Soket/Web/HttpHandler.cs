using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using KestrelOptions = Microsoft.Extensions.Options.Options;

namespace Soket.Web;

/// <summary>
/// Answers HTTP/1.1 on connections that are Soket's own: ASP.NET's Kestrel speaks the protocol, and limits, TLS, draining and the event stream are those of every
/// other service.
/// </summary>
/// <param name="answer">Answers one request.</param>
internal sealed class HttpHandler(Func<HttpContext, Task> answer) : ConnectionHandler, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HandedConnections _connections = new();
    private KestrelServer? _server; // under the gate

    /// <summary>The most bytes of a request's body that are taken. 1 MiB.</summary>
    public long MaxBody { get; init; } = 1024 * 1024;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await StartAsync().ConfigureAwait(false);
        await _connections.ServeAsync(connection).ConfigureAwait(false);
    }

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
            options.Limits.MaxRequestBodySize = MaxBody;
            options.Listen(new HandedEndPoint(), listen => listen.Protocols = HttpProtocols.Http1);
            var server = new KestrelServer(KestrelOptions.Create(options), _connections, NullLoggerFactory.Instance);
            await server.StartAsync(new Application(answer), CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _server, server);
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class Application(Func<HttpContext, Task> answer) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => answer(context);

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
