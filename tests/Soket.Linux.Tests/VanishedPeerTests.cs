using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Linux.Tests.Engine.Messages;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Services;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>A peer that is gone without a word, as where a cable is cut: no FIN, no RST, and nobody answers what is sent to it.</summary>
public sealed class VanishedPeerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keepalive_finds_out_and_the_reader_is_told_of_a_time_out(bool loops)
    {
        using Child peer = Connect(out Socket listening);
        // A second of silence, one probe, a second for its answer: the system counts in no less.
        var options = new ManagedTransportOptions
        {
            Options = [new(SocketOptions.KeepAlive, 1), new(SocketOptions.Find("TCP_KEEPIDLE")!, 1000), new(SocketOptions.Find("TCP_KEEPINTVL")!, 1000), new(SocketOptions.Find("TCP_KEEPCNT")!, 1)],
        };
        ISocketAdopter transport = loops ? new LinuxTransport(options) : new ManagedTransport(options);
        await using IConnectionListener listener = transport.Adopt(listening);
        await using ConnectionContext? connection = await listener.AcceptAsync(Cancelled).Guarded();
        ReadResult read = await connection!.Transport.Input.ReadAtLeastAsync(4, Cancelled).Guarded();
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        Task<ReadResult> reading = connection.Transport.Input.ReadAsync(Cancelled).AsTask();

        Assert.Equal("gone", peer.Tell("vanish"));
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => reading.Guarded());
        Assert.Equal(("ETIMEDOUT", SocketCall.Receive), (failure.Error.Name, failure.Call));
        Assert.Equal(IPAddress.Parse("192.0.2.2"), Assert.IsType<IPEndPoint>(failure.Context.Remote).Address);
        await connection.ConnectionClosed.Fired();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_idle_time_out_ends_a_connection_whose_end_nobody_answers(bool loops)
    {
        using Child peer = Connect(out Socket listening);
        var log = new EventLog();
        await using SocketServer server = await SocketServer.StartAsync(
            new SocketServerOptions
            {
                Endpoints = [new ServedEndpoint(SocketUri.FromEndPoint(SocketScheme.Tcp, listening.LocalEndPoint!), new SocketService { Name = "echo", Messages = new EchoService() }) { Socket = listening }],
                Limits = new() { IdleTimeout = TimeSpan.FromSeconds(1) },
                Transport = new() { Events = new SocketEvents(log), Streams = loops ? static options => new LinuxTransport(options) : null },
            },
            cancellationToken: Cancelled);
        await log.UntilAsync(told => told is { Call: SocketCall.Send, Moved: 4 });

        Assert.Equal("gone", peer.Tell("vanish"));
        await log.UntilAsync(told => told.Reason == "idle-timeout");
        await log.UntilAsync(told => told.Call is SocketCall.Close or SocketCall.Abort && told.Parent != 0);
        Assert.Equal(0, await server.DrainAsync(Conversations.Patience, Cancelled));
        Assert.Equal((1, 0, 0), (server.Totals.Accepted, server.Totals.Active, server.Totals.Failed));
    }

    // A listener in a network of its own, and a program that has connected to it there and said something. Both addresses are on the loopback device. Told to vanish,
    // the program takes its own away: what is sent there comes back in, belongs to nobody, and is dropped without a word. No other thread has to live there: what was
    // accepted is where its listener is.
    private static Child Connect(out Socket listening)
    {
        Child? peer = null;
        Socket? listener = null;
        Namespace.Run(() =>
        {
            Namespace.Tool("ip link set lo up");
            Namespace.Tool("ip addr add 192.0.2.1/32 dev lo");
            Namespace.Tool("ip addr add 192.0.2.2/32 dev lo");
            Namespace.Tool("ip route add 192.0.2.2/32 dev lo src 192.0.2.1");
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0));
            listener.Listen(1);
            peer = Child.Start($"""
                import socket, subprocess, sys
                peer = socket.create_connection(('192.0.2.1', {((IPEndPoint)listener.LocalEndPoint!).Port}), source_address=('192.0.2.2', 0))
                peer.sendall(b'halo')
                print('there')
                sys.stdin.readline()
                subprocess.run('ip addr del 192.0.2.2/32 dev lo'.split(), check=True)
                print('gone')
                sys.stdin.readline()
                """, out _);
        });
        listening = listener!;
        return peer!;
    }
}
