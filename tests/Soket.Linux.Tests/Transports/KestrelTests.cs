using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Soket.Linux.Transports;
using Soket.Middleware.Tls;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

/// <summary>Kestrel on <see cref="SoketTransportExtensions.UseSoketTransport"/>, and beside it on its own transport: what a client sees is the same.</summary>
public sealed class KestrelTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<Manner> Manners => [Manner.Stock, Manner.Soket, Manner.Inline];

    public enum Manner
    {
        Stock,
        Soket,
        Inline,
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Http_1_is_served(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        using HttpClient client = site.Client(HttpVersion.Version11);
        Assert.Equal("hello", await client.GetStringAsync("/hello", Cancelled));
        byte[] large = RandomNumberGenerator.GetBytes(5 * 1024 * 1024);
        using HttpResponseMessage echoed = await client.PostAsync("/echo", new ByteArrayContent(large), Cancelled);
        Assert.Equal(large, await echoed.Content.ReadAsByteArrayAsync(Cancelled));
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.GetStringAsync("/hello", Cancelled)));
        Assert.All(answers, answer => Assert.Equal("hello", answer));
        Assert.Equal("127.0.0.1", await client.GetStringAsync("/who", Cancelled));
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Http_2_is_served(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http2);
        using HttpClient client = site.Client(HttpVersion.Version20);
        byte[] large = RandomNumberGenerator.GetBytes(3 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using HttpResponseMessage echoed = await client.PostAsync("/echo", new ByteArrayContent(large), Cancelled);
            Assert.Equal(HttpVersion.Version20, echoed.Version);
            Assert.True((await echoed.Content.ReadAsByteArrayAsync(Cancelled)).AsSpan().SequenceEqual(large));
        }));
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Https_is_served(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1AndHttp2, secure: true);
        using HttpClient client = site.Client(HttpVersion.Version20);
        Assert.Equal("hello", await client.GetStringAsync("/hello", Cancelled));
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task WebSocket_messages_go_both_ways(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(site.Address) { Scheme = "ws", Path = "/ws" }.Uri, Cancelled);
        byte[] message = RandomNumberGenerator.GetBytes(200_000), back = new byte[message.Length];
        await socket.SendAsync(message, WebSocketMessageType.Binary, true, Cancelled);
        int length = 0;
        for (bool whole = false; !whole;)
        {
            ValueWebSocketReceiveResult result = await socket.ReceiveAsync(back.AsMemory(length), Cancelled);
            length += result.Count;
            whole = result.EndOfMessage;
        }

        Assert.Equal(message, back);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancelled);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Stopping_lets_a_request_under_way_finish(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        using HttpClient client = site.Client(HttpVersion.Version11);
        Task<string> slow = client.GetStringAsync("/slow", Cancelled);
        await site.SlowBegun.Task.Guarded();
        Task stopping = site.Application.StopAsync(Cancelled);
        // Until it listens no more; a client that is reset while it connects says so in either way.
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true)
            {
                using HttpClient late = site.Client(HttpVersion.Version11);
                await late.GetStringAsync("/hello", Cancelled);
            }
        });
        Assert.True(refused is HttpRequestException or System.Net.Sockets.SocketException, refused.ToString());
        site.SlowMayEnd.SetResult();
        Assert.Equal("slow", await slow.Guarded());
        await stopping.Guarded();
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task A_client_that_leaves_cancels_its_request(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, site.Address.Port, Cancelled);
        await client.GetStream().WriteAsync("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancelled);
        await site.SlowBegun.Task.Guarded();
        client.Close();
        await site.SlowAborted.Task.Guarded();
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task An_abort_reaches_the_client(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        using HttpClient client = site.Client(HttpVersion.Version11);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/abort", Cancelled));
        Assert.Equal("hello", await client.GetStringAsync("/hello", Cancelled));
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Clients_that_reset_in_the_middle_of_an_answer_leave_no_error_in_the_log(Manner manner)
    {
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1);
        for (int i = 0; i < 20; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, site.Address.Port, Cancelled);
            await client.SendAsync("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancelled);
            await client.ReceiveAsync(new byte[100], Cancelled);
            client.LingerState = new LingerOption(true, 0);
        }

        while (site.Endless > 0)
            await Task.Yield();
        using HttpClient after = site.Client(HttpVersion.Version11);
        Assert.Equal("hello", await after.GetStringAsync("/hello", Cancelled));
        Assert.Empty(site.Errors);
    }

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task Any_address_means_both_families_and_a_taken_port_is_told(Manner manner)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        await using Site site = await Site.StartAsync(manner, HttpProtocols.Http1, address: IPAddress.IPv6Any);
        foreach (string host in new[] { "127.0.0.1", "[::1]" })
        {
            using var client = new HttpClient();
            Assert.Equal("hello", await client.GetStringAsync($"http://{host}:{site.Address.Port}/hello", Cancelled));
        }

        IOException taken = await Assert.ThrowsAsync<IOException>(async () => await (await Site.StartAsync(manner, HttpProtocols.Http1, address: IPAddress.IPv6Any, port: site.Address.Port)).DisposeAsync());
        Assert.IsType<AddressInUseException>(taken.InnerException);
    }

    [Fact]
    public async Task A_connection_handler_is_served_over_a_unix_socket()
    {
        string path = Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSoketTransport().ConfigureKestrel(options => options.ListenUnixSocket(path, listen => listen.UseConnectionHandler<Upper>()));
        await using WebApplication application = builder.Build();
        await application.StartAsync(Cancelled);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancelled);
        await client.SendAsync("hello"u8.ToArray(), Cancelled);
        byte[] answer = new byte[5];
        for (int length = 0; length < 5;)
            length += await client.ReceiveAsync(answer.AsMemory(length), Cancelled);
        Assert.Equal("HELLO"u8.ToArray(), answer);
        client.Close();
        await application.StopAsync(Cancelled);
        Assert.False(File.Exists(path));
    }

    private sealed class Upper : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (true)
            {
                var result = await connection.Transport.Input.ReadAsync();
                await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(result.Buffer).ToUpperInvariant()));
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
    }

    private sealed class Site(WebApplication application, ErrorLog errors, X509Certificate2 certificate) : IAsyncDisposable
    {
        private int _endless;

        public WebApplication Application { get; } = application;

        public TaskCompletionSource SlowBegun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource SlowMayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource SlowAborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Endless => Volatile.Read(ref _endless);

        public IReadOnlyCollection<string> Errors => errors.All;

        public Uri Address => new(Application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().Replace("[::]", "localhost", StringComparison.Ordinal));

        public static async Task<Site> StartAsync(Manner manner, HttpProtocols protocols, bool secure = false, IPAddress? address = null, int port = 0)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            var errors = new ErrorLog();
            X509Certificate2 certificate = DevelopmentCertificate.Create();
            builder.Logging.ClearProviders().AddProvider(errors);
            if (manner != Manner.Stock)
                builder.WebHost.UseSoketTransport(new LinuxTransportOptions { InlineScheduling = manner == Manner.Inline, Loops = manner == Manner.Inline ? InlineLoops.Group : null });
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(options => options.Listen(address ?? IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = protocols;
                if (secure)
                    listen.UseHttps(certificate);
            }));
            var site = new Site(builder.Build(), errors, certificate);
            site.Map();
            await site.Application.StartAsync(Cancelled);
            return site;
        }

        public HttpClient Client(Version version) => new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() } })
        {
            BaseAddress = Address,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        public async ValueTask DisposeAsync()
        {
            SlowMayEnd.TrySetResult();
            await Application.DisposeAsync();
            certificate.Dispose();
        }

        private void Map()
        {
            Application.UseWebSockets();
            Application.Run(context => context.Request.Path.Value switch
            {
                "/hello" => context.Response.WriteAsync("hello"),
                "/who" => context.Response.WriteAsync(context.Connection.RemoteIpAddress!.MapToIPv4().ToString()),
                "/echo" => EchoAsync(context),
                "/slow" => SlowAsync(context),
                "/endless" => EndlessAsync(context),
                "/ws" => EchoMessagesAsync(context),
                _ => AbortAsync(context),
            });
        }

        // The whole request first: the client reads no answer before it has sent everything, and all streams of HTTP/2 share one window.
        private static async Task EchoAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        }

        private static Task AbortAsync(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        private async Task SlowAsync(HttpContext context)
        {
            SlowBegun.TrySetResult();
            try
            {
                await SlowMayEnd.Task.WaitAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                SlowAborted.TrySetResult();
                return;
            }

            await context.Response.WriteAsync("slow");
        }

        private async Task EndlessAsync(HttpContext context)
        {
            Interlocked.Increment(ref _endless);
            try
            {
                byte[] piece = new byte[16 * 1024];
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
            }
            finally
            {
                Interlocked.Decrement(ref _endless);
            }
        }

        private static async Task EchoMessagesAsync(HttpContext context)
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] room = new byte[64 * 1024];
            while (true)
            {
                ValueWebSocketReceiveResult result = await socket.ReceiveAsync(room.AsMemory(), context.RequestAborted);
                if (result.MessageType == WebSocketMessageType.Close)
                    break;
                await socket.SendAsync(room.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
        }
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        private readonly List<string> _all = [];

        public IReadOnlyCollection<string> All
        {
            get
            {
                lock (_all)
                    return [.. _all];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_all)
                _all.Add(formatter(state, exception) + exception);
        }
    }
}
