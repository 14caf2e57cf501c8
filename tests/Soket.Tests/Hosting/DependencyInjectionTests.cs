using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Soket.Hosting;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>Soket in an application with a host.</summary>
public sealed class DependencyInjectionTests
{
    [Fact]
    public async Task A_server_lives_as_long_as_the_application()
    {
        SocketServer? server = null;
        using IHost host = Build(services => services.AddSoket(soket => soket.Listen("tcp://127.0.0.1:0", new EchoService()).OnStarted(started => server = started)));
        await host.StartAsync();
        using Peer peer = await Peer.ConnectAsync(server!);
        await peer.AssertAnsweredAsync();

        await host.StopAsync();
        await peer.AssertEndsAsync();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => Peer.ConnectAsync(server!));
        Assert.Equal(1, server!.Totals.Accepted);
    }

    [Fact]
    public async Task Each_call_adds_a_server()
    {
        var servers = new List<SocketServer>();
        using IHost host = Build(services => services
            .AddSoket(soket => soket.Listen("tcp://127.0.0.1:0", new EchoService()).OnStarted(servers.Add))
            .AddSoket(soket => soket.Listen("tcp://127.0.0.1:0", new EchoService()).OnStarted(servers.Add)));
        await host.StartAsync();
        Assert.Equal(2, servers.Count);
        foreach (SocketServer server in servers)
        {
            using Peer peer = await Peer.ConnectAsync(server);
            await peer.AssertAnsweredAsync();
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_handler_as_Kestrel_hosts_it_gets_what_it_needs_from_the_application()
    {
        SocketServer? server = null;
        using IHost host = Build(services => services
            .AddSingleton(new Greeting("selamat datang, "))
            .AddSingleton<GreetingHandler>()
            .AddSoket((soket, provider) => soket.Listen("tcp://127.0.0.1:0", provider.GetRequiredService<GreetingHandler>()).OnStarted(started => server = started)));
        await host.StartAsync();
        using Peer peer = await Peer.ConnectAsync(server!);
        await peer.SendAsync("Budi");
        Assert.Equal("selamat datang, Budi", await peer.ReceiveAsync(20));
        await host.StopAsync();
    }

    [Fact]
    public async Task An_application_whose_endpoint_is_taken_does_not_start()
    {
        await using SocketServer holder = await new SocketServerBuilder().Listen("tcp://127.0.0.1:0", new EchoService()).StartAsync();
        string taken = holder.Endpoints[0].Actual.ToString();
        using IHost host = Build(services => services.AddSoket(soket => soket.Listen(taken, new EchoService())));
        Soket.Explain.SocketFailure failure = await Assert.ThrowsAsync<Soket.Explain.SocketFailure>(() => host.StartAsync());
        Assert.Equal("EADDRINUSE", failure.Error.Name);
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        add(builder.Services);
        return builder.Build();
    }

    private sealed record Greeting(string Words);

    // Asks for nothing that is Soket's.
    private sealed class GreetingHandler(Greeting greeting) : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (!connection.ConnectionClosed.IsCancellationRequested)
            {
                ReadResult read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
                if (read.Buffer.IsEmpty && read.IsCompleted)
                    return;
                connection.Transport.Output.Write(System.Text.Encoding.UTF8.GetBytes(greeting.Words));
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                    connection.Transport.Output.Write(part.Span);
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                await connection.Transport.Output.FlushAsync();
            }
        }
    }
}
