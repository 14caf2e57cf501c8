using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Soket.Events;
using Soket.Explain;
using Soket.Services;
using Soket.Transports;
using Soket.Web;

namespace Soket.Http.Files;

/// <summary>
/// Serves the files of a folder over HTTP/1.1: high-level access, where everything else here is low-level. ASP.NET's Kestrel speaks the protocol, on connections
/// that are Soket's own, so that limits, TLS, draining and the event stream are those of every other service.
/// </summary>
public sealed class HttpFileService : ConnectionHandler, IAsyncDisposable
{
    private readonly HttpFiles _files;
    private readonly HttpHandler _http; // nothing here reads a request's body
    private long _requests;

    /// <summary>Serves files.</summary>
    /// <param name="files">What is served.</param>
    public HttpFileService(HttpFiles files) => (_files, _http) = (files, new(AnswerAsync));

    /// <summary>How many requests came so far; may be asked from any thread.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>The service as it is hosted.</summary>
    /// <param name="files">What is served.</param>
    public static SocketService Create(HttpFiles files) => new() { Name = "http", Stream = new HttpFileService(files), CanLoop = false };

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => _http.OnConnectedAsync(connection);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _http.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (context.Features.Get<ISoketConnectionFeature>()?.Scope is { } scope)
        {
            long started = SocketScope.Now;
            context.Response.OnCompleted(() =>
            {
                HttpRequest request = context.Request;
                long length = HttpMethods.IsHead(request.Method) ? 0 : context.Response.ContentLength ?? 0;
                string target = HttpSecrets.Redact(request.Path.ToUriComponent() + request.QueryString.ToUriComponent());
                scope.Called(SocketCall.Http, started, value: string.Create(CultureInfo.InvariantCulture, $"{request.Method} {target} {context.Response.StatusCode} {length}"));
                return Task.CompletedTask;
            });
        }

        return _files.AnswerAsync(context);
    }
}
